// Runs a plan over data sets: hands images to readers, writes every record at once, goes on where an earlier run was stopped.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CxrError } from '../../engine/error.ts';
import type { Dataset } from '../data/dataset.ts';
import { shuffled } from '../metrics/random.ts';
import { type Plan, promptHash } from './plan.ts';
import type { ImageJob } from './read-image.ts';
import type { Reader } from './readers.ts';
import { openRecords, recordKey, type StudyRecord } from './records.ts';

export interface StudyPart {
  dataset: Dataset;
  plan: Plan;
}

export interface Progress {
  doneAnswers: number;
  totalAnswers: number;
  image: string;
}

export interface StudyOptions {
  outDir: string;
  parts: readonly StudyPart[];
  bundle: { name: string; version: string; hash: string };
  readers: readonly Reader[];
  onProgress?(progress: Progress): void;
  signal?: AbortSignal;
}

/** What must be equal for a stopped run to be continued, and what a result names as its origin. */
export interface StudyIdentity {
  format: 'cxr-study/1';
  bundle: { name: string; version: string; hash: string };
  parts: {
    dataset: string;
    dataHash: string;
    images: number;
    seed: number;
    conditions: {
      id: string;
      prompt: string;
      promptHash: string;
      temperature: number;
      topP: number;
      runs: number;
      images: number;
      source: string;
      confirm: readonly string[];
    }[];
  }[];
}

export function identityOf(parts: readonly StudyPart[], bundle: StudyIdentity['bundle']): StudyIdentity {
  return {
    format: 'cxr-study/1',
    bundle,
    parts: parts.map(({ dataset, plan }) => ({
      dataset: dataset.description.name,
      dataHash: dataset.hash,
      images: dataset.images.length,
      seed: plan.seed,
      conditions: plan.conditions.map(({ id, prompt, question, temperature, topP, runs, images, source, confirm }) => ({
        ...{ id, prompt, promptHash: promptHash(question), temperature, topP, runs, source, confirm },
        images: Math.min(images ?? dataset.images.length, dataset.images.length),
      })),
    })),
  };
}

/** Order in which images are read and cut to size: by the seed alone. */
export function seededOrder({ dataset, plan }: StudyPart): Dataset['images'] {
  return shuffled(dataset.images, plan.seed);
}

/** Each image's stand-in for the control `swapped`: the next one in seeded order that is of another patient. */
function swapPartners(images: Dataset['images']): Map<string, string> {
  return new Map(
    images.map((image, index) => {
      const others = [...images.slice(index + 1), ...images.slice(0, index)];
      return [image.id, (others.find((other) => other.patient !== image.patient) ?? image).file];
    }),
  );
}

function jobsOf(part: StudyPart, done: ReadonlySet<string>): ImageJob[] {
  const images = seededOrder(part);
  const partners = swapPartners(images);
  const { name } = part.dataset.description;
  return images.flatMap((image, index) => {
    const wanted = part.plan.conditions.filter(
      (condition) => condition.images === undefined || index < condition.images,
    );
    const work = wanted.flatMap((condition) => {
      const runs = Array.from({ length: condition.runs }, (_, run) => run).filter(
        (run) => !done.has(`answer\u0000${name}\u0000${image.id}\u0000${condition.id}\u0000${run}`),
      );
      return runs.length === 0 ? [] : [{ condition, runs }];
    });
    const encode = done.has(`encoded\u0000${name}\u0000${image.id}\u0000real`) ? [] : (['real'] as const);
    if (work.length === 0) return [];
    return [
      {
        dataset: name,
        image: image.id,
        file: image.file,
        swappedFile: partners.get(image.id) ?? image.file,
        seed: part.plan.seed,
        work,
        encode,
      },
    ];
  });
}

function settle(outDir: string, identity: StudyIdentity): void {
  const file = join(outDir, 'study.json');
  const text = `${JSON.stringify(identity, null, 2)}\n`;
  if (!existsSync(file)) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    throw new CxrError(
      'usage',
      `${outDir} holds another study (other bundle, data, prompts or settings); choose a new --out folder or repeat the old settings.`,
    );
  }
}

/**
 * Runs what is missing and returns all records. Throws CxrError `usage` when the folder holds another study, `aborted` after `signal` (what was
 * answered is kept). Readers work at the same time; numbers do not depend on their count or order.
 */
export async function runStudy(
  options: StudyOptions,
): Promise<{ identity: StudyIdentity; identityHash: string; records: readonly StudyRecord[] }> {
  const { outDir, parts, readers, signal } = options;
  mkdirSync(outDir, { recursive: true });
  const identity = identityOf(parts, options.bundle);
  settle(outDir, identity);
  const file = openRecords(join(outDir, 'records.jsonl'));
  const done = new Set(file.records.map(recordKey));
  const jobs = parts.flatMap((part) => jobsOf(part, done));
  const left = jobs.reduce((sum, job) => sum + job.work.reduce((count, { runs }) => count + runs.length, 0), 0);
  const before = file.records.filter((record) => record.kind !== 'encoded').length;
  let doneAnswers = before;
  const queue = [...jobs];
  const work = async (reader: Reader): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      if (signal?.aborted) throw new CxrError('aborted', 'The study was stopped; the same command goes on from here.');
      const { image } = job;
      await reader.read(job, (record) => {
        if (done.has(recordKey(record))) return;
        done.add(recordKey(record));
        file.append(record);
        if (record.kind !== 'encoded') doneAnswers++;
        options.onProgress?.({ doneAnswers, totalAnswers: before + left, image });
      });
    }
  };
  const results = await Promise.allSettled(readers.map(work));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  const identityHash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16);
  return { identity, identityHash, records: file.records };
}
