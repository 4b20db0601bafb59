// One report through a model: ask, check the shape, check the rules, correct, and in the end accept or reject with reasons.
import { z } from 'zod';
import {
  correctionPrompt,
  PREPARATION_SYSTEM,
  QA_KEYS,
  QA_SCHEMA,
  qaPrompt,
  REFINED_KEYS,
  REFINED_SCHEMA,
  refinePrompt,
} from '../../prompts/preparation.ts';
import { parseJson } from '../text-model/endpoint-model.ts';
import type { TextModel } from '../text-model/text-model.ts';
import { violationsIn } from './violations.ts';

export interface PreparationKind {
  name: 'refine' | 'generate-qa';
  keys: readonly string[];
  schema: Record<string, unknown>;
  prompt(report: string): string;
  /** Keys that are allowed to be empty or to speak of what follows ("CT is recommended"). */
  unchecked: readonly string[];
}

export const REFINE: PreparationKind = {
  name: 'refine',
  keys: REFINED_KEYS,
  schema: REFINED_SCHEMA,
  prompt: refinePrompt,
  unchecked: [],
};
export const GENERATE_QA: PreparationKind = {
  name: 'generate-qa',
  keys: QA_KEYS,
  schema: QA_SCHEMA,
  prompt: qaPrompt,
  unchecked: [],
};

export interface Attempt {
  answer: string;
  reasons: string[];
}

export type Outcome = { accepted: Record<string, string>; attempts: number } | { rejected: Attempt[] };

const MAX_ATTEMPTS = 3;
/** Attempts after the first are sampled, or a greedy model would repeat itself. */
const RETRY_TEMPERATURE = 0.4;

/** Reasons why an answer may not be used; none means it may. */
export function reasonsAgainst(
  kind: PreparationKind,
  answer: string,
): { value: Record<string, string> | null; reasons: string[] } {
  const shape = z.strictObject(Object.fromEntries(kind.keys.map((key) => [key, z.string()])));
  const parsed = shape.safeParse(parseJson(answer));
  if (!parsed.success)
    return { value: null, reasons: [`it is no JSON object with exactly the keys ${kind.keys.join(', ')}`] };
  const value = parsed.data as Record<string, string>;
  const reasons = kind.keys.flatMap((key) => {
    const text = value[key]?.trim() ?? '';
    if (text === '') return [`"${key}" is empty`];
    return kind.unchecked.includes(key) ? [] : violationsIn(text).map(({ sentence }) => `"${key}": ${sentence}`);
  });
  return { value, reasons };
}

/** Asks up to three times, telling the model what was wrong. An answer that breaks a rule is never accepted. Throws CxrError of the model. */
export async function prepareRecord(
  model: TextModel,
  kind: PreparationKind,
  report: string,
  seed: number,
  signal?: AbortSignal,
): Promise<Outcome> {
  const attempts: Attempt[] = [];
  const messages: { role: 'user' | 'assistant'; content: string }[] = [{ role: 'user', content: kind.prompt(report) }];
  for (let count = 1; count <= MAX_ATTEMPTS; count++) {
    const answer = await model.complete({
      ...{
        system: PREPARATION_SYSTEM,
        messages,
        schema: kind.schema,
        schemaName: kind.name.replace('-', '_'),
        seed: seed + count,
      },
      temperature: count === 1 ? 0 : RETRY_TEMPERATURE,
      ...(signal ? { signal } : {}),
    });
    const { value, reasons } = reasonsAgainst(kind, answer);
    if (value && reasons.length === 0) return { accepted: value, attempts: count };
    attempts.push({ answer, reasons });
    messages.push({ role: 'assistant', content: answer }, { role: 'user', content: correctionPrompt(reasons) });
  }
  return { rejected: attempts };
}
