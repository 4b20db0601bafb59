// Who may do what in a case; the sentences for those who may not.
import { CxrError } from '../../engine/error.ts';
import type { CaseSession } from './session.ts';

/** The case of the thread. Throws `usage` where there is none. */
export function caseHere(session: CaseSession | null): CaseSession {
  if (session === null) throw new CxrError('usage', 'There is no case in this thread; open one with `/case new`.');
  return session;
}

/** Throws `not-allowed` unless the person is the case's teacher. */
export function mustTeach({ teacher }: CaseSession, person: string): void {
  if (person !== teacher) throw new CxrError('not-allowed', 'Only the teacher of this case may do that.');
}
