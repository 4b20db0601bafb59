// Keeps the bot's case library open: read at start, and again when something in its folder has changed. Tells the operator what is wrong in it, a line for each case.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CxrError, toCxrError } from '../../../engine/error.ts';
import type { Log } from '../../contract.ts';
import { type CaseLibrary, type LibraryLimits, openCaseLibrary } from './library-folder.ts';

/** Waits for the library. Throws `usage` in one sentence where there is none. */
export type LibrarySource = () => Promise<CaseLibrary>;

/** The folder is looked at when somebody asks for the library, and then not again for so long. */
const LOOK_EVERY_MS = 5_000;

export function createLibrarySource(
  folder: string | null,
  limits: LibraryLimits,
  log: Log,
  lookEveryMs = LOOK_EVERY_MS,
): LibrarySource {
  if (folder === null)
    return async () => {
      throw new CxrError('usage', 'There is no case library here; the operator can name a folder in CASE_LIBRARY.');
    };

  async function open(path: string): Promise<CaseLibrary> {
    try {
      const library = await openCaseLibrary(path, limits);
      for (const { level, ...problem } of library.problems)
        log[level === 'error' ? 'warn' : 'info'](problem, 'a case of the library needs mending');
      log.info({ cases: library.cases.length }, 'the case library is open');
      return library;
    } catch (error) {
      log.error({ err: toCxrError(error) }, 'the case library cannot be read');
      throw error;
    }
  }

  /** Opens the library unless nothing has changed since the last look. */
  async function look(path: string, last: Look | null): Promise<Look> {
    const state = await stateOf(path);
    if (last?.state === state) return last;
    const opening = open(path);
    // Told to whoever asks for the library.
    opening.catch(() => {});
    return { state, opening };
  }

  let looking = look(folder, null);
  let lookedAt = Date.now();
  return async () => {
    if (Date.now() - lookedAt >= lookEveryMs) {
      lookedAt = Date.now();
      looking = looking.then((last) => look(folder, last));
    }
    const { opening } = await looking;
    try {
      return await opening;
    } catch (cause) {
      throw new CxrError('usage', 'The case library cannot be read; the operator can see why in the log.', { cause });
    }
  };
}

interface Look {
  readonly state: string;
  readonly opening: Promise<CaseLibrary>;
}

/** Differs once a file was added, taken away or written to. Never throws: why a folder cannot be read is told by whoever opens it. */
async function stateOf(folder: string): Promise<string> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
    const lines = files.sort().map(async (file) => {
      const { size, mtimeMs } = await lstat(file);
      return `${file} ${size} ${mtimeMs}`;
    });
    return `files\n${(await Promise.all(lines)).join('\n')}`;
  } catch {
    return 'not to be read';
  }
}
