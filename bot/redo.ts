// Takes answers back so that they can be given anew: after an edit, for another draft, or when a crash or a shutdown cut one off.
import type { Conversation } from '../engine/engine.ts';
import { CxrError } from '../engine/error.ts';
import type { Adapter, Place } from './contract.ts';
import type { JournalEntry } from './journal.ts';
import type { ThreadState, ThreadTurn } from './thread.ts';

/**
 * The engine keeps an aborted answer under its key; unless a person stopped it, it is taken back so that the turn can run whole. Throws `aborted` for
 * what was stopped, in an earlier run, before anything was said.
 */
export async function settleAborted(conversation: Conversation, entry: JournalEntry, key: string): Promise<void> {
  const recorded = conversation.turns.find((turn) => turn.key === key);
  if (entry.stopped === true && recorded === undefined) throw new CxrError('aborted', 'Stopped.');
  if (recorded?.stopReason === 'aborted' && entry.stopped !== true) await conversation.rewind(key);
}

/** The turn that a post shows; without a post the latest of the thread. */
export function turnOf(state: ThreadState, post: string | null): ThreadTurn | null {
  if (post === null) return state.turns.at(-1) ?? null;
  return state.turns.find((turn) => turn.post === post) ?? null;
}

/** Removes what came after `turn` in the dialogue from the thread's list; returns the removed turns. */
export function dropLater(state: ThreadState, turn: ThreadTurn): ThreadTurn[] {
  const at = state.turns.findIndex((each) => each.reply === turn.reply);
  return at === -1 ? [] : state.turns.splice(at + 1);
}

/** Shows that these answers are no longer part of the conversation, where the platform can. */
export async function markOutdated(adapter: Adapter, place: Place, turns: readonly ThreadTurn[]): Promise<void> {
  for (const { post } of turns) await adapter.outdate?.(place, post);
}

/** A new key for asking the same thing again because of `event`; the same event gives the same key. */
export function nextKey(turn: ThreadTurn, event: string): string {
  return `${turn.reply}~${event}`;
}

/** A turn ended by anything but a person's stop must not show half an answer as the whole one. Throws the reason. */
export function throwIfTakenAway(signal: AbortSignal): void {
  if (!signal.aborted) return;
  const reason: unknown = signal.reason;
  if (reason instanceof CxrError && reason.detail.reason === 'stopped') return;
  throw reason;
}
