// Joins images, refined reports and question pairs to training records, split by patient, and proves that nothing leaks between the parts.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CxrError } from '../../engine/error.ts';
import { hash32 } from '../metrics/random.ts';
import type { Prepared } from './prepare-file.ts';

export interface ImageRow {
  /** Id of the report that belongs to the image. */
  id: string;
  /** Path below the image folder. */
  file: string;
  patient: string;
}

export interface TrainingRecord {
  id: string;
  image: string;
  patient: string;
  imageSha256: string;
  messages: { role: 'user' | 'assistant'; content: string }[];
}

export interface MakeDatasetOptions {
  images: readonly ImageRow[];
  imageFolder: string;
  refined: readonly Prepared[];
  pairs: readonly Prepared[];
  outDir: string;
  /** Share of patients held out, in (0, 1). */
  validationShare: number;
  seed: number;
}

export interface DatasetSummary {
  train: number;
  validation: number;
  patients: { train: number; validation: number };
  /** Images without an accepted report, or whose file is missing. */
  leftOut: { id: string; why: string }[];
}

const SPLIT_BUCKETS = 10_000;

/** The image stands where the model's prompt has it: before the first question. */
export const IMAGE_MARK = '<image>\n';

export function isHeldOut(patient: string, share: number, seed: number): boolean {
  return hash32(`${seed}\n${patient}`) % SPLIT_BUCKETS < share * SPLIT_BUCKETS;
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Sentences on what stands in both parts: patients, image bytes, ids. Empty when nothing does. */
export function leaks(train: readonly TrainingRecord[], validation: readonly TrainingRecord[]): string[] {
  const found: string[] = [];
  for (const [key, name] of [
    ['patient', 'patient'],
    ['imageSha256', 'image (same bytes)'],
    ['id', 'record'],
  ] as const) {
    const inTrain = new Set(train.map((record) => record[key]));
    const both = [...new Set(validation.map((record) => record[key]).filter((value) => inTrain.has(value)))];
    if (both.length > 0)
      found.push(`${both.length} ${name}${both.length === 1 ? '' : 's'} in both parts, e.g. ${both[0]}`);
  }
  return found;
}

async function recordOf(
  row: ImageRow,
  options: MakeDatasetOptions,
  refined: Prepared,
  pairs: Prepared | undefined,
): Promise<TrainingRecord> {
  const [first, ...rest] = [...refined.messages, ...(pairs?.messages ?? [])];
  if (!first) throw new CxrError('usage', `The refined report ${row.id} holds no message.`);
  return {
    id: row.id,
    image: row.file,
    patient: row.patient,
    imageSha256: await sha256OfFile(join(options.imageFolder, row.file)),
    messages: [{ ...first, content: `${IMAGE_MARK}${first.content}` }, ...rest],
  };
}

/** Writes train.jsonl, validation.jsonl and summary.json. Throws CxrError `usage` when anything leaks; then nothing is written. */
export async function makeDataset(options: MakeDatasetOptions): Promise<DatasetSummary> {
  const refined = new Map(options.refined.map((one) => [one.id, one]));
  const pairs = new Map(options.pairs.map((one) => [one.id, one]));
  const records: TrainingRecord[] = [];
  const leftOut: DatasetSummary['leftOut'] = [];
  for (const row of options.images) {
    const report = refined.get(row.id);
    if (!report) leftOut.push({ id: row.id, why: 'no accepted report' });
    else if (!existsSync(join(options.imageFolder, row.file))) leftOut.push({ id: row.id, why: 'image file missing' });
    else records.push(await recordOf(row, options, report, pairs.get(row.id)));
  }
  const validation = records.filter((record) => isHeldOut(record.patient, options.validationShare, options.seed));
  const train = records.filter((record) => !isHeldOut(record.patient, options.validationShare, options.seed));
  const found = leaks(train, validation);
  if (found.length > 0) throw new CxrError('usage', `The parts leak into each other: ${found.join('; ')}.`);
  const summary: DatasetSummary = {
    train: train.length,
    validation: validation.length,
    patients: {
      train: new Set(train.map(({ patient }) => patient)).size,
      validation: new Set(validation.map(({ patient }) => patient)).size,
    },
    leftOut,
  };
  mkdirSync(options.outDir, { recursive: true });
  const lines = (part: readonly TrainingRecord[]) => part.map((record) => `${JSON.stringify(record)}\n`).join('');
  writeFileSync(join(options.outDir, 'train.jsonl'), lines(train));
  writeFileSync(join(options.outDir, 'validation.jsonl'), lines(validation));
  writeFileSync(join(options.outDir, 'summary.json'), `${JSON.stringify(summary, null, 1)}\n`);
  return summary;
}
