// A form in the terminal: its fields are asked one after the other, each answered by one typed line.
import type { Form, FormField } from '../../bot/contract.ts';
import { problemOf } from '../shared/form.ts';

export interface FormQuestions {
  /** What stands before the person now. */
  question(): string;
  /** Takes one typed line; the fields once the last one was answered, else null. An answer that does not fit is asked for again. */
  answer(line: string): Record<string, string> | null;
}

export const CANCEL_FORM = '/cancel';

export function createFormQuestions(form: Form): FormQuestions {
  const fields: Record<string, string> = {};
  let index = 0;
  let problem: string | null = null;

  return {
    question() {
      const field = form.fields[index];
      if (field === undefined) return '';
      const head =
        index === 0 && problem === null ? `${form.title}. Each line is one answer; ${CANCEL_FORM} ends.\n` : '';
      return `${head}${problem === null ? '' : `${problem}\n`}${asked(field)}`;
    },
    answer(line) {
      const field = form.fields[index];
      if (field === undefined) return fields;
      const text = chosen(field, line.trim());
      problem = problemOf(field, text);
      if (problem !== null) return null;
      if (text !== '') fields[field.name] = text;
      index += 1;
      return index === form.fields.length ? fields : null;
    },
  };
}

function asked({ label, options, required }: FormField): string {
  const optional = required === true ? '' : ' (an empty line leaves it out)';
  return [`${label}${optional}:`, ...(options ?? []).map((option, at) => `${at + 1}. ${option}`)].join('\n');
}

/** A choice is answered by its number or its words. */
function chosen({ options }: FormField, text: string): string {
  const plain = text.toLowerCase();
  const byWords = options?.find((option) => option.toLowerCase() === plain);
  return byWords ?? (/^\d+$/.test(text) ? options?.[Number(text) - 1] : undefined) ?? text;
}
