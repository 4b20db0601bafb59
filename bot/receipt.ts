// The first thing a person sees: which files arrived, and what they wait for; shown right after acceptance, before any work.
import type { JournalEntry } from './journal.ts';
import type { Parts } from './parts.ts';
import { type Phrases, phrasesOf } from './phrases.ts';
import { shownName } from './plain-text.ts';
import type { Position } from './queue.ts';

/** Shows the receipts of an event; failures are logged, the turn itself opens the reply again. */
export async function acknowledge(parts: Parts, entry: JournalEntry): Promise<void> {
  try {
    if (entry.refusal !== undefined || entry.mode !== undefined) return;
    const { event } = entry;
    const phrases = phrasesOf((await parts.settings.of(entry.adapter, event.place)).language);
    const position = parts.queue.position(entry.id);
    const files = filesOf(entry);
    const jobs = files
      .slice(0, parts.limits.maxImages)
      .map((_, index) => showReceipt(parts, entry, index, phrases, position));
    if (files.length === 0 && event.kind === 'message' && waits(position)) {
      jobs.push(showText(parts, entry, parts.replies.keyOf(entry), waitingText(phrases, position)));
    }
    await Promise.all(jobs);
    if (jobs.length > 0) await parts.stage('receipt', entry);
  } catch (error) {
    parts.log.warn({ err: error, id: entry.id }, 'receipt could not be shown');
  }
}

/** Tells the waiting events of a lane that they moved up. */
export function tellMoved(parts: Parts, lane: string): void {
  for (const id of parts.queue.waiting(lane)) {
    const entry = parts.open.get(id);
    if (entry !== undefined) void acknowledge(parts, entry);
  }
}

async function showReceipt(
  parts: Parts,
  entry: JournalEntry,
  index: number,
  phrases: Phrases,
  position: Position | null,
) {
  const files = filesOf(entry);
  const received = phrases.received(shownName(files[index]?.name ?? ''), index + 1, files.length);
  const text = waits(position) ? `${received} ${waitingText(phrases, position)}` : received;
  await showText(parts, entry, parts.replies.keyOf(entry, index), text);
}

/** Only while the event still waits or has just begun: a receipt must never overwrite what came after it. */
async function showText(parts: Parts, entry: JournalEntry, key: string, text: string): Promise<void> {
  const reply = await parts.replies.open(entry, key);
  if (parts.replies.hasBegun(entry, key) || !parts.open.has(entry.id)) return;
  await reply.update(text);
}

function filesOf({ event }: JournalEntry) {
  return event.kind === 'message' || event.kind === 'command' ? event.attachments : [];
}

function waits(position: Position | null): position is Position {
  return position !== null && position.all > 0;
}

function waitingText(phrases: Phrases, position: Position): string {
  return phrases.waiting(position.lane, position.all);
}
