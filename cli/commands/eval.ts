// `cxr eval`: the paper's study on any bundle and any described data set.
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { CxrError } from '../../engine/error.ts';
import type { StudyResults } from '../../evaluation/analysis/results.ts';
import { readyMade, readyMadeNames } from '../../evaluation/data/dataset.ts';
import { paperTables } from '../../evaluation/report/paper-tables.ts';
import { studyTables } from '../../evaluation/report/study-tables.ts';
import { renderTable } from '../../evaluation/report/table.ts';
import { PAPER_FINDINGS } from '../../evaluation/study/plan.ts';
import { createStudyProgress } from '../../evaluation/study/progress.ts';
import { PROMPT_NAMES, type PromptName, REPORT_PROMPTS } from '../../prompts/paper.ts';
import { bundleOption } from '../engine-flags.ts';
import { decimal, wholeNumber } from '../number-option.ts';

interface EvalFlags {
  prompt?: string[];
  runs: number;
  temperature: number;
  topP: number;
  seed: number;
  sweep: boolean;
  sweepImages?: number;
  controlImages?: number;
  controls: boolean;
  limit?: number;
  workers?: number;
  threads?: number;
  bundle: string;
  out: string;
  uncertain: 'present' | 'absent';
  gallery: number;
  against?: string;
  list?: boolean;
}

const DEFAULT_PROMPTS = { adult: ['basic', 'specific'], pediatric: ['specific', 'pediatric'] } as const;

function promptsFor(cohort: 'adult' | 'pediatric', wanted: readonly string[] | undefined): Record<string, string> {
  const names: readonly string[] = wanted ?? DEFAULT_PROMPTS[cohort];
  // Confirmations are asked on the specific prompt's report.
  const reports = [...new Set(names.map((name) => (name === 'confirm' ? 'specific' : name)))];
  return Object.fromEntries(reports.map((name) => [name, REPORT_PROMPTS[name as PromptName]]));
}

function show(results: StudyResults, out: string): void {
  const text = results.datasets
    .flatMap((one) => [...paperTables(one), ...studyTables(one)])
    .map((table) => renderTable(table));
  process.stdout.write(`${text.join('\n\n')}\n\nWritten: ${join(out, 'report.html')}, results.json, results.csv\n`);
}

function listDatasets(): void {
  for (const name of readyMadeNames()) process.stdout.write(`${name.padEnd(18)} ${readyMade(name).title}\n`);
}

export function addEvalCommand(program: Command): void {
  program
    .command('eval')
    .description("repeat the paper's study: prompts, confirmations, sampling sweep and controls on data sets you have")
    .argument(
      '[dataset...]',
      'folder with dataset.yaml, folder of a known data set, or NAME:FOLDER (--list shows the names)',
    )
    .addOption(new Option('--prompt <name...>', 'only these report prompts').choices([...PROMPT_NAMES]))
    .option('--runs <count>', 'answers per image and prompt', wholeNumber(1), 3)
    .option('--temperature <value>', 'sampling temperature', decimal(0, 5), 0.4)
    .option('--top-p <value>', 'nucleus mass', decimal(0.01, 1), 0.8)
    .option('--seed <number>', 'the same seed gives the same numbers', wholeNumber(0), 1)
    .option('--sweep', 'temperature × top-p as in Supplementary Table 4', false)
    .option('--sweep-images <count>', 'images of the sweep (default: all)', wholeNumber(1))
    .option('--no-controls', 'leave out the blank, noise and swapped images')
    .option('--control-images <count>', 'images of the controls (default: all)', wholeNumber(1))
    .option('--limit <count>', 'only so many images of each data set', wholeNumber(1))
    .option(
      '--workers <count>',
      'processes with an engine each (default: one a core for small bundles)',
      wholeNumber(0),
    )
    .option('--threads <count>', 'threads of each engine', wholeNumber(1))
    .addOption(bundleOption())
    .option('--out <folder>', 'results; a stopped run is continued there', 'evaluation-results')
    .addOption(
      new Option('--uncertain <as>', 'how "cannot be excluded" counts')
        .choices(['present', 'absent'])
        .default('present'),
    )
    .option('--gallery <count>', 'worst errors shown for each data set', wholeNumber(0), 8)
    .option('--against <folder>', 'compare with an earlier study of the same images, pair by pair')
    .option('--list', 'show the ready-made data set descriptions')
    .action(async (datasets: string[], flags: EvalFlags) => {
      if (flags.list) return listDatasets();
      if (datasets.length === 0)
        throw new CxrError('usage', 'Name at least one data set; cxr eval --list shows the ready-made descriptions.');
      const { evaluate } = await import('../../evaluation/evaluate.ts');
      const progress = createStudyProgress(process.stderr);
      const stop = new AbortController();
      const onInterrupt = (): void => stop.abort();
      process.once('SIGINT', onInterrupt);
      try {
        const { bundle, out, gallery, prompt, ...rest } = flags;
        const { results, against } = await evaluate({
          ...rest,
          datasets,
          bundleDir: bundle,
          outDir: out,
          galleryImages: gallery,
          prompts: { adult: promptsFor('adult', prompt), pediatric: promptsFor('pediatric', prompt) },
          confirm: prompt === undefined || prompt.includes('confirm') ? PAPER_FINDINGS : [],
          onProgress: progress.show,
          signal: stop.signal,
        });
        progress.end();
        show(results, out);
        if (against) process.stdout.write(`\n${renderTable(against)}\n`);
        const failed = results.datasets.filter((one) => one.dependence?.verdict === 'fails');
        if (failed.length > 0) {
          throw new CxrError(
            'bundle-invalid',
            `The bundle fails the control on ${failed.map((one) => one.dataset).join(', ')}: its answers do not depend on the image.`,
          );
        }
      } finally {
        progress.end();
        process.off('SIGINT', onInterrupt);
      }
    });
}
