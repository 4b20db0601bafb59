// A form as a Slack modal, and back. The view itself carries where it belongs, so a submission is understood by any process.
import type { types } from '@slack/bolt';
import { z } from 'zod';
import type { ActionEvent, ActionName, Form, FormField } from '../../bot/contract.ts';
import { MAX_TEXT_LENGTH } from '../shared/form.ts';

export const FORM_CALLBACK = 'cxr:form';
const INPUT = 'value';

/** What a submission has to know of the press: private_metadata of the view, at most 3,000 characters, which come back unchanged. */
const carried = z.object({
  place: z.object({ thread: z.string(), channel: z.string(), space: z.string(), isDirect: z.boolean() }),
  action: z.string(),
  post: z.string(),
  value: z.string().optional(),
  form: z.object({
    title: z.string(),
    submitLabel: z.string(),
    fields: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        kind: z.enum(['choice', 'text']),
        options: z.array(z.string()).optional(),
        required: z.boolean().optional(),
        maxLength: z.number().optional(),
      }),
    ),
  }),
});

const inputs = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({ value: z.string().nullish(), selected_option: z.object({ value: z.string() }).nullish() }),
  ),
);

export const viewSubmission = z.object({
  team: z.object({ id: z.string() }).nullish(),
  user: z.object({ id: z.string() }),
  view: z.object({
    id: z.string(),
    private_metadata: z.string(),
    state: z.object({ values: inputs }),
  }),
});

/** https://docs.slack.dev/reference/views/modal-views */
export function formView(form: Form, press: ActionEvent): types.ModalView {
  const { place, action, post, value } = press;
  return {
    type: 'modal',
    callback_id: FORM_CALLBACK,
    private_metadata: JSON.stringify({ place, action, post, value, form }),
    title: plain(form.title),
    submit: plain(form.submitLabel),
    close: plain('Cancel'),
    blocks: form.fields.map((field) => ({
      type: 'input',
      block_id: field.name,
      label: plain(field.label),
      optional: field.required !== true,
      element: elementOf(field),
    })),
  };
}

function elementOf({ options, maxLength }: FormField): types.PlainTextInput | types.StaticSelect {
  if (options === undefined) {
    return { type: 'plain_text_input', action_id: INPUT, multiline: true, max_length: maxLength ?? MAX_TEXT_LENGTH };
  }
  const choices = options.map((option) => ({ text: plain(option), value: option }));
  return { type: 'static_select', action_id: INPUT, options: choices };
}

const plain = (text: string): types.PlainTextElement => ({ type: 'plain_text', text, emoji: false });

export interface Submission {
  press: Pick<ActionEvent, 'place' | 'post'> & { action: ActionName; value?: string };
  form: Form;
  given: Record<string, string>;
}

/** Null if the view is not one of ours. */
export function readSubmission({ view }: z.infer<typeof viewSubmission>): Submission | null {
  let metadata: unknown;
  try {
    metadata = JSON.parse(view.private_metadata);
  } catch {
    return null;
  }
  const read = carried.safeParse(metadata);
  if (!read.success) return null;
  const { form, place, action, post, value } = read.data;
  const given = Object.entries(view.state.values).map(([name, block]) => {
    const input = block[INPUT];
    return [name, input?.selected_option?.value ?? input?.value ?? ''] as const;
  });
  return {
    press: { place, action: action as ActionName, post, ...(value === undefined ? {} : { value }) },
    form: form as Form,
    given: Object.fromEntries(given),
  };
}
