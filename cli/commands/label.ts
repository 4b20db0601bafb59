// `cxr label`: findings of ordinary reports in bulk, by rules and, if wanted, by a language model beside them.
import { readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { CxrError } from '../../engine/error.ts';
import { parseGold, scoreGold } from '../../evaluation/labels/gold.ts';
import { labelTable, readReportTable } from '../../evaluation/labels/label-table.ts';
import { renderTable } from '../../evaluation/report/table.ts';
import { chooseTextModel } from '../../evaluation/text-model/choose-model.ts';
import { labelReport, REPORT_FINDINGS } from '../../labeller/label-report.ts';
import { bundleOr } from '../engine-flags.ts';
import { checkTarget } from '../file-trouble.ts';

interface LabelFlags {
  column?: string[];
  findings?: string[];
  cells: 'words' | 'chexpert';
  spans?: boolean;
  by: 'rules' | 'both';
  bundle?: string;
  out?: string;
  gold?: boolean;
}

async function readInput(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CxrError('usage', `${file} cannot be read.`, { cause });
  }
}

/** Scores of the rules on a gold file, its two halves apart. */
function showGold(tsv: string): void {
  const gold = parseGold(tsv);
  const halves = (['development', 'held-out'] as const).map((half) => gold.filter((item) => item.half === half));
  const scores = [...halves, gold].map((items) => scoreGold(items, REPORT_FINDINGS, labelReport));
  const names = ['Development half', 'Held-out half', 'All'];
  const tables = scores.map((rows, index) =>
    renderTable({
      id: 'gold',
      title: `${names[index]}: ${(halves[index] ?? gold).length} sentences`,
      columns: ['Finding', 'Mentions', 'F1 mention', 'Negations', 'F1 negation'],
      rows: rows.map((row) => [
        row.finding,
        String(row.mentions),
        row.mentionF1.toFixed(3),
        String(row.negations),
        row.negationF1.toFixed(3),
      ]),
      notes: [],
    }),
  );
  process.stdout.write(`${tables.join('\n\n')}\n`);
}

export function addLabelCommand(program: Command): void {
  program
    .command('label')
    .description('what reports say of each finding: CSV in, CSV with labels out')
    .argument('<file>', 'CSV with a column of reports, or - for standard input')
    .option('--column <name...>', 'columns that hold the report (default: report, text, findings, impression)')
    .option('--findings <name...>', `only these of ${REPORT_FINDINGS.join(', ')}`)
    .addOption(
      new Option('--cells <style>', 'present/absent/uncertain/not-mentioned, or 1.0/0.0/-1.0/empty')
        .choices(['words', 'chexpert'])
        .default('words'),
    )
    .option('--spans', 'add a column that shows the words each label was decided by')
    .addOption(
      new Option(
        '--by <way>',
        'rules alone, or a language model beside them (CXR_ENDPOINT, else the bundle), with their agreement',
      )
        .choices(['rules', 'both'])
        .default('rules'),
    )
    .option(
      '--bundle <folder>',
      'label by this bundle even where CXR_ENDPOINT is set (without either: BUNDLE_DIR, else models/micro)',
    )
    .option('--out <file>', 'write there instead of standard output')
    .option('--gold', 'the file is a gold set (test/labeller/gold.tsv): print F1 for each finding')
    .action(async (file: string, flags: LabelFlags) => {
      const input = await readInput(file);
      if (flags.gold) return showGold(input);
      const unknown = flags.findings?.find((finding) => !REPORT_FINDINGS.includes(finding));
      if (unknown !== undefined)
        throw new CxrError('usage', `There is no finding "${unknown}"; there are ${REPORT_FINDINGS.join(', ')}.`);
      if (flags.out !== undefined) await checkTarget(flags.out, []);
      const table = readReportTable(input, flags.column);
      const bundle = bundleOr(flags.bundle);
      const model = flags.by === 'both' ? await chooseTextModel(process.env, bundle, flags.bundle !== undefined) : null;
      try {
        const { csv, agreement } = await labelTable(table, {
          findings: flags.findings ?? REPORT_FINDINGS,
          style: flags.cells,
          spans: flags.spans === true,
          model,
        });
        if (flags.out === undefined) process.stdout.write(csv);
        else writeFileSync(flags.out, csv);
        if (agreement) process.stderr.write(`${renderTable(agreement)}\n`);
      } finally {
        await model?.close();
      }
    });
}
