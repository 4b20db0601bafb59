// A case library: a folder of case files and their images. Everything is checked when it is opened; nothing outside the folder is ever read.
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { CxrError } from '../../../engine/error.ts';
import {
  CASE_NAME,
  type CaseProblem,
  type LibraryCase,
  MAX_CASE_FILE_BYTES,
  nameOfFile,
  type ReadCase,
  readCaseFile,
} from './case-file.ts';

export interface CaseLibrary {
  /** The good ones, by name. */
  cases: readonly LibraryCase[];
  problems: readonly CaseProblem[];
  find(name: string): LibraryCase | null;
  /** The findings that a case's teacher expects; empty for a case that isn't there. */
  expectedIn(name: string): ReadonlySet<string>;
  /** The bytes of image `index` of a case. Throws `attachment-unavailable` if it is gone or no longer inside the folder, `image-too-large`. */
  readImage(libraryCase: LibraryCase, index: number): Promise<Uint8Array>;
}

export interface LibraryLimits {
  maxImages: number;
  maxImageBytes: number;
  /** A closer look at an image's bytes; throws CxrError with what is wrong. */
  inspect?(bytes: Uint8Array): Promise<unknown>;
}

const MAX_CASES = 5_000;

/** Throws `usage` where there is no such folder; what is wrong inside is in `problems`. */
export async function openCaseLibrary(folder: string, limits: LibraryLimits): Promise<CaseLibrary> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw new CxrError('usage', 'The case library is no folder that can be read.', { cause });
  });
  const entries = await readdir(root, { withFileTypes: true }).catch((cause: unknown) => {
    throw new CxrError('usage', 'The case library is no folder that can be read.', { cause });
  });
  const files = entries.filter(({ name }) => /\.(?:ya?ml|md)$/i.test(name)).map(({ name }) => name);
  if (files.length > MAX_CASES) throw new CxrError('usage', `A case library has at most ${MAX_CASES} cases.`);
  const cases = new Map<string, LibraryCase>();
  const expected = new Map<string, ReadonlySet<string>>();
  const problems: CaseProblem[] = [];
  for (const file of files.sort()) {
    const tell = (sentence: string, place = { line: 1, column: 1 }) =>
      void problems.push({ file, ...place, level: 'error', sentence });
    const text = await readText(root, file).catch((error: unknown) => {
      tell(error instanceof CxrError ? error.message : 'The file cannot be read.');
      return null;
    });
    if (text === null || isOrdinaryMarkdown(file, text)) continue;
    const name = nameOfFile(file);
    if (!CASE_NAME.test(name)) tell('The name of a case file is lower-case letters, digits and "-", at most 64.');
    if (cases.has(name)) tell('Another file of the same name is a case already.');
    const read = readCaseFile(file, text);
    problems.push(...read.problems);
    if (read.libraryCase === null || !CASE_NAME.test(name) || cases.has(name)) continue;
    const wrong = await imageProblems(root, file, read, read.libraryCase, limits);
    problems.push(...wrong);
    if (wrong.length > 0) continue;
    cases.set(name, read.libraryCase);
    expected.set(name, read.expected);
  }
  return {
    cases: [...cases.values()],
    problems,
    find: (name) => cases.get(name) ?? null,
    expectedIn: (name) => expected.get(name) ?? new Set(),
    async readImage({ images }, index) {
      const image = images[index];
      if (image === undefined) throw new CxrError('internal', 'The case has no such image.');
      return readImage(root, image, limits.maxImageBytes);
    },
  };
}

/** A README beside the cases is no case; a case file begins with `---`. */
function isOrdinaryMarkdown(file: string, text: string): boolean {
  return /\.md$/i.test(file) && !/^\uFEFF?---[ \t]*\r?\n/.test(text);
}

async function readText(root: string, file: string): Promise<string> {
  const bytes = await readInside(root, file, MAX_CASE_FILE_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CxrError('usage', 'The file is not UTF-8 text.', { cause });
  }
}

async function imageProblems(
  root: string,
  file: string,
  { placeOf }: ReadCase,
  { images }: LibraryCase,
  { maxImages, maxImageBytes, inspect }: LibraryLimits,
): Promise<CaseProblem[]> {
  const problems: CaseProblem[] = [];
  const tell = (path: readonly (string | number)[], sentence: string) =>
    void problems.push({ file, ...placeOf(path), level: 'error', sentence });
  if (images.length > maxImages) tell(['images'], `There are ${images.length} images; ${maxImages} are read.`);
  if (new Set(images).size < images.length) tell(['images'], 'An image is named twice.');
  for (const [index, image] of images.entries()) {
    try {
      if (inspect === undefined) await (await openInside(root, image, maxImageBytes)).close();
      else await inspect(await readImage(root, image, maxImageBytes));
    } catch (error) {
      if (!(error instanceof CxrError)) throw error;
      tell(['images', index], error.message);
    }
  }
  return problems;
}

async function readImage(root: string, image: string, maxBytes: number): Promise<Uint8Array> {
  return readInside(root, image, maxBytes);
}

async function readInside(root: string, name: string, maxBytes: number): Promise<Uint8Array> {
  const file = await openInside(root, name, maxBytes);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Opens a file of the folder for reading: an ordinary one, not too large, reached through no link. The caller closes it. */
async function openInside(root: string, name: string, maxBytes: number): Promise<FileHandle> {
  let path = root;
  for (const part of name.split('/')) {
    path = join(path, part);
    const stats = await lstat(path).catch((cause: unknown) => {
      throw new CxrError('attachment-unavailable', `There is no file ${name} in the folder.`, { cause });
    });
    if (stats.isSymbolicLink())
      throw new CxrError('attachment-unavailable', `${name} is a link; links are not followed.`);
  }
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep))
    throw new CxrError('attachment-unavailable', `${name} is not inside the folder.`);
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch(
    (cause: unknown) => {
      throw new CxrError('attachment-unavailable', `${name} cannot be read.`, { cause });
    },
  );
  const stats = await file.stat();
  if (stats.isFile() && stats.size <= maxBytes) return file;
  await file.close();
  if (!stats.isFile()) throw new CxrError('attachment-unavailable', `${name} is not a file.`);
  throw new CxrError('image-too-large', `${name} is larger than ${sizeOf(maxBytes)}.`);
}

function sizeOf(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.floor(bytes / 1_000)} kB` : `${Math.floor(bytes / 1_000_000)} MB`;
}
