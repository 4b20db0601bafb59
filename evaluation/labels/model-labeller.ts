// Labels reports by a language model: the paper's JSON contract under a schema at temperature 0.
import { z } from 'zod';
import type { Assertion } from '../../labeller/label.ts';
import { LABEL_KEYS, LABEL_SCHEMA, labellingPrompt } from '../../prompts/labelling.ts';
import { parseJson } from '../text-model/endpoint-model.ts';
import type { TextModel } from '../text-model/text-model.ts';

const SYSTEM = 'You read radiologic reports and answer in JSON.';
const answerSchema = z.strictObject(Object.fromEntries(Object.keys(LABEL_KEYS).map((key) => [key, z.boolean()])));

export const MODEL_FINDINGS: readonly string[] = Object.values(LABEL_KEYS);

/** Finding → present or absent (the contract knows no uncertainty); null when the answer is no valid JSON of the schema. */
export async function labelByModel(
  model: TextModel,
  report: string,
  signal?: AbortSignal,
): Promise<Map<string, Assertion> | null> {
  const text = await model.complete({
    ...{
      system: SYSTEM,
      messages: [{ role: 'user', content: labellingPrompt(report) }],
      schema: LABEL_SCHEMA,
      schemaName: 'labels',
      temperature: 0,
      seed: 1,
    },
    ...(signal ? { signal } : {}),
  });
  const parsed = answerSchema.safeParse(parseJson(text));
  if (!parsed.success) return null;
  return new Map(
    Object.entries(LABEL_KEYS).map(([key, finding]) => [finding, parsed.data[key] ? 'present' : 'absent']),
  );
}
