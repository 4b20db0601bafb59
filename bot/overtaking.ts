// What a later event makes pointless: a forgotten thread, a deleted upload, an edited question. It is not begun any more, whatever it waits for.
import type { InboundEvent } from './contract.ts';
import type { JournalEntry } from './journal.ts';
import type { Parts } from './parts.ts';
import { type Phrases, phrasesOf } from './phrases.ts';
import type { AbortReason } from './queue.ts';
import { isForget, isHandledInOrder, isUrgent, replaces } from './routing.ts';

/** Why `entry` is not to be worked on any more: noted in the journal, or because of a later event that is still open. */
export function overtakenBy(parts: Parts, entry: JournalEntry): AbortReason | null {
  if (entry.overtaken !== undefined) return entry.overtaken;
  for (const later of parts.open.values()) {
    const reason = overtakes(later, entry);
    if (reason !== null) return reason;
  }
  return null;
}

function overtakes(later: JournalEntry, earlier: JournalEntry): AbortReason | null {
  if (later.sequence <= earlier.sequence || later.refusal !== undefined || later.adapter !== earlier.adapter)
    return null;
  const { event } = later;
  // A deletion may concern other threads too, so it is always carried out. One of a file says little of where the file lay.
  if (earlier.event.kind === 'delete') return null;
  const isOfFile = event.kind === 'delete' && event.message === null;
  if (!isOfFile && event.place.thread !== earlier.event.place.thread) return null;
  if (isHandledInOrder(earlier, event)) return null;
  if (isForget(event)) return 'forgotten';
  if (!replaces(event, earlier.event)) return null;
  return event.kind === 'delete' ? 'deleted' : 'superseded';
}

/** What erases is carried out whatever anybody says, and what answers at once has nothing to stop. */
export function mayBeStopped({ event, refusal }: JournalEntry): boolean {
  return refusal === undefined && event.kind !== 'delete' && !isForget(event) && !isUrgent(event);
}

/** Ends at once what runs and is made pointless by `entry`. */
export function interrupt(parts: Parts, entry: JournalEntry): void {
  for (const earlier of parts.open.values()) {
    if (parts.queue.running(earlier.event.place.thread) !== earlier.id) continue;
    const reason = overtakes(entry, earlier);
    if (reason !== null) parts.queue.abort(earlier.id, reason);
  }
}

/**
 * Notes in the journal what `entry` makes pointless and is still open, and erases what is kept of it there. Done before `entry` is carried out: once
 * that is finished, nothing else would tell a turn that pauses, or that a restart finds, to end.
 */
export async function overtakeEarlier(parts: Parts, entry: JournalEntry): Promise<void> {
  for (const earlier of [...parts.open.values()]) {
    if (earlier.refusal !== undefined) continue;
    const reason = overtakes(entry, earlier);
    if (reason !== null) {
      earlier.overtaken = reason;
      entry.overtakes = true;
      earlier.event = withoutWords(earlier.event);
      await parts.journal.save(earlier);
      for (const file of filesOf(earlier.event)) await parts.journal.release(file);
      parts.queue.hasten(earlier.id);
    } else if (entry.event.kind === 'delete' && entry.event.message === null) {
      await leaveOut(parts, earlier, entry, entry.event.attachment);
    }
  }
}

/** One of several files of a message was deleted: the others are read all the same. */
async function leaveOut(parts: Parts, earlier: JournalEntry, later: JournalEntry, deleted: string | undefined) {
  const file = filesOf(earlier.event).find(({ id }) => id === deleted);
  if (file === undefined || earlier.adapter !== later.adapter || earlier.sequence > later.sequence) return;
  const refusal = { code: 'attachment-unavailable', sentence: 'The file was deleted.' };
  earlier.unread = { ...earlier.unread, [file.id]: refusal };
  await parts.journal.save(earlier);
  await parts.journal.release(file);
}

function withoutWords(event: InboundEvent): InboundEvent {
  const attachments = filesOf(event).map((file) => ({ ...file, name: '' }));
  if (event.kind === 'message') return { ...event, text: '', attachments };
  if (event.kind === 'command') return { ...event, argument: '', attachments };
  return event.kind === 'edit' ? { ...event, text: '' } : event;
}

/** Tells in the reply, if one was opened, that nothing more will come there. */
export async function takeAway(parts: Parts, entry: JournalEntry, reason: AbortReason): Promise<string> {
  const files = filesOf(entry.event);
  // Erased first: the platform may not take the words.
  for (const file of files) await parts.journal.release(file);
  const phrases = phrasesOf((await parts.settings.of(entry.adapter, entry.event.place)).language);
  for (const key of toBeTold(parts, entry, reason)) {
    await parts.replies.finish(entry, key, {
      text: farewell(reason, files.length > 0, phrases),
      pictures: [],
      controls: [],
    });
  }
  return reason;
}

/** Keys of the replies that would stand unfinished. */
function toBeTold(parts: Parts, entry: JournalEntry, reason: AbortReason): string[] {
  const { replies } = parts;
  const asked = replies.keyOf(entry);
  const ofFiles = filesOf(entry.event).map((_, index) => replies.keyOf(entry, index));
  const keys = ofFiles.length === 0 ? [asked] : ofFiles;
  const unanswered = keys.filter((key) => !replies.isAnswered(entry, key));
  const open = unanswered.filter((key) => mayBeOpen(parts, entry, key));
  // What was asked beside films is answered after them, in a reply of its own.
  if (ofFiles.length > 0 && replies.isOpen(entry, asked) && !replies.isAnswered(entry, asked)) open.push(asked);
  // Who says stop is told so also where no reply could be opened yet.
  return open.length === 0 && reason === 'stopped' ? unanswered.slice(0, 1) : open;
}

/** What was opened before a restart is known to the platform alone. */
function mayBeOpen(parts: Parts, entry: JournalEntry, key: string): boolean {
  return parts.replies.isOpen(entry, key) || (entry.resumed !== undefined && entry.mode === undefined);
}

function farewell(reason: AbortReason, hadFiles: boolean, phrases: Phrases): string {
  if (reason === 'superseded') return phrases.superseded;
  if (reason !== 'deleted') return phrases.stopped;
  return hadFiles ? phrases.imageDeleted : phrases.questionDeleted;
}

function filesOf(event: InboundEvent) {
  return event.kind === 'message' || event.kind === 'command' ? event.attachments : [];
}
