// Files that a command writes: trouble with them is the user's to mend, so it is told plainly, where possible before any work is done.
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CxrError } from '../engine/error.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'it is there already',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the name is too long',
};

/** Throws `usage` if no file can be written at `path`: its folder is missing, or it is a folder itself, or one of `sources`, the files to be read, which must not be overwritten. */
export async function checkTarget(path: string, sources: readonly string[]): Promise<void> {
  if (path === '') throw new CxrError('usage', 'The file to write has no name.');
  const folder = dirname(path);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new CxrError('usage', `${path} cannot be written: there is no folder ${folder}.`);
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) throw new CxrError('usage', `${path} cannot be written: it is a folder.`);
  if (!found?.isFile()) return;
  for (const source of sources) {
    // By device and number: another spelling and a link are the same file.
    const film = await stat(source).catch(() => null);
    if (film?.ino === found.ino && film.dev === found.dev)
      throw new CxrError('usage', `${path} cannot be written: it is the file to be read.`);
  }
}

/** One sentence for what the operating system refused; null for any other error. */
export function fileTrouble(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, path } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : REASONS[code];
  if (reason === undefined) return null;
  return `${path ?? 'The output'} cannot be used: ${reason}.`;
}
