// Labels many reports at once: rows of a CSV in, the same rows with labels out, and how far two ways of labelling agree.
import { parse } from 'csv-parse/sync';
import { CxrError } from '../../engine/error.ts';
import type { Assertion } from '../../labeller/label.ts';
import { labelReport } from '../../labeller/label-report.ts';
import { cohensKappa } from '../metrics/agreement.ts';
import { csvRows, type Table } from '../report/table.ts';
import type { TextModel } from '../text-model/text-model.ts';
import { labelByModel, MODEL_FINDINGS } from './model-labeller.ts';

/** CheXpert's own numbers for a cell, or words. */
export type CellStyle = 'words' | 'chexpert';

const CHEXPERT: Readonly<Record<Assertion, string>> = {
  present: '1.0',
  absent: '0.0',
  uncertain: '-1.0',
  'not-mentioned': '',
};
/** Names a report column has in the sets people use. */
const REPORT_COLUMNS = ['report', 'text', 'findings', 'impression', 'report impression', 'sentence'];

export interface ReportTable {
  columns: string[];
  rows: Record<string, string>[];
  /** The columns whose texts, joined, are labelled. */
  reportColumns: string[];
}

/** Reads CSV with a header; a file of one column without a known header is taken as one report a row. Throws CxrError `usage`. */
export function readReportTable(csv: string, wanted?: readonly string[]): ReportTable {
  let records: string[][];
  try {
    records = parse(csv, { bom: true, skip_empty_lines: true, relax_column_count: true, relax_quotes: true });
  } catch (cause) {
    throw new CxrError(
      'usage',
      `This is no readable CSV: ${cause instanceof Error ? cause.message : 'unknown fault'}.`,
      { cause },
    );
  }
  const [head] = records;
  if (!head) throw new CxrError('usage', 'The file holds no report.');
  const known = (name: string) => REPORT_COLUMNS.includes(name.trim().toLowerCase());
  const bare = wanted === undefined && head.length === 1 && !head.some(known);
  const columns = bare ? ['report'] : head;
  const rows = (bare ? records : records.slice(1)).map((record) =>
    Object.fromEntries(columns.map((column, index) => [column, record[index] ?? ''])),
  );
  const reportColumns = wanted === undefined ? columns.filter(known) : [...wanted];
  const missing = reportColumns.find((column) => !columns.includes(column));
  if (missing !== undefined)
    throw new CxrError('usage', `There is no column "${missing}"; there are ${columns.join(', ')}.`);
  if (reportColumns.length === 0)
    throw new CxrError(
      'usage',
      `Which column holds the reports? Name it with --column; there are ${columns.join(', ')}.`,
    );
  return { columns, rows, reportColumns };
}

export interface LabelTableOptions {
  findings: readonly string[];
  style: CellStyle;
  spans: boolean;
  model: TextModel | null;
  signal?: AbortSignal;
}

export interface LabelledTable {
  csv: string;
  /** Kappa per finding of rules and model over the reports that both labelled; null without a model. */
  agreement: Table | null;
}

/** Labels each row by the rules, and by `model` where there is one. Rows keep their own columns, labels come behind them. */
export async function labelTable(table: ReportTable, options: LabelTableOptions): Promise<LabelledTable> {
  const { findings, style, spans, model } = options;
  const cell = (assertion: Assertion | undefined) =>
    assertion === undefined ? '' : style === 'chexpert' ? CHEXPERT[assertion] : assertion;
  const modelFindings = model ? MODEL_FINDINGS.filter((finding) => findings.includes(finding)) : [];
  const pairs = new Map(modelFindings.map((finding) => [finding, { rules: [] as string[], model: [] as string[] }]));
  const out = [
    [
      ...table.columns,
      ...findings,
      ...modelFindings.map((finding) => `${finding} (model)`),
      ...(spans ? ['spans'] : []),
    ],
  ];
  let invalid = 0;
  for (const row of table.rows) {
    const report = table.reportColumns
      .map((column) => row[column] ?? '')
      .filter(Boolean)
      .join('\n\n');
    const labels = labelReport(report, findings);
    const byModel = model ? await labelByModel(model, report, options.signal) : null;
    if (model && !byModel) invalid++;
    for (const { finding, assertion } of byModel ? labels : []) {
      const pair = pairs.get(finding);
      pair?.rules.push(assertion === 'present' || assertion === 'uncertain' ? 'present' : 'absent');
      pair?.model.push(byModel?.get(finding) ?? 'absent');
    }
    const told = labels.flatMap(({ finding, spans: places }) =>
      places.map(({ start, end, mention, cue, assertion }) => ({
        finding,
        assertion,
        start,
        end,
        mention,
        ...(cue === undefined ? {} : { cue }),
      })),
    );
    out.push([
      ...table.columns.map((column) => row[column] ?? ''),
      ...labels.map((label) => cell(label.assertion)),
      ...modelFindings.map((finding) => cell(byModel?.get(finding))),
      ...(spans ? [JSON.stringify(told)] : []),
    ]);
  }
  return { csv: csvRows(out), agreement: model ? agreementTable(model.name, pairs, invalid) : null };
}

function agreementTable(
  name: string,
  pairs: ReadonlyMap<string, { rules: string[]; model: string[] }>,
  invalid: number,
): Table {
  return {
    id: 'agreement',
    title: `Agreement of the rules with ${name}`,
    columns: ['Finding', 'Reports', 'Same', 'Kappa'],
    rows: [...pairs].map(([finding, { rules, model }]) => {
      const same = rules.filter((label, index) => label === model[index]).length;
      return [
        finding,
        String(rules.length),
        rules.length === 0 ? '–' : `${Math.round((100 * same) / rules.length)} %`,
        cohensKappa(rules, model)?.toFixed(2) ?? '–',
      ];
    }),
    notes: [
      "Cohen's kappa on present (uncertain included) against the rest, which is all the model's contract knows.",
      ...(invalid > 0 ? [`${invalid} answers were no valid JSON of the schema and are left out.`] : []),
    ],
  };
}
