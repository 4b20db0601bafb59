// Writes what a study leaves behind: results.json, results.csv and report.html.
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { StudyResults } from '../analysis/results.ts';
import type { GalleryItem } from './gallery.ts';
import { studyHtml } from './html.ts';
import { csvRows, type Table } from './table.ts';

/** The machine in one sentence, for figures that depend on it. */
export function machineSentence(): string {
  const gib = Math.round(totalmem() / 1024 ** 3);
  return `Computed on ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${gib} GiB, Node ${process.versions.node}.`;
}

const CSV_HEAD = ['dataset', 'condition', 'finding', 'n', 'positives', 'metric', 'mean', 'sd', 'low', 'high'];

/** One row per figure, for people's own spreadsheets. */
export function resultsCsv(results: StudyResults): string {
  const text = (value: number | null | undefined) => (value === null || value === undefined ? '' : String(value));
  const rows = results.datasets.flatMap((dataset) => [
    ...dataset.conditions.flatMap((condition) => [
      ...condition.findings.flatMap((one) =>
        Object.entries(one.rates).map(([metric, spread]) => [
          ...[
            dataset.dataset,
            condition.id,
            one.finding,
            String(one.n),
            String(one.positives),
            metric,
            text(spread.mean),
            text(spread.sd),
          ],
          ...(metric === 'f1' ? [text(one.f1Interval?.low), text(one.f1Interval?.high)] : ['', '']),
        ]),
      ),
      [
        dataset.dataset,
        condition.id,
        'macro',
        '',
        '',
        'f1',
        text(condition.macroF1.mean),
        text(condition.macroF1.sd),
        text(condition.macroF1.interval?.low),
        text(condition.macroF1.interval?.high),
      ],
      [
        dataset.dataset,
        condition.id,
        'micro',
        '',
        '',
        'f1',
        text(condition.microF1.mean),
        text(condition.microF1.sd),
        '',
        '',
      ],
    ]),
    ...(dataset.sweep?.cells ?? []).map((cell) => [
      dataset.dataset,
      `sweep t${cell.temperature} p${cell.topP}`,
      'macro',
      '',
      '',
      'f1',
      text(cell.macroF1.mean),
      text(cell.macroF1.sd),
      '',
      '',
    ]),
    ...dataset.scores.flatMap((score) => [
      [
        dataset.dataset,
        score.by,
        score.finding,
        String(score.n),
        String(score.positives),
        'auroc',
        text(score.auroc),
        '',
        text(score.aurocInterval?.low),
        text(score.aurocInterval?.high),
      ],
      ...(['auprc', 'ece', 'brier'] as const).map((metric) => [
        dataset.dataset,
        score.by,
        score.finding,
        String(score.n),
        String(score.positives),
        metric,
        text(score[metric]),
        '',
        '',
        '',
      ]),
    ]),
  ]);
  return csvRows([CSV_HEAD, ...rows]);
}

/** Overwrites the three files in `outDir`. */
export function writeReport(
  outDir: string,
  results: StudyResults,
  galleries: ReadonlyMap<string, readonly GalleryItem[]>,
  against: Table | null = null,
): void {
  writeFileSync(join(outDir, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(join(outDir, 'results.csv'), resultsCsv(results));
  writeFileSync(join(outDir, 'report.html'), studyHtml(results, galleries, machineSentence(), against));
}
