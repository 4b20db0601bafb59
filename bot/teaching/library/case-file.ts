// One case of a library as a file, format case-library/1: YAML, or Markdown with YAML in front. Fields are documented in docs/teaching.md; change both together.
import { Document, isMap, isNode, isPair, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { plainText } from '../../plain-text.ts';
import { type CaseDescription, caseDescription } from '../case-line.ts';
import { readAnswer } from '../read-answer.ts';
import { calledBy } from '../score.ts';

export const CASE_FORMAT = 'case-library/1';
/** A case is a page of text; more is a mistake. */
export const MAX_CASE_FILE_BYTES = 100_000;
export const CASE_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const IMAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*\.(?:png|jpe?g|webp|tiff?|dcm)$/i;

const { title, history, findings, diagnosis, differential, next, points, hints, difficulty, tags } =
  caseDescription.shape;
const short = z.string().max(200).default('');
const shape = {
  format: z.literal(CASE_FORMAT),
  title: title.unwrap().min(1),
  history,
  findings: findings.unwrap().min(1),
  diagnosis,
  differential,
  next,
  points,
  hints,
  difficulty,
  tags,
  images: z.array(z.string().max(100).regex(IMAGE_NAME)).min(1).max(20),
  licence: short,
  source: short,
};
const caseFile = z.strictObject(shape);
const FIELDS = Object.keys(shape);
const LISTS: ReadonlySet<string> = new Set(['differential', 'points', 'hints', 'tags', 'images']);

export interface LibraryCase extends Omit<z.infer<typeof caseFile>, 'format'> {
  /** The file's name without its ending: what people type. */
  name: string;
}

export interface CaseProblem {
  file: string;
  /** From 1. */
  line: number;
  column: number;
  /** A case with an error is left out; a warning is for its author. */
  level: 'error' | 'warning';
  sentence: string;
}

export interface ReadCase {
  /** Null if there is an error. */
  libraryCase: LibraryCase | null;
  problems: CaseProblem[];
  /** What its `findings` call present; reading them takes a while, so it is done once. */
  expected: ReadonlySet<string>;
  /** Where a field or an item of a list stands, for problems that others find. */
  placeOf(path: readonly (string | number)[]): { line: number; column: number };
}

/** Reads one case file. Never throws: what is wrong is in `problems`, each with its place. */
export function readCaseFile(file: string, text: string): ReadCase {
  const problems: CaseProblem[] = [];
  const lines = new LineCounter();
  const parts = partsOf(file, text);
  const document = parseDocument(parts.yaml, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    schema: 'core',
    stringKeys: true,
  });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const placeOf: ReadCase['placeOf'] = (path) => at(offsetOf(document, path));
  const tell = (place: { line: number; column: number }, sentence: string, level: CaseProblem['level'] = 'error') =>
    void problems.push({ file, ...place, level, sentence });
  const failed = (): ReadCase => ({ libraryCase: null, problems, expected: new Set(), placeOf });

  for (const { pos, message } of [...document.errors, ...document.warnings]) tell(at(pos[0]), `${firstLine(message)}.`);
  visit(document, {
    Alias: (_, { range }) => tell(at(range?.[0] ?? 0), 'Aliases (*name) are not read; write the text again.'),
  });
  if (problems.length > 0) return failed();
  const fields = fieldsOf(document.toJS({ maxAliasCount: 0 }));
  if (fields === null) {
    tell({ line: 1, column: 1 }, `A case is "field: text" on each line, the first one "format: ${CASE_FORMAT}".`);
    return failed();
  }
  if (parts.body !== '') {
    if (fields.history !== undefined)
      tell(placeOf(['history']), 'The history is given twice: here and as the text below.');
    fields.history = parts.body;
  }
  const read = caseFile.safeParse(fields);
  for (const issue of read.success ? [] : read.error.issues) {
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) tell(placeOf([key]), `There is no field "${key}"; there are ${FIELDS.join(', ')}.`);
    else tell(placeOf(issue.path as (string | number)[]), sentenceOf(issue, fields));
  }
  if (read.success) {
    const { format: _, ...rest } = read.data;
    const stated = readAnswer(rest.findings);
    if (stated.length === 0)
      tell(placeOf(['findings']), 'No finding of the list is named in `findings`; name them, or write "normal".');
    if (rest.licence === '')
      tell(placeOf(['licence']), 'There is no `licence`; others do not know what they may do.', 'warning');
    for (const field of ['title', 'history', 'source'] as const)
      if (LOOKS_PERSONAL.test(rest[field]))
        tell(
          placeOf([field]),
          `\`${field}\` has a date or a long number; check that it tells nothing of a patient.`,
          'warning',
        );
    if (problems.every(({ level }) => level === 'warning'))
      return { libraryCase: { name: nameOfFile(file), ...rest }, problems, expected: calledBy(stated), placeOf };
  }
  return failed();
}

/** The file of a case, as `readCaseFile` reads it; empty fields are left out. */
export function writeCaseFile({ name: _, ...fields }: LibraryCase): string {
  const given = Object.entries({ format: CASE_FORMAT, ...fields }).filter(
    ([, value]) => value !== null && value.length > 0,
  );
  return new Document(Object.fromEntries(given)).toString({ lineWidth: 0 });
}

/** What a case in a thread shows of it. */
export function descriptionOf(libraryCase: LibraryCase): CaseDescription {
  const { name: _, images: __, licence: ___, source: ____, ...rest } = libraryCase;
  return caseDescription.strip().parse(rest);
}

/** A case as its teacher set it up in a thread, for a library. */
export function libraryCaseOf(
  description: CaseDescription,
  rest: Pick<LibraryCase, 'name' | 'images' | 'licence' | 'source'>,
): LibraryCase {
  const fields = Object.entries(description).filter(([field]) => FIELDS.includes(field));
  const { name, ...others } = rest;
  const { format: _, ...read } = caseFile.parse({ format: CASE_FORMAT, ...Object.fromEntries(fields), ...others });
  return { name, ...read };
}

export function nameOfFile(file: string): string {
  return file.replace(/\.[^.]*$/, '');
}

/** Dates and record numbers, which a shared case should not have. */
const LOOKS_PERSONAL = /\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{7,}\b/;

/** Markdown: the lines between `---` are the fields, the rest is the history. The YAML keeps its line numbers. */
function partsOf(file: string, text: string): { yaml: string; body: string } {
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  if (!/\.md$/i.test(file)) return { yaml: source, body: '' };
  const [, front = '', body = ''] = /^---[ \t]*\n([\s\S]*?)^---[ \t]*$([\s\S]*)/m.exec(source) ?? [];
  return { yaml: `\n${front}`, body: plainText(body) };
}

/** The fields with clean texts; empty ones count as not given. Null where the file is no list of fields. */
function fieldsOf(value: unknown): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const clean = (each: unknown): unknown => {
    if (typeof each === 'string') return plainText(each);
    return Array.isArray(each) ? each.map(clean) : each;
  };
  const given = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(given.map(([key, each]) => [key, clean(each)]));
}

function sentenceOf(issue: z.core.$ZodIssue, fields: Record<string, unknown>): string {
  const [field = '', item] = issue.path as (string | number)[];
  const what = item === undefined ? `\`${field}\`` : `item ${Number(item) + 1} of \`${field}\``;
  if (fields[field] === undefined) return `There is no ${what}.`;
  if (issue.code === 'invalid_type') {
    if (item === undefined && LISTS.has(String(field))) return `${what} is a list: "- text" on lines of its own.`;
    return `${what} is text; put it in quotes if it is a number.`;
  }
  if (issue.code === 'too_big') return `${what} is longer than ${issue.maximum}.`;
  if (issue.code === 'too_small') return `${what} is empty.`;
  if (field === 'images')
    return `${what} is no file inside the folder: letters, digits, ".", "_", "-" and "/", ending in png, jpg, webp, tif or dcm.`;
  if (issue.code === 'invalid_value') return `${what} is one of ${issue.values.join(', ')}.`;
  return `${what} cannot be read.`;
}

/** The offset of a value, of the nearest one around it that exists, else of the beginning. A field's own key counts. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  if (path.length === 1 && isMap(document.contents)) {
    const pair = document.contents.items.find((each) => isPair(each) && String(each.key) === path[0]);
    return isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : (document.contents.range?.[0] ?? 0);
  }
  const node = document.getIn(path, true) as Node | undefined;
  if (isNode(node)) return node.range?.[0] ?? 0;
  return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1));
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/[.:;]\s*$/, '');
}
