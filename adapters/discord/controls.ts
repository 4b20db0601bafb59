// A reply's controls as Discord's buttons, and back: each button carries which reply it belongs to, and, where it may be pressed elsewhere, its place.
import type { ActionName, Control, Place } from '../../bot/contract.ts';
import { packHome, packIds, readHome, unpackIds } from './packed-ids.ts';

/** https://docs.discord.com/developers/components/reference */
const MAX_BUTTONS_PER_ROW = 5;
const MAX_ROWS = 5;
const MAX_LABEL_LENGTH = 80;
const MAX_CUSTOM_ID_LENGTH = 100;
const STYLES = { primary: 1, secondary: 2, danger: 4 } as const;
const PREFIX = 'cxr';
const KNOWN: readonly string[] = ['again', 'stop', 'confirm', 'helpful', 'not-helpful', 'forget', 'help'];

export interface ActionRow {
  type: 1;
  components: { type: 2; style: number; label: string; custom_id: string }[];
}

/**
 * Rows of five; `post` is `Reply.post`; `home` is the place that a private reply belongs to, because people press its buttons in a direct message.
 * Throws a RangeError for a control whose value does not fit into Discord's 100 characters.
 */
export function actionRows(controls: readonly Control[], post: string, home: Place | null = null): ActionRow[] {
  const buttons = controls.slice(0, MAX_BUTTONS_PER_ROW * MAX_ROWS).map((control) => ({
    type: 2 as const,
    style: STYLES[control.style ?? 'secondary'],
    label: control.label.slice(0, MAX_LABEL_LENGTH),
    custom_id: customId(control, post, home),
  }));
  const rows: ActionRow[] = [];
  for (let start = 0; start < buttons.length; start += MAX_BUTTONS_PER_ROW) {
    rows.push({ type: 1, components: buttons.slice(start, start + MAX_BUTTONS_PER_ROW) });
  }
  return rows;
}

function customId({ action, value }: Control, post: string, home: Place | null): string {
  const name = home === null ? action : `${action}@${packHome(home)}`;
  const id = [PREFIX, name, post, ...(value === undefined ? [] : [packIds(value)])].join(':');
  if (id.length > MAX_CUSTOM_ID_LENGTH)
    throw new RangeError(`the value of the control ${action} is too long for Discord`);
  return id;
}

export interface PressedControl {
  action: ActionName;
  post: string;
  value?: string;
  /** The place that the reply belongs to, if it is not the one where the button hangs. */
  home: Place | null;
}

/** What a pressed button says; null if it is not one of ours. */
export function readControl(id: string): PressedControl | null {
  const match = /^cxr:([a-z-]+)(?:@([\w-]+))?:([0-9a-f]+)(?::([\s\S]*))?$/.exec(id);
  const [, action, packed, post, value] = match ?? [];
  if (action === undefined || post === undefined || !isActionName(action)) return null;
  const home = packed === undefined ? null : readHome(packed);
  if (packed !== undefined && home === null) return null;
  return { action, post, home, ...(value === undefined ? {} : { value: unpackIds(value) }) };
}

function isActionName(name: string): name is ActionName {
  return KNOWN.includes(name) || name.startsWith('case-');
}
