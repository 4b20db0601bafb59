// A form behind a button, in a dialog: labelled fields, what is wrong said at the field, nothing lost by Escape or a lost connection.
import type { Form, FormField } from '../../../bot/contract.ts';
import { MAX_TEXT_LENGTH, problemOf } from '../../shared/form.ts';
import * as api from './api.ts';
import { textButton } from './controls.ts';
import { openDialog } from './dialogs.ts';
import { h, setAttribute, setText } from './element.ts';

export interface FormRequest {
  form: Form;
  /** The conversation it belongs to. */
  thread: string;
  /** What was typed and not sent is kept under this name until it is sent, the conversation is forgotten, or the page is left. */
  keptAs: string;
  /** The same id for the same words: sending them again is sending them once. */
  send(id: string, fields: Record<string, string>): Promise<unknown>;
  /** Said once the server has it. */
  sent(): void;
}

interface Input {
  field: FormField;
  element: HTMLElement;
  read(): string;
  /** Shows what is wrong, or null. */
  complain(sentence: string | null): void;
  focus(): void;
}

/** Conversation → name → words. */
const kept = new Map<string, Map<string, Record<string, string>>>();
const forgotten = new Set<string>();

/** What was typed into a conversation's forms goes with it, that of a form still open too. */
export function forgetForms(thread: string): void {
  kept.delete(thread);
  forgotten.add(thread);
}

export function formDialog({ form, thread, keptAs, send, sent }: FormRequest): void {
  const words = kept.get(thread) ?? new Map<string, Record<string, string>>();
  const earlier = words.get(keptAs) ?? {};
  const inputs = form.fields.map((field) => inputOf(field, earlier[field.name] ?? ''));
  const failure = h('p', { class: 'failure', attributes: { role: 'alert' } });
  const cancel = textButton('Cancel', () => dialog.close());
  const submit = textButton(form.submitLabel, () => void trySending(), { style: 'primary' });
  let attempt = { id: '', words: '' };

  const filledIn = () => Object.fromEntries(inputs.map(({ field, read }) => [field.name, read()]));

  async function trySending(): Promise<void> {
    const fields = filledIn();
    const problems = inputs.map((input) => ({
      input,
      sentence: problemOf(input.field, fields[input.field.name] ?? ''),
    }));
    for (const { input, sentence } of problems) input.complain(sentence);
    const first = problems.find(({ sentence }) => sentence !== null);
    if (first) return first.input.focus();
    const wanted = JSON.stringify(fields);
    if (wanted !== attempt.words) attempt = { id: crypto.randomUUID(), words: wanted };
    submit.disabled = true;
    setText(failure, '');
    try {
      await send(attempt.id, fields);
      words.delete(keptAs);
      dialog.dataset.sent = '';
      dialog.close();
      sent();
    } catch (error) {
      setText(failure, api.sentenceOf(error));
    } finally {
      submit.disabled = false;
    }
  }

  const body = h('div', { class: 'form-fields' }, ...inputs.map(({ element }) => element), failure);
  const dialog = openDialog(form.title, [body], [cancel, submit]);
  dialog.classList.add('beside');
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !submit.disabled) void trySending();
  });
  dialog.addEventListener('close', () => {
    if (dialog.dataset.sent !== undefined || forgotten.has(thread)) return;
    words.set(keptAs, filledIn());
    kept.set(thread, words);
  });
  inputs[0]?.focus();
}

function inputOf(field: FormField, value: string): Input {
  const id = `form-${field.name}`;
  const attributes = { id, 'aria-required': field.required === true, 'aria-describedby': `${id}-problem` };
  const control = field.options === undefined ? textOf(field, attributes) : choiceOf(field.options, attributes);
  control.value = value;
  const problem = h('p', { class: 'field-problem', attributes: { id: `${id}-problem` } });
  const caption = h(
    'label',
    { attributes: { for: id } },
    field.label,
    field.required === true ? null : h('span', { class: 'optional' }, ' (optional)'),
  );
  return {
    field,
    element: h('div', { class: 'form-field' }, caption, control, problem),
    read: () => control.value.trim(),
    complain(sentence) {
      setText(problem, sentence ?? '');
      setAttribute(control, 'aria-invalid', sentence === null ? null : 'true');
    },
    focus: () => control.focus(),
  };
}

type Attributes = Readonly<Record<string, string | number | boolean>>;

function textOf({ maxLength }: FormField, attributes: Attributes): HTMLTextAreaElement {
  return h('textarea', { attributes: { ...attributes, rows: 3, maxlength: maxLength ?? MAX_TEXT_LENGTH } });
}

function choiceOf(options: readonly string[], attributes: Attributes): HTMLSelectElement {
  const none = h('option', { attributes: { value: '' } }, 'Choose …');
  return h(
    'select',
    { attributes },
    none,
    ...options.map((option) => h('option', { attributes: { value: option } }, option)),
  );
}
