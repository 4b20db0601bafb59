// A form's limits, the strictest of all platforms, so that a form that opens on one opens on all; and what people filled in, read alike.
import type { Control, Form, FormField } from '../../bot/contract.ts';

/** Of a Discord modal (https://docs.discord.com/developers/components/reference) and a Slack view (https://docs.slack.dev/reference/views). */
const MAX_FIELDS = 5;
export const MAX_TITLE_LENGTH = 24;
const MAX_LABEL_LENGTH = 45;
const MAX_OPTIONS = 25;
const MAX_OPTION_LENGTH = 75;
export const MAX_TEXT_LENGTH = 3_000;
/** A Slack button carries its form in its value of 2,000 characters. */
const MAX_JSON_LENGTH = 1_500;
const NAME = /^[a-z][a-z0-9-]{0,29}$/;

/** Said where the platform, or this process, does not know a form any more. */
export const FORM_GONE =
  'I do not have this form any more, because I was restarted or the question has changed; please write your answer here in your own words.';

/** Throws a RangeError for a form that some platform would not take. */
export function checkForms(controls: readonly Control[]): void {
  for (const { action, form } of controls) if (form !== undefined) check(action, form);
}

function check(action: string, form: Form): void {
  const wrong = (what: string): never => {
    throw new RangeError(`the form of the control ${action}: ${what}`);
  };
  const { fields } = form;
  if (!fits(form.title, MAX_TITLE_LENGTH) || !fits(form.submitLabel, MAX_TITLE_LENGTH)) wrong('title or submit label');
  if (fields.length < 1 || fields.length > MAX_FIELDS) wrong('number of fields');
  if (new Set(fields.map(({ name }) => name)).size !== fields.length) wrong('a name is used twice');
  for (const field of fields) if (!isGoodField(field)) wrong(`field ${field.name}`);
  if (JSON.stringify(form).length > MAX_JSON_LENGTH) wrong('too much in all');
}

function isGoodField({ name, label, kind, options, maxLength }: FormField): boolean {
  if (!NAME.test(name) || !fits(label, MAX_LABEL_LENGTH)) return false;
  if (kind === 'text') return options === undefined && lengthIsGood(maxLength ?? MAX_TEXT_LENGTH);
  if (options === undefined || maxLength !== undefined || options.length < 1 || options.length > MAX_OPTIONS)
    return false;
  return options.every((option) => fits(option, MAX_OPTION_LENGTH)) && new Set(options).size === options.length;
}

const lengthIsGood = (length: number): boolean => Number.isInteger(length) && length >= 1 && length <= MAX_TEXT_LENGTH;
const fits = (text: string, longest: number): boolean => text.trim() !== '' && text.length <= longest;

export type ReadFields =
  | { ok: true; fields: Record<string, string> }
  /** One plain sentence about one field. */
  | { ok: false; field: string; sentence: string };

/** What was filled in, as the core gets it; names that are not the form's are left out. `form`: null where it is not known any more. */
export function readFields(form: Form | null, given: Readonly<Record<string, string>>): ReadFields {
  const fields: Record<string, string> = {};
  for (const field of form?.fields ?? unknownFields(given)) {
    const text = (given[field.name] ?? '').trim();
    const sentence = problemOf(field, text);
    if (sentence !== null) return { ok: false, field: field.name, sentence };
    if (text !== '') fields[field.name] = text;
  }
  return { ok: true, fields };
}

export function problemOf(field: FormField, text: string): string | null {
  if (text === '') return field.required === true ? `Please fill in "${field.label}".` : null;
  if (field.options !== undefined && !field.options.includes(text)) {
    return `Please choose one of what is offered for "${field.label}".`;
  }
  const longest = field.maxLength ?? MAX_TEXT_LENGTH;
  return text.length <= longest ? null : `"${field.label}" takes at most ${longest} characters.`;
}

function unknownFields(given: Readonly<Record<string, string>>): FormField[] {
  const names = Object.keys(given).filter((name) => NAME.test(name));
  return names.slice(0, MAX_FIELDS).map((name) => ({ name, label: name, kind: 'text' }));
}
