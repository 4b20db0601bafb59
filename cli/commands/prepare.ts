// `cxr refine`, `cxr generate-qa`, `cxr make-dataset`: from free-text reports to training records.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CxrError } from '../../engine/error.ts';
import { readReportTable } from '../../evaluation/labels/label-table.ts';
import { makeDataset } from '../../evaluation/prepare/make-dataset.ts';
import {
  type PrepareOptions,
  prepareFile,
  readPrepared,
  refinedReports,
  rejectedFile,
} from '../../evaluation/prepare/prepare-file.ts';
import { GENERATE_QA, REFINE } from '../../evaluation/prepare/prepare-record.ts';
import { chooseTextModel } from '../../evaluation/text-model/choose-model.ts';
import { bundleOr } from '../engine-flags.ts';
import { decimal, wholeNumber } from '../number-option.ts';

interface PrepareFlags {
  out: string;
  bundle?: string;
  seed: number;
  idColumn: string;
  column?: string[];
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CxrError('usage', `${file} cannot be read.`, { cause });
  }
}

async function prepare(
  kind: PrepareOptions['kind'],
  reports: PrepareOptions['reports'],
  flags: PrepareFlags,
): Promise<void> {
  const model = await chooseTextModel(process.env, bundleOr(flags.bundle), flags.bundle !== undefined);
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  const onProgress = (done: number, total: number) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${done} of ${total}`);
  };
  try {
    const summary = await prepareFile({
      kind,
      model,
      reports,
      outFile: flags.out,
      seed: flags.seed,
      signal: stop.signal,
      onProgress,
    });
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    process.stdout.write(
      `${summary.accepted} accepted in ${flags.out}, ${summary.rejected} rejected with their reasons in ${rejectedFile(flags.out)} (${summary.continued} from an earlier run). By ${model.name}.\n`,
    );
  } finally {
    process.off('SIGINT', onInterrupt);
    await model.close();
  }
}

function addShared(command: Command): Command {
  return command
    .option(
      '--bundle <folder>',
      'ask this bundle even where CXR_ENDPOINT is set (without either: BUNDLE_DIR, else models/micro)',
    )
    .option('--seed <number>', 'of corrected attempts', wholeNumber(0), 1);
}

export function addRefineCommand(program: Command): void {
  addShared(
    program
      .command('refine')
      .description('free-text reports to standard report, conclusion and recommendation, checked by rules'),
  )
    .argument('<file>', 'CSV of reports')
    .requiredOption('--out <file>', 'JSONL; a stopped run is continued')
    .option('--id-column <name>', 'column that identifies a report', 'id')
    .option('--column <name...>', 'columns that hold the report')
    .action(async (file: string, flags: PrepareFlags) => {
      const table = readReportTable(readText(file), flags.column);
      if (!table.columns.includes(flags.idColumn))
        throw new CxrError('usage', `There is no column "${flags.idColumn}"; there are ${table.columns.join(', ')}.`);
      const reports = table.rows.map((row) => ({
        id: row[flags.idColumn] ?? '',
        report: table.reportColumns
          .map((column) => row[column] ?? '')
          .filter(Boolean)
          .join('\n'),
      }));
      await prepare(REFINE, reports, flags);
    });
}

export function addGenerateQaCommand(program: Command): void {
  addShared(
    program.command('generate-qa').description('two questions with answers for each refined report, checked by rules'),
  )
    .argument('<file>', 'JSONL of cxr refine')
    .requiredOption('--out <file>', 'JSONL; a stopped run is continued')
    .action(async (file: string, flags: PrepareFlags) =>
      prepare(GENERATE_QA, refinedReports(readPrepared(file)), flags),
    );
}

interface MakeFlags {
  refined: string;
  qa?: string;
  imageFolder: string;
  out: string;
  validation: number;
  seed: number;
}

export function addMakeDatasetCommand(program: Command): void {
  program
    .command('make-dataset')
    .description('images, refined reports and questions to training records, split by patient')
    .argument('<file>', 'CSV with the columns id (of the report), file and patient')
    .requiredOption('--refined <file>', 'JSONL of cxr refine')
    .option('--qa <file>', 'JSONL of cxr generate-qa')
    .requiredOption('--image-folder <folder>', 'what `file` is below')
    .requiredOption('--out <folder>', 'train.jsonl, validation.jsonl and summary.json')
    .option('--validation <share>', 'share of patients held out', decimal(0.001, 0.999), 0.1)
    .option('--seed <number>', 'of the split', wholeNumber(0), 1)
    .action(async (file: string, flags: MakeFlags) => {
      const table = readReportTable(readText(file), []);
      const missing = ['id', 'file', 'patient'].find((column) => !table.columns.includes(column));
      if (missing !== undefined)
        throw new CxrError('usage', `There is no column "${missing}"; there are ${table.columns.join(', ')}.`);
      const images = table.rows.map((row) => ({ id: row.id ?? '', file: row.file ?? '', patient: row.patient ?? '' }));
      const summary = await makeDataset({
        ...{
          images,
          imageFolder: flags.imageFolder,
          refined: readPrepared(flags.refined),
          pairs: flags.qa === undefined ? [] : readPrepared(flags.qa),
        },
        ...{ outDir: flags.out, validationShare: flags.validation, seed: flags.seed },
      });
      process.stdout.write(
        `${summary.train} training records of ${summary.patients.train} patients, ${summary.validation} for validation of ${summary.patients.validation}; no patient, image or record in both. ${summary.leftOut.length} images left out (summary.json says why).\n`,
      );
    });
}
