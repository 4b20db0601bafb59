// `cxr eval` without the command line: plan, readers, run, analysis, report.
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import Keyv from 'keyv';
import { CxrError } from '../engine/error.ts';
import { openEngine } from '../engine/open-engine.ts';
import { againstTable, compareWithEarlier } from './analysis/against.ts';
import { CONFIRMED, type UncertainPolicy } from './analysis/predictions.ts';
import { analyseStudy, callsOf, type StudyResults } from './analysis/results.ts';
import { type Dataset, findDatasets, loadDataset } from './data/dataset.ts';
import { buildGallery, type GalleryItem } from './report/gallery.ts';
import type { Table } from './report/table.ts';
import { writeReport } from './report/write-report.ts';
import { type PlanOptions, planStudy } from './study/plan.ts';
import { createLocalReader, type Reader, startWorkerReader } from './study/readers.ts';
import { type Progress, runStudy, type StudyPart, seededOrder } from './study/run-study.ts';

export interface EvaluateOptions extends Omit<PlanOptions, 'cohort' | 'prompts'> {
  datasets: readonly string[];
  bundleDir: string;
  outDir: string;
  /** Prompts by cohort. */
  prompts: Readonly<Record<'adult' | 'pediatric', Readonly<Record<string, string>>>>;
  uncertain: UncertainPolicy;
  /** Only the first so many images of each data set in seeded order. */
  limit?: number;
  /** Processes with an engine each; 0 reads in this process. */
  workers?: number;
  /** Threads of each engine. */
  threads?: number;
  galleryImages: number;
  /** Folder of an earlier study to compare with. */
  against?: string;
  onProgress?(progress: Progress): void;
  signal?: AbortSignal;
}

/** Below this size of a bundle a second copy in memory costs little, and one thread each is fastest. */
const SMALL_BUNDLE_BYTES = 300 * 1024 ** 2;

function bundleBytes(dir: string): number {
  return readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
}

function limited(dataset: Dataset, limit: number | undefined, seed: number): Dataset {
  if (limit === undefined || limit >= dataset.images.length) return dataset;
  const chosen = new Set(
    seededOrder({ dataset, plan: { seed, conditions: [] } })
      .slice(0, limit)
      .map((image) => image.id),
  );
  return { ...dataset, images: dataset.images.filter((image) => chosen.has(image.id)) };
}

/** Runs (or continues) a study and writes its report into `outDir`. Throws CxrError. */
export async function evaluate(options: EvaluateOptions): Promise<{ results: StudyResults; against: Table | null }> {
  const found = options.datasets.flatMap(findDatasets);
  const parts = found.map(({ description, folder }): StudyPart => {
    const dataset = limited(loadDataset(description, folder), options.limit, options.seed);
    const plan = planStudy({ ...options, cohort: description.cohort, prompts: options.prompts[description.cohort] });
    return { dataset, plan };
  });
  const names = parts.map(({ dataset }) => dataset.description.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new CxrError('usage', `The data set ${twice} is named twice.`);

  const engine = await openEngine({
    bundleDir: options.bundleDir,
    store: new Keyv(),
    sequences: 1,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  const readers: Reader[] = [];
  try {
    await engine.ready();
    const { name, version, hash } = engine.bundle;
    const workers =
      options.workers ?? (bundleBytes(options.bundleDir) < SMALL_BUNDLE_BYTES ? availableParallelism() : 0);
    const open = { bundleDir: options.bundleDir, threads: options.threads ?? 1 };
    if (workers <= 1) readers.push(createLocalReader(engine, options.signal));
    else for (let i = 0; i < workers; i++) readers.push(await startWorkerReader(open));
    const { identity, identityHash, records } = await runStudy({
      ...options,
      parts,
      bundle: { name, version, hash },
      readers,
    });
    const results = analyseStudy(parts, identity, identityHash, records, options.uncertain);
    const compared =
      options.against === undefined ? null : compareWithEarlier(options.against, parts, records, options.uncertain);
    const against = compared ? againstTable(compared.earlier, compared.comparisons) : null;
    const galleries = new Map<string, GalleryItem[]>();
    for (const part of parts) {
      const calls = callsOf(part, records, options.uncertain);
      const shown = calls.get('specific') ?? calls.get(CONFIRMED) ?? [...calls.values()][0];
      if (shown) galleries.set(part.dataset.description.name, await buildGallery(engine, shown, options.galleryImages));
    }
    writeReport(options.outDir, results, galleries, against);
    return { results, against };
  } finally {
    for (const reader of readers) await reader.close();
    await engine.close();
  }
}
