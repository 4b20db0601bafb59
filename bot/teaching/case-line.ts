// Reads the one line that describes a case: `title: …; history: …; findings: …`. New fields are added here and in docs/teaching.md.
import { z } from 'zod';
import { CxrError } from '../../engine/error.ts';
import { plainText } from '../plain-text.ts';
import { DURATION_RULE, readDuration } from './durations.ts';

const text = z.string().max(2_000);
const list = z.array(z.string().max(200)).max(20);

export const caseDescription = z.strictObject({
  title: text.default('Untitled case'),
  history: text.default(''),
  /** The expected findings in words; what they don't name counts as absent. */
  findings: text.default(''),
  diagnosis: text.default(''),
  /** Diagnoses to think of, likeliest first. */
  differential: list.default([]),
  /** Next examination. */
  next: text.default(''),
  points: list.default([]),
  hints: list.default([]),
  difficulty: z.enum(['easy', 'medium', 'hard']).nullable().default(null),
  tags: list.default([]),
  /** When it is revealed without the teacher's word: a time after its opening; empty for never. */
  reveal: text
    .refine((value) => value === '' || readDuration(value) !== null, { error: `it is ${DURATION_RULE}` })
    .default(''),
  /** Whether those who answered may bring about the reveal together. */
  vote: z.enum(['on', 'off']).default('on'),
});

export type CaseDescription = z.infer<typeof caseDescription>;

const LISTS: ReadonlySet<string> = new Set(['points', 'hints', 'tags', 'differential']);
export const CASE_FIELDS: readonly string[] = Object.keys(caseDescription.shape);

/**
 * Fields are separated by `;`, items of `differential`, `hints`, `points` and `tags` by `|` (tags also by `,`). All fields are optional.
 * Throws `usage` with one sentence that names the part that can't be read.
 */
export function readCaseLine(line: string): CaseDescription {
  const fields: Record<string, string | string[]> = {};
  for (const part of plainText(line).split(/[;\n]/)) {
    if (part.trim() === '') continue;
    const [, name = '', value = ''] = /^\s*([a-z]+)\s*:\s*(.*)$/is.exec(part) ?? [];
    const key = name.toLowerCase();
    if (!CASE_FIELDS.includes(key)) {
      throw new CxrError('usage', `A case is described as "field: text; field: text" with ${CASE_FIELDS.join(', ')}.`);
    }
    fields[key] = LISTS.has(key) ? itemsOf(value, key === 'tags' ? /[|,]/ : /\|/) : value.trim();
  }
  const read = caseDescription.safeParse(fields);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new CxrError(
    'usage',
    `The case's ${issue?.path[0]?.toString() ?? 'line'} can't be read: ${issue?.message ?? ''}.`,
  );
}

function itemsOf(value: string, separator: RegExp): string[] {
  return value
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
