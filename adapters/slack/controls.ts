// A reply's controls as Block Kit elements, and back: each button carries which reply it belongs to.
import type { types } from '@slack/bolt';
import type { ActionName, Control, Form } from '../../bot/contract.ts';
import { checkForms } from '../shared/form.ts';

const ACTION_PREFIX = 'cxr:';
/** https://docs.slack.dev/reference/block-kit/blocks/actions-block and …/block-elements/button-element */
const MAX_ELEMENTS_PER_BLOCK = 25;
const MAX_LABEL_LENGTH = 75;

interface Carried {
  /** `Reply.post` of the reply that the button hangs on. */
  p: string;
  v?: string;
  /** Set where the reply stands at the top level of a channel: its own message is no thread. */
  t?: true;
  /** Which of the two feedback buttons. */
  a?: string;
  /** The form that it opens: carried here, it opens after a restart too. */
  f?: Form;
}

/** Ordinary buttons in one row; `helpful` and `not-helpful` together become Slack's own feedback buttons. */
export function controlBlocks(
  controls: readonly Control[],
  post: string,
  options: { topLevel: boolean },
): (types.ActionsBlock | types.ContextActionsBlock)[] {
  checkForms(controls);
  const helpful = controls.find((control) => control.action === 'helpful');
  const notHelpful = controls.find((control) => control.action === 'not-helpful');
  const feedback = helpful !== undefined && notHelpful !== undefined;
  const buttons = controls
    .filter((control) => !feedback || (control !== helpful && control !== notHelpful))
    .map((control, index) => button(control, index, carry(control, post, options.topLevel)));
  const blocks: (types.ActionsBlock | types.ContextActionsBlock)[] = [];
  for (let start = 0; start < buttons.length; start += MAX_ELEMENTS_PER_BLOCK) {
    blocks.push({ type: 'actions', elements: buttons.slice(start, start + MAX_ELEMENTS_PER_BLOCK) });
  }
  if (feedback) {
    const choice = (control: Control) => ({
      text: { type: 'plain_text' as const, text: control.label.slice(0, MAX_LABEL_LENGTH) },
      value: carry(control, post, options.topLevel),
    });
    blocks.push({
      type: 'context_actions',
      elements: [
        {
          type: 'feedback_buttons',
          action_id: `${ACTION_PREFIX}feedback`,
          positive_button: choice(helpful),
          negative_button: choice(notHelpful),
        },
      ],
    });
  }
  return blocks;
}

function carry(control: Control, post: string, topLevel: boolean): string {
  const carried: Carried = {
    p: post,
    a: control.action,
    ...(control.value === undefined ? {} : { v: control.value }),
    ...(topLevel ? { t: true } : {}),
    ...(control.form === undefined ? {} : { f: control.form }),
  };
  return JSON.stringify(carried);
}

function button(control: Control, index: number, value: string): types.Button {
  return {
    type: 'button',
    // Ids must differ within a block, also when two buttons do the same to different findings.
    action_id: `${ACTION_PREFIX}${index}:${control.action}`,
    text: { type: 'plain_text', text: control.label.slice(0, MAX_LABEL_LENGTH), emoji: false },
    value,
    ...(control.style === undefined ? {} : { style: control.style }),
    ...(control.asksFirst === true ? { confirm: confirmation(control.label) } : {}),
  };
}

function confirmation(label: string): types.ConfirmationDialog {
  return {
    title: { type: 'plain_text', text: 'Are you sure?' },
    text: { type: 'plain_text', text: `${label.slice(0, 200)}? This cannot be undone.` },
    confirm: { type: 'plain_text', text: 'Yes' },
    deny: { type: 'plain_text', text: 'No' },
    style: 'danger',
  };
}

/** What a pressed element says; null if it is not one of ours. */
export function readControl(pressed: { action_id: string; value?: string | null | undefined }): {
  action: ActionName;
  post: string;
  value?: string;
  topLevel: boolean;
  form?: Form;
} | null {
  if (!pressed.action_id.startsWith(ACTION_PREFIX) || pressed.value == null) return null;
  let carried: Partial<Carried>;
  try {
    carried = JSON.parse(pressed.value) as Partial<Carried>;
  } catch {
    return null;
  }
  if (typeof carried.p !== 'string' || !isActionName(carried.a)) return null;
  return {
    action: carried.a,
    post: carried.p,
    topLevel: carried.t === true,
    ...(typeof carried.v === 'string' ? { value: carried.v } : {}),
    ...(carried.f === undefined ? {} : { form: carried.f }),
  };
}

function isActionName(name: unknown): name is ActionName {
  const known = ['again', 'stop', 'confirm', 'helpful', 'not-helpful', 'forget', 'help'];
  return typeof name === 'string' && (known.includes(name) || name.startsWith('case-'));
}
