// What a study writes down per image and answer (records.jsonl): one JSON object a line, appended as it happens, read again on resumption.
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { z } from 'zod';
import { CxrError } from '../../engine/error.ts';

const finding = z.object({
  name: z.string(),
  assessed: z.boolean(),
  probability: z.number().nullable(),
  threshold: z.number().nullable(),
});

const encodedSchema = z.object({
  kind: z.literal('encoded'),
  dataset: z.string(),
  image: z.string(),
  source: z.enum(['real', 'blank', 'noise', 'swapped']),
  findings: z.array(finding),
  gateScore: z.number().nullable(),
});
const answerSchema = z.object({
  kind: z.literal('answer'),
  dataset: z.string(),
  image: z.string(),
  condition: z.string(),
  run: z.int(),
  answer: z.string(),
  tokens: z.int(),
  stopReason: z.string(),
  ms: z.number(),
  confirmations: z.array(z.object({ finding: z.string(), answer: z.enum(['yes', 'no']), probability: z.number() })),
});
const failureSchema = z.object({
  kind: z.literal('failure'),
  dataset: z.string(),
  image: z.string(),
  /** Empty where the image itself could not be read. */
  condition: z.string(),
  run: z.int(),
  source: z.string(),
  code: z.string(),
  sentence: z.string(),
});
const recordSchema = z.discriminatedUnion('kind', [encodedSchema, answerSchema, failureSchema]);

export type AnswerRecord = z.infer<typeof answerSchema>;
export type FailureRecord = z.infer<typeof failureSchema>;
export type StudyRecord = z.infer<typeof recordSchema>;

/** What makes a record unique: a second one of the same key is never written. */
export function recordKey(record: StudyRecord): string {
  if (record.kind === 'encoded') return `encoded\u0000${record.dataset}\u0000${record.image}\u0000${record.source}`;
  return `answer\u0000${record.dataset}\u0000${record.image}\u0000${record.condition}\u0000${record.run}`;
}

export interface RecordFile {
  readonly records: readonly StudyRecord[];
  append(record: StudyRecord): void;
}

/** Opens records.jsonl. A last line that a killed run left unfinished is cut off; any other broken line is an error. */
export function openRecords(file: string): RecordFile {
  const records: StudyRecord[] = [];
  if (existsSync(file)) {
    const text = readFileSync(file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
    for (const [index, line] of whole.split('\n').entries()) {
      if (line === '') continue;
      const parsed = recordSchema.safeParse(parseLine(line));
      if (!parsed.success)
        throw new CxrError(
          'usage',
          `Line ${index + 1} of records.jsonl is damaged; remove the line or start in a new folder.`,
          { cause: parsed.error },
        );
      records.push(parsed.data);
    }
  }
  return {
    records,
    append(record) {
      appendFileSync(file, `${JSON.stringify(record)}\n`);
      records.push(record);
    },
  };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
