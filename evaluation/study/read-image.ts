// Puts one image of a study to the engine as the bot would (encode, start, ask, confirm) and reports what came back, failures included.
import { readFile } from 'node:fs/promises';
import type { EncodedImage, Engine } from '../../engine/engine.ts';
import { toCxrError } from '../../engine/error.ts';
import { hash32 } from '../metrics/random.ts';
import { blankImage, noiseImage } from './control-image.ts';
import { answerSeed, type Condition, type ImageSource } from './plan.ts';
import type { StudyRecord } from './records.ts';

/** Everything that is still to be asked of one image. Plain data: it travels to worker processes. */
export interface ImageJob {
  dataset: string;
  image: string;
  file: string;
  /** The file shown instead in the control `swapped`. */
  swappedFile: string;
  seed: number;
  work: readonly { condition: Condition; runs: readonly number[] }[];
  /** Sources whose encoder record is still missing. */
  encode: readonly ImageSource[];
}

async function bytesFor(
  job: ImageJob,
  source: ImageSource,
  size: { width: number; height: number },
): Promise<Uint8Array> {
  if (source === 'blank') return blankImage(size.width, size.height);
  if (source === 'noise') return noiseImage(size.width, size.height, hash32(`${job.seed}\n${job.image}`));
  return readFile(source === 'swapped' ? job.swappedFile : job.file);
}

/** Most pixels a side of a control image: blank and noise need no more than the encoder sees. */
const CONTROL_SIDE = 512;

async function askOnce(
  engine: Engine,
  encoded: EncodedImage,
  job: ImageJob,
  condition: Condition,
  run: number,
): Promise<StudyRecord> {
  const conversation = await engine.start(encoded);
  try {
    const startedAt = performance.now();
    const seed = answerSeed(job.seed, job.image, condition.id, run);
    const { temperature, topP } = condition;
    const turn = await conversation.ask(condition.question, { temperature, topP, seed }).turn;
    const confirmations = [];
    for (const finding of condition.confirm) {
      const { answer, probability } = await conversation.confirm(finding);
      confirmations.push({ finding, answer, probability });
    }
    const { answer, answerTokens: tokens, stopReason } = turn;
    const ms = Math.round(performance.now() - startedAt);
    return {
      kind: 'answer',
      dataset: job.dataset,
      image: job.image,
      condition: condition.id,
      run,
      answer,
      tokens,
      stopReason,
      ms,
      confirmations,
    };
  } finally {
    await conversation.close();
    await engine.forget(conversation.id);
  }
}

function failure(job: ImageJob, condition: string, run: number, source: ImageSource, error: unknown): StudyRecord {
  const { code, message: sentence } = toCxrError(error);
  return { kind: 'failure', dataset: job.dataset, image: job.image, condition, run, source, code, sentence };
}

/** Blank and noise are as large as the image: a study continued after the image's own answers has to look at it again. */
function givesSize({ work, encode }: ImageJob): boolean {
  const sources = [...encode, ...work.map(({ condition }) => condition.source)];
  return sources.includes('blank') || sources.includes('noise');
}

/** Asks everything in `job`; a failed answer or a refused image becomes a failure record for each answer that is missing because of it. */
export async function* readImage(engine: Engine, job: ImageJob, signal?: AbortSignal): AsyncGenerator<StudyRecord> {
  let size = { width: CONTROL_SIDE, height: CONTROL_SIDE };
  for (const source of ['real', 'blank', 'noise', 'swapped'] as const) {
    const work = job.work.filter(({ condition }) => condition.source === source);
    const wanted = work.length > 0 || job.encode.includes(source);
    if (!wanted && !(source === 'real' && givesSize(job))) continue;
    signal?.throwIfAborted();
    let encoded: EncodedImage;
    try {
      // The controls are no radiographs: the gate would rightly refuse them, and then nothing could be compared.
      encoded = await engine.encode(
        await bytesFor(job, source, size),
        source === 'real' || source === 'swapped' ? {} : { force: true },
      );
    } catch (error) {
      for (const { condition, runs } of work)
        for (const run of runs) yield failure(job, condition.id, run, source, error);
      continue;
    }
    const longest = Math.max(encoded.width, encoded.height);
    const scale = Math.min(1, CONTROL_SIDE / longest);
    if (source === 'real')
      size = {
        width: Math.max(1, Math.round(encoded.width * scale)),
        height: Math.max(1, Math.round(encoded.height * scale)),
      };
    if (job.encode.includes(source)) {
      const findings = encoded.findings.map(({ name, assessed, probability, threshold }) => ({
        name,
        assessed,
        probability,
        threshold,
      }));
      yield { kind: 'encoded', dataset: job.dataset, image: job.image, source, findings, gateScore: encoded.gateScore };
    }
    for (const { condition, runs } of work) {
      for (const run of runs) {
        signal?.throwIfAborted();
        try {
          yield await askOnce(engine, encoded, job, condition, run);
        } catch (error) {
          if (signal?.aborted) throw error;
          yield failure(job, condition.id, run, source, error);
        }
      }
    }
  }
}
