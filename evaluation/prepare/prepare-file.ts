// A whole file of reports through a model: JSONL out, rejected ones beside it with their reasons, continued where it was stopped.
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { z } from 'zod';
import { CxrError } from '../../engine/error.ts';
import { hash32 } from '../metrics/random.ts';
import { promptHash } from '../study/plan.ts';
import type { TextModel } from '../text-model/text-model.ts';
import { type PreparationKind, prepareRecord } from './prepare-record.ts';

/** One accepted line. `messages` is the common chat format, ready for training once an image stands before it. */
export const preparedSchema = z.object({
  id: z.string(),
  kind: z.enum(['refine', 'generate-qa']),
  promptHash: z.string(),
  model: z.string(),
  attempts: z.int(),
  value: z.record(z.string(), z.string()),
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.string() })),
});
export type Prepared = z.infer<typeof preparedSchema>;

export interface PrepareOptions {
  kind: PreparationKind;
  model: TextModel;
  reports: readonly { id: string; report: string }[];
  outFile: string;
  seed: number;
  onProgress?(done: number, total: number): void;
  signal?: AbortSignal;
}

export interface PrepareSummary {
  accepted: number;
  rejected: number;
  /** Taken over from an earlier run. */
  continued: number;
}

/** Where rejected records go: `refined.jsonl` → `refined.rejected.jsonl`. */
export function rejectedFile(outFile: string): string {
  return outFile.replace(/(?:\.jsonl)?$/, '.rejected.jsonl');
}

/** Ids of a JSONL file; a last line cut off by a kill is removed. */
function doneIds(file: string): Set<string> {
  if (!existsSync(file)) return new Set();
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  return new Set(
    whole
      .split('\n')
      .filter(Boolean)
      .map((line) => String((JSON.parse(line) as { id: unknown }).id)),
  );
}

function messagesOf(kind: PreparationKind, value: Record<string, string>): Prepared['messages'] {
  const pair = (question: string, answer: string | undefined) => [
    { role: 'user' as const, content: question },
    { role: 'assistant' as const, content: answer ?? '' },
  ];
  if (kind.name === 'generate-qa')
    return [...pair(value.question1 ?? '', value.answer1), ...pair(value.question2 ?? '', value.answer2)];
  return pair(
    'Write a radiologic report on the given chest radiograph.',
    [value.standard_report, value.conclusion].filter(Boolean).join(' '),
  );
}

/** Reports without an answer yet are asked in order. Throws CxrError of the model; what was finished by then is kept. */
export async function prepareFile(options: PrepareOptions): Promise<PrepareSummary> {
  const { kind, model, reports, outFile, seed, signal } = options;
  const ids = reports.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new CxrError('usage', `The id ${twice} stands in the table twice.`);
  const rejects = rejectedFile(outFile);
  const accepted = doneIds(outFile);
  const rejected = doneIds(rejects);
  const continued = ids.filter((id) => accepted.has(id) || rejected.has(id)).length;
  for (const { id, report } of reports) {
    if (accepted.has(id) || rejected.has(id)) continue;
    if (signal?.aborted) throw new CxrError('aborted', 'Stopped; the same command goes on from here.');
    const outcome = await prepareRecord(model, kind, report, hash32(`${seed}\n${id}`) % 2 ** 31, signal);
    const origin = { id, kind: kind.name, promptHash: promptHash(kind.prompt('')), model: model.name };
    if ('accepted' in outcome) {
      const line: Prepared = {
        ...origin,
        attempts: outcome.attempts,
        value: outcome.accepted,
        messages: messagesOf(kind, outcome.accepted),
      };
      appendFileSync(outFile, `${JSON.stringify(line)}\n`);
      accepted.add(id);
    } else {
      appendFileSync(rejects, `${JSON.stringify({ ...origin, attempts: outcome.rejected })}\n`);
      rejected.add(id);
    }
    options.onProgress?.(accepted.size + rejected.size, reports.length);
  }
  return { accepted: accepted.size, rejected: rejected.size, continued };
}

/** Reads a prepared JSONL file. Throws CxrError `usage` on a damaged line. */
export function readPrepared(file: string): Prepared[] {
  if (!existsSync(file)) throw new CxrError('usage', `${file} does not exist.`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line, index) => {
      const parsed = preparedSchema.safeParse(parseLine(line));
      if (!parsed.success)
        throw new CxrError('usage', `Line ${index + 1} of ${file} is damaged.`, { cause: parsed.error });
      return parsed.data;
    });
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** What questions are made from: the refined report of each id, because the raw one still holds what must not be asked about. */
export function refinedReports(prepared: readonly Prepared[]): { id: string; report: string }[] {
  return prepared.map(({ id, value }) => ({
    id,
    report: [value.standard_report, value.conclusion, value.recommendation].filter(Boolean).join('\n'),
  }));
}
