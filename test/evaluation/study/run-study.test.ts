// A study from data set to figures on an engine with state: resumption, order, seeds, failures and the control without the image.
import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { againstTable, compareWithEarlier } from '../../../evaluation/analysis/against.ts';
import { CONFIRMED } from '../../../evaluation/analysis/predictions.ts';
import { analyseStudy, type StudyResults } from '../../../evaluation/analysis/results.ts';
import { findDatasets, loadDataset } from '../../../evaluation/data/dataset.ts';
import { paperTables } from '../../../evaluation/report/paper-tables.ts';
import { studyTables } from '../../../evaluation/report/study-tables.ts';
import { planStudy } from '../../../evaluation/study/plan.ts';
import { readImage } from '../../../evaluation/study/read-image.ts';
import { createLocalReader } from '../../../evaluation/study/readers.ts';
import { openRecords } from '../../../evaluation/study/records.ts';
import { runStudy, type StudyPart } from '../../../evaluation/study/run-study.ts';
import { createReadingEngine, type ReadingEngine } from '../support/reading-engine.ts';
import { SIDE, writeSmallDataset } from '../support/small-dataset.ts';

let folder = '';
beforeAll(async () => {
  folder = await writeSmallDataset();
});

function part(seed = 1): StudyPart {
  const [found] = findDatasets(folder);
  if (!found) throw new Error('the data set was not found');
  const plan = planStudy({
    ...{
      cohort: 'adult',
      prompts: { basic: 'Write.', specific: 'Write more.' },
      runs: 3,
      temperature: 0.4,
      topP: 0.8,
      seed,
    },
    ...{ bootstrapRounds: 100, confirm: ['effusion', 'cardiomegaly'], sweep: true, sweepImages: 5, controls: true },
  });
  return { dataset: loadDataset(found.description, found.folder), plan };
}

interface Ran {
  results: StudyResults;
  outDir: string;
}

async function run(
  engines: ReadingEngine[],
  options: { outDir?: string; signal?: AbortSignal; seed?: number; onProgress?: () => void } = {},
): Promise<Ran> {
  const outDir = options.outDir ?? mkdtempSync(join(tmpdir(), 'study-'));
  const parts = [part(options.seed)];
  const { identity, identityHash, records } = await runStudy({
    ...{
      outDir,
      parts,
      bundle: { name: 'reading', version: '1', hash: 'f00d' },
      readers: engines.map((engine) => createLocalReader(engine, options.signal)),
    },
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return { results: analyseStudy(parts, identity, identityHash, records, 'present'), outDir };
}

describe('a whole study', () => {
  let first: Ran;
  let engine: ReadingEngine;
  beforeAll(async () => {
    engine = createReadingEngine();
    first = await run([engine]);
  });

  test('asks each image what the plan says and closes every conversation', () => {
    // Two prompts × 3 runs and 4 controls on 12 images, 18 cells × 3 runs on 5.
    expect(engine.asked.length).toBe(12 * (2 * 3 + 4) + 18 * 3 * 5);
    expect(engine.open).toBe(0);
    expect(new Set(engine.asked.filter((one) => one.temperature === 0.4).map((one) => one.seed)).size).toBeGreaterThan(
      60,
    );
  });

  test('says what was left out and counts uncertain truth as unknown', () => {
    const result = first.results.datasets[0];
    expect(result?.leftOut).toEqual({ 'not frontal': 1, 'other split': 1 });
    const heart = result?.conditions[0]?.findings.find((one) => one.finding === 'cardiomegaly');
    expect(heart?.n).toBe(11);
    expect(result?.withoutPositives).toEqual(['edema']);
  });

  test('the confirmed condition reads the confirmations, which here see perfectly', () => {
    const confirmed = first.results.datasets[0]?.conditions.find((one) => one.id === CONFIRMED);
    expect(confirmed?.findings.map((one) => [one.finding, one.rates.f1.mean])).toEqual([
      ['effusion', 1],
      ['cardiomegaly', expect.any(Number)],
    ]);
    expect(confirmed?.macroF1.over).toEqual(['cardiomegaly', 'effusion']);
  });

  test('the encoder’s probabilities are scored', () => {
    const effusion = first.results.datasets[0]?.scores.find(
      (score) => score.finding === 'effusion' && score.by === 'encoder',
    );
    expect(effusion).toMatchObject({ n: 12, positives: 4, auroc: 1, auprc: 1 });
  });

  test('answers depend on the image: the control passes or is honest about being small', () => {
    const dependence = first.results.datasets[0]?.dependence;
    expect(dependence?.verdict).not.toBe('fails');
    expect(dependence?.controls.map((control) => control.source)).toEqual(['blank', 'noise', 'swapped']);
    expect(dependence?.controls[0]?.change?.difference).toBeLessThan(0);
  });

  test('stopped at any answer and continued, it gives the same results in every byte', async () => {
    for (const stopAfter of [2, 200]) {
      const stop = new AbortController();
      const outDir = mkdtempSync(join(tmpdir(), 'study-'));
      let count = 0;
      const onProgress = () => {
        count++;
        if (count === stopAfter) stop.abort();
      };
      await expect(run([createReadingEngine()], { outDir, signal: stop.signal, onProgress })).rejects.toThrow();
      // A killed process leaves half a line behind.
      appendFileSync(join(outDir, 'records.jsonl'), '{"kind":"answer","dataset":"sm');
      const again = createReadingEngine();
      const resumed = await run([again], { outDir });
      expect(JSON.stringify(resumed.results)).toBe(JSON.stringify(first.results));
      expect(again.asked.length).toBeLessThan(engine.asked.length);
      expect(readFileSync(join(outDir, 'records.jsonl'), 'utf8').trimEnd().split('\n').length).toBe(
        readFileSync(join(first.outDir, 'records.jsonl'), 'utf8').trimEnd().split('\n').length,
      );
    }
  });

  test('continued after the image’s own answers, blank and noise are still as large as the image', async () => {
    const { dataset, plan } = part();
    const [image] = dataset.images;
    if (!image) throw new Error('the data set is empty');
    const sizes: string[] = [];
    const looking: ReadingEngine = createReadingEngine();
    const { encode } = looking;
    looking.encode = async (bytes, options) => {
      const encoded = await encode(bytes, options);
      sizes.push(`${encoded.width} × ${encoded.height}`);
      return encoded;
    };
    const work = plan.conditions
      .filter(({ source }) => source === 'blank' || source === 'noise')
      .map((condition) => ({ condition, runs: [0] }));
    const job = { dataset: 'small', image: image.id, file: image.file, swappedFile: image.file, seed: 1, encode: [] };
    const kinds: string[] = [];
    for await (const { kind } of readImage(looking, { ...job, work })) kinds.push(kind);
    expect(kinds).toEqual(['answer', 'answer']);
    expect(new Set(sizes)).toEqual(new Set([`${SIDE} × ${SIDE}`]));
  });

  test('three readers give the same results as one', async () => {
    const { results } = await run([createReadingEngine(), createReadingEngine(), createReadingEngine()]);
    expect(JSON.stringify(results)).toBe(JSON.stringify(first.results));
  });

  test('another seed gives other answers, and the same folder refuses it', async () => {
    const other = await run([createReadingEngine()], { seed: 2 });
    expect(JSON.stringify(other.results)).not.toBe(JSON.stringify(first.results));
    await expect(run([createReadingEngine()], { seed: 2, outDir: first.outDir })).rejects.toThrow(
      /holds another study/,
    );
  });

  test('an earlier study of the same images is compared pair by pair, one of other images is refused', async () => {
    const blind = await run([createReadingEngine({ blind: true })]);
    const parts = [part()];
    const { records } = openRecords(join(first.outDir, 'records.jsonl'));
    const { earlier, comparisons } = compareWithEarlier(blind.outDir, parts, records, 'present');
    expect(earlier).toBe('reading 1 (f00d)');
    expect(comparisons.map(({ condition }) => condition)).toEqual(['basic', 'specific', CONFIRMED]);
    expect(comparisons[0]?.comparison.macroF1?.difference).toBeGreaterThan(0.1);
    expect(againstTable(earlier, comparisons).rows).toHaveLength(3);
    const other = mkdtempSync(join(tmpdir(), 'no-study-'));
    expect(() => compareWithEarlier(other, parts, records, 'present')).toThrow(/holds no study/);
  });

  test('the tables never show the paper’s figures without saying that the data differ', () => {
    const result = first.results.datasets[0];
    if (!result) throw new Error('no result');
    const tables = paperTables(result);
    expect(tables.map((table) => table.id)).toEqual([
      'table-3-small',
      'table-4-small',
      'supplementary-4-mean-small',
      'supplementary-4-sd-small',
    ]);
    for (const table of tables) expect(table.notes.join(' ')).toContain('NOT COMPARABLE with the paper');
    const average = tables[0]?.rows.at(-1);
    expect(average?.slice(-4)).toEqual(['0.34±0.04', '0.40±0.02', '0.46±0.02', '0.62']);
    expect(studyTables(result).some((table) => table.id === 'image-dependence-small')).toBe(true);
  });
});

test('failures are listed per image and are in no figure', async () => {
  const { results } = await run([createReadingEngine({ failAtAnswer: 3 })]);
  const result = results.datasets[0];
  expect(result?.failures).toHaveLength(1);
  expect(result?.failures[0]).toMatchObject({ code: 'context-full', sentence: 'The conversation is too long.' });
  expect(result?.conditions.reduce((sum, condition) => sum + condition.failedAnswers, 0)).toBe(1);
});

test('a refused image fails each of its answers, not the study', async () => {
  const { results } = await run([createReadingEngine({ refuseWidth: SIDE })]);
  const result = results.datasets[0];
  expect(new Set(result?.failures.map((failure) => failure.image)).size).toBe(12);
  expect(result?.failures.every((failure) => failure.code === 'image-not-chest')).toBe(true);
  expect(
    studyTables(results.datasets[0] as NonNullable<typeof result>).find((table) => table.id === 'failures-small')?.rows,
  ).toHaveLength(12);
});

test('a bundle that does not look at the image fails the control', async () => {
  const { results } = await run([createReadingEngine({ blind: true })]);
  expect(results.datasets[0]?.dependence).toMatchObject({ verdict: 'fails', why: 'every image gets the same answer' });
});
