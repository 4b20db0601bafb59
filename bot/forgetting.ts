// Forgetting a case: everything stored of a thread goes, and that it is gone is checked before anybody is told so.
import { CxrError } from '../engine/error.ts';
import { nameOf } from './identity.ts';
import type { Parts } from './parts.ts';
import type { ThreadState } from './thread.ts';

export interface Forgotten {
  films: number;
  turns: number;
  /** What was kept of the thread until now; null if nothing was. */
  state: ThreadState | null;
}

/** The name under which feedback of a thread is kept. */
export function threadName(adapter: string, thread: string): string {
  return nameOf('feedback-thread', adapter, thread);
}

/** Purges a thread. Throws `store-failed` if it could not, `internal` if something is still there afterwards. */
export async function forgetThread(parts: Parts, adapter: string, thread: string): Promise<Forgotten> {
  const { threads, journal, feedback, conversations, store } = parts;
  const state = await threads.get(adapter, thread);
  const conversation = state?.conversation ?? nameOf('conversation', adapter, thread);
  await conversations.forget(conversation);
  for (const film of state?.films ?? []) await journal.unclaim(adapter, thread, film.attachment);
  await feedback.forget(threadName(adapter, thread));
  await threads.remove(adapter, thread);
  await store.scrub();
  await verify(parts, adapter, thread, conversation);
  return { films: state?.films.length ?? 0, turns: state?.turns.length ?? 0, state };
}

async function verify(parts: Parts, adapter: string, thread: string, conversation: string): Promise<void> {
  const left = {
    thread: (await parts.threads.get(adapter, thread)) !== null,
    conversation: await parts.conversations.isStored(conversation),
    feedback: (await parts.feedback.all()).some((row) => row.thread === threadName(adapter, thread)),
  };
  if (Object.values(left).some(Boolean)) {
    throw new CxrError('internal', 'Something of this case is still stored; the operator was told.', { detail: left });
  }
}
