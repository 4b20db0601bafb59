// Reads a described data set: rows of its tables become images with patient, truth and report.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { parse as parseYaml } from 'yaml';
import { CxrError } from '../../engine/error.ts';
import { labelReport } from '../../labeller/label-report.ts';
import { hash32 } from '../metrics/random.ts';
import { packageFolder } from '../package-folder.ts';
import { type DatasetDescription, datasetDescriptionSchema, type LabelSource } from './description.ts';

export type Truth = 'present' | 'absent' | 'uncertain' | 'unknown';

export interface DatasetImage {
  /** Path below the data folder: what identifies the image in every result. */
  id: string;
  file: string;
  patient: string;
  view: string;
  truth: Readonly<Record<string, Truth>>;
  report: string | null;
}

export interface Dataset {
  description: DatasetDescription;
  folder: string;
  images: readonly DatasetImage[];
  /** Rows of the table that are not used, and why. */
  leftOut: Readonly<Record<string, number>>;
  /** SHA-256 over ids, patients and labels: two results with the same are of the same data. */
  hash: string;
}

type Row = Record<string, string>;

const IMAGE_FILE = /\.(?:png|jpe?g|webp|tiff?|dcm|dicom)$/i;

/** Names of the descriptions that ship with the project. */
export function readyMadeNames(): string[] {
  return readdirSync(join(packageFolder(), 'evaluation', 'datasets'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

function parseDescription(file: string): DatasetDescription {
  const parsed = datasetDescriptionSchema.safeParse(parseYaml(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new CxrError(
    'usage',
    `${basename(file)} is no valid data set description: ${first?.path.join('.')}: ${first?.message}.`,
    { cause: parsed.error },
  );
}

export function readyMade(name: string): DatasetDescription {
  const file = join(packageFolder(), 'evaluation', 'datasets', `${name}.yaml`);
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(file)) {
    throw new CxrError(
      'usage',
      `There is no ready-made data set description "${name}"; there are ${readyMadeNames().join(', ')}.`,
    );
  }
  return parseDescription(file);
}

/**
 * Finds what a command's DATASET means: `NAME:FOLDER` (ready-made description over a folder), a folder with dataset.yaml, or a folder in
 * which ready-made descriptions find their tables (all that do). Throws CxrError `usage`.
 */
export function findDatasets(argument: string): { description: DatasetDescription; folder: string }[] {
  const named = /^([a-z0-9-]+):(.+)$/.exec(argument);
  if (named?.[1] && named[2] && !existsSync(argument))
    return [{ description: readyMade(named[1]), folder: resolve(named[2]) }];
  const folder = resolve(argument);
  if (!existsSync(folder)) throw new CxrError('usage', `The data set folder ${argument} does not exist.`);
  const own = join(folder, 'dataset.yaml');
  if (existsSync(own)) return [{ description: parseDescription(own), folder }];
  const found = readyMadeNames()
    .map(readyMade)
    .filter(
      ({ table, join: joins }) =>
        table !== undefined &&
        [table, ...joins.map((other) => other.table)].every((name) => existsSync(join(folder, name))),
    );
  if (found.length > 0) return found.map((description) => ({ description, folder }));
  throw new CxrError(
    'usage',
    `${argument} has no dataset.yaml and none of the ready-made descriptions (${readyMadeNames().join(', ')}) finds its tables there.`,
  );
}

function readTable(folder: string, table: string): Row[] {
  const file = join(folder, table);
  if (!existsSync(file)) throw new CxrError('usage', `The table ${table} is missing in the data set's folder.`);
  return parseCsv(readFileSync(file), {
    columns: true,
    bom: true,
    skip_empty_lines: true,
    delimiter: /\.tsv$/i.test(table) ? '\t' : ',',
    relax_column_count: true,
  });
}

function rowsOf(description: DatasetDescription, folder: string): Row[] {
  if (description.folders) {
    return description.folders.flatMap(({ folder: below, values }) => {
      const place = join(folder, below);
      if (!existsSync(place)) throw new CxrError('usage', `The folder ${below} is missing in the data set's folder.`);
      const names = readdirSync(place)
        .filter((name) => IMAGE_FILE.test(name))
        .sort();
      return names.map((name) => ({ ...values, file: `${below}/${name}` }));
    });
  }
  if (!description.table)
    throw new CxrError('usage', `The description ${description.name} names neither a table nor folders.`);
  let rows = readTable(folder, description.table);
  for (const { table, on } of description.join) {
    const key = (row: Row) => on.map((column) => row[column] ?? '').join('\u0000');
    const others = new Map(readTable(folder, table).map((row) => [key(row), row]));
    rows = rows.map((row) => ({ ...others.get(key(row)), ...row }));
  }
  return rows;
}

function fillPath(template: string, row: Row): string {
  return template.replace(/\{([^}:]+)(?::(\d+)-(\d+))?\}/g, (_, column: string, from?: string, to?: string) => {
    const value = row[column];
    if (value === undefined) throw new CxrError('usage', `The table has no column "${column}".`);
    return from === undefined ? value : value.slice(Number(from), Number(to));
  });
}

function truthOf(source: LabelSource, row: Row): Truth {
  const columns = Array.isArray(source.column) ? source.column : [source.column];
  const cells = columns.map((column) => {
    const cell = row[column];
    if (cell === undefined) throw new CxrError('usage', `The table has no column "${column}".`);
    return cell.trim();
  });
  if (source.contains !== undefined) {
    const isListed = cells.some((cell) => cell.split(source.separator).some((part) => part.trim() === source.contains));
    return isListed !== source.invert ? 'present' : 'absent';
  }
  const read = (cell: string): Truth => {
    if (source.present.includes(cell)) return 'present';
    if (source.absent.includes(cell)) return 'absent';
    if (source.uncertain.includes(cell)) return 'uncertain';
    if (cell === '') return source.empty;
    throw new CxrError('usage', `"${cell}" in column ${columns.join(', ')} is neither present, absent nor uncertain.`);
  };
  const truths = cells.map(read);
  for (const truth of ['present', 'uncertain', 'unknown'] as const) if (truths.includes(truth)) return truth;
  return 'absent';
}

function patientOf(description: DatasetDescription, row: Row, id: string): string {
  if (!description.patient) return id;
  const value = row[description.patient.column] ?? '';
  if (!description.patient.pattern) return value || id;
  const match = new RegExp(description.patient.pattern).exec(value);
  return match?.slice(1).find(Boolean) ?? match?.[0] ?? id;
}

function isFrontal(description: DatasetDescription, row: Row): boolean {
  const view = description.view;
  if (!view) return true;
  const value = row[view.column] ?? '';
  if (view.pattern) return new RegExp(view.pattern, 'i').test(value);
  return view.frontal === undefined || view.frontal.includes(value);
}

function inSplit(description: DatasetDescription, row: Row, patient: string, listed: ReadonlySet<string>): boolean {
  const split = description.split;
  if (!split) return true;
  if ('hash' in split) return split.hash.use.includes(hash32(patient) % split.hash.buckets);
  if ('list' in split) return listed.has(row[split.column] ?? '');
  return split.use.includes(row[split.column] ?? '');
}

/** Labels by the rule labeller; a finding that a report does not mention counts as absent, as in the paper's Indiana labels. */
function truthFromReport(report: string): Record<string, Truth> {
  const labels = labelReport(report);
  const truth = Object.fromEntries(
    labels.map(({ finding, assertion }) => [finding, assertion === 'not-mentioned' ? 'absent' : assertion]),
  );
  const none = labels.find((label) => label.finding === 'no-finding')?.assertion;
  return { ...truth, abnormal: none === 'present' ? 'absent' : none === 'absent' ? 'present' : 'unknown' } as Record<
    string,
    Truth
  >;
}

/** Reads all images of a described data set, in the order of its table. Throws CxrError `usage` where table and description do not fit. */
export function loadDataset(description: DatasetDescription, folder: string): Dataset {
  const split = description.split;
  const listed = new Set(
    split && 'list' in split
      ? readFileSync(join(folder, split.list), 'utf8')
          .split(/\r?\n/)
          .map((line) => line.trim())
      : [],
  );
  const places = description.image.anywhere ? indexByName(folder) : null;
  const leftOut: Record<string, number> = {};
  const images: DatasetImage[] = [];
  const skip = (why: string) => {
    leftOut[why] = (leftOut[why] ?? 0) + 1;
  };
  for (const row of rowsOf(description, folder)) {
    const path = fillPath(description.image.path, row);
    const id = places ? (places.get(basename(path)) ?? path) : path;
    const patient = patientOf(description, row, id);
    if (!inSplit(description, row, patient, listed)) skip('other split');
    else if (!isFrontal(description, row)) skip('not frontal');
    else {
      const report = description.reports
        ? description.reports.columns
            .map((column) => row[column] ?? '')
            .filter(Boolean)
            .join('\n\n')
        : null;
      const fromReport = description.reports?.label && report ? truthFromReport(report) : {};
      const truth = Object.fromEntries(
        Object.entries(description.labels).map(([finding, source]) => [finding, truthOf(source, row)]),
      );
      images.push({
        id,
        file: join(folder, id),
        patient,
        view: description.view ? (row[description.view.column] ?? '') : '',
        truth: { ...fromReport, ...truth },
        report,
      });
    }
  }
  if (images.length === 0)
    throw new CxrError('usage', `The data set ${description.name} has no image to evaluate in ${folder}.`);
  const hash = createHash('sha256')
    .update(JSON.stringify(images.map(({ id, patient, truth }) => [id, patient, truth])))
    .digest('hex');
  return { description, folder, images, leftOut, hash };
}

function indexByName(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => IMAGE_FILE.test(name));
  return new Map(names.map((name) => [basename(name), name]));
}
