// A reply's controls as Discord's buttons, and back: each button carries which reply it belongs to.
import type { ActionName, Control } from '../../bot/contract.ts';
import { checkForms, MAX_TITLE_LENGTH } from '../shared/form.ts';

/** https://docs.discord.com/developers/components/reference */
const MAX_BUTTONS_PER_ROW = 5;
const MAX_ROWS = 5;
const MAX_LABEL_LENGTH = 80;
const MAX_CUSTOM_ID_LENGTH = 100;
const STYLES = { primary: 1, secondary: 2, danger: 4 } as const;
const PREFIX = 'cxr';
/** A button with a form says so by itself: the form does not fit into it, and may be forgotten by the time of the press. */
const FORM_PREFIX = 'cxr-form';
const KNOWN: readonly string[] = ['again', 'stop', 'confirm', 'helpful', 'not-helpful', 'forget', 'help'];

export interface ActionRow {
  type: 1;
  components: { type: 2; style: number; label: string; custom_id: string }[];
}

/** Discord has no question of its own before a button counts, so the button opens a form that asks. */
export function askingFirst(control: Control): Control {
  if (control.asksFirst !== true || control.form !== undefined) return control;
  const sure = {
    name: 'sure',
    label: 'This cannot be undone.',
    kind: 'choice',
    options: ['Yes'],
    required: true,
  } as const;
  return { ...control, form: { title: control.label.slice(0, MAX_TITLE_LENGTH), fields: [sure], submitLabel: 'OK' } };
}

/** Rows of five; `post` is `Reply.post`. Throws a RangeError for a control whose value does not fit into Discord's 100 characters. */
export function actionRows(controls: readonly Control[], post: string): ActionRow[] {
  checkForms(controls);
  const buttons = controls.slice(0, MAX_BUTTONS_PER_ROW * MAX_ROWS).map((control) => ({
    type: 2 as const,
    style: STYLES[control.style ?? 'secondary'],
    label: control.label.slice(0, MAX_LABEL_LENGTH),
    custom_id: customId(control, post),
  }));
  const rows: ActionRow[] = [];
  for (let start = 0; start < buttons.length; start += MAX_BUTTONS_PER_ROW) {
    rows.push({ type: 1, components: buttons.slice(start, start + MAX_BUTTONS_PER_ROW) });
  }
  return rows;
}

/** What names a button, and the form behind it. */
export function customId({ action, value, form }: Control, post: string): string {
  const id = [form === undefined ? PREFIX : FORM_PREFIX, action, post, ...(value === undefined ? [] : [value])].join(
    ':',
  );
  if (id.length > MAX_CUSTOM_ID_LENGTH)
    throw new RangeError(`the value of the control ${action} is too long for Discord`);
  return id;
}

export const opensForm = (id: string): boolean => id.startsWith(`${FORM_PREFIX}:`);

/** What a pressed button, or the form behind it, says; null if it is not one of ours. */
export function readControl(id: string): { action: ActionName; post: string; value?: string } | null {
  const match = /^cxr(?:-form)?:([a-z-]+):([0-9a-f]+)(?::([\s\S]*))?$/.exec(id);
  const [, action, post, value] = match ?? [];
  if (action === undefined || post === undefined || !isActionName(action)) return null;
  return { action, post, ...(value === undefined ? {} : { value }) };
}

function isActionName(name: string): name is ActionName {
  return KNOWN.includes(name) || name.startsWith('case-');
}
