// Loads the bot's case library once, at start, and tells the operator what is wrong in it, a line for each case.
import { CxrError, toCxrError } from '../../../engine/error.ts';
import type { Log } from '../../contract.ts';
import { type CaseLibrary, type LibraryLimits, openCaseLibrary } from './library-folder.ts';

/** Waits for the library. Throws `usage` in one sentence where there is none. */
export type LibrarySource = () => Promise<CaseLibrary>;

export function createLibrarySource(folder: string | null, limits: LibraryLimits, log: Log): LibrarySource {
  if (folder === null)
    return async () => {
      throw new CxrError('usage', 'There is no case library here; the operator can name a folder in CASE_LIBRARY.');
    };
  const opening = openCaseLibrary(folder, limits);
  opening.then(
    ({ cases, problems }) => {
      for (const { level, ...problem } of problems)
        log[level === 'error' ? 'warn' : 'info'](problem, 'a case of the library needs mending');
      log.info({ cases: cases.length }, 'the case library is open');
    },
    (error: unknown) => log.error({ err: toCxrError(error) }, 'the case library cannot be read'),
  );
  return async () => {
    try {
      return await opening;
    } catch (cause) {
      throw new CxrError('usage', 'The case library cannot be read; the operator can see why in the log.', { cause });
    }
  };
}
