// The journal: what was accepted and is not answered yet, kept before anything is acknowledged, so that a crash loses nothing and repeats nothing.
import type Keyv from 'keyv';
import type { Attachment, InboundEvent, Place } from './contract.ts';
import { nameOf } from './identity.ts';
import { createOneAfterAnother } from './one-after-another.ts';
import type { AbortReason } from './queue.ts';
import { entriesOf, type StateStore } from './store.ts';

/** Why an accepted event will only be told so, instead of being worked on. */
export interface Refusal {
  code: string;
  sentence: string;
}

/** A thread whose case is erased, and the keys of its replies. */
export interface TakenBack {
  place: Place;
  replies: string[];
}

export interface JournalEntry {
  id: string;
  adapter: string;
  event: InboundEvent;
  /** Order of acceptance over all threads, also across restarts. */
  sequence: number;
  /** How often it was begun again after a restart. */
  attempts: number;
  /** Not begun since the restart that found it in the journal. */
  resumed?: boolean;
  /** How often it failed in this process. */
  tries?: number;
  /** Reply keys that stand finished: a second run leaves them alone. */
  answered?: string[];
  /** The question of a turn that is asked again, kept before the turn is taken back. */
  question?: string;
  /** A person stopped it: what was said so far stands. */
  stopped?: boolean;
  refusal?: Refusal;
  /** A later event made it pointless and may be answered already: it only tells so. */
  overtaken?: AbortReason;
  /** It made others pointless that were still open. */
  overtakes?: boolean;
  /** What a deletion took back: replies that are still to say so. */
  takenBack?: TakenBack[];
  /** Name of the mode that it concerns: the plain conversation shows no receipt for it. */
  mode?: string;
  /** Attachments whose bytes could not be kept at receipt, and why. */
  unread?: Record<string, Refusal>;
}

export interface Journal {
  idOf(adapter: string, eventId: string): string;
  /** `done` also for what was answered long ago, while the tombstone lives. */
  state(id: string): Promise<'unknown' | 'pending' | 'done'>;
  /** Durable once it resolves. */
  add(entry: Omit<JournalEntry, 'sequence' | 'attempts'>): Promise<JournalEntry>;
  save(entry: JournalEntry): Promise<void>;
  /** Answered: only the fact that this id was seen stays. */
  done(entry: JournalEntry): Promise<void>;
  /** Everything not answered, in order of acceptance. */
  pending(): Promise<JournalEntry[]>;
  /** Keeps the bytes of an attachment that the platform cannot serve again, for at most `HELD_TTL_MS`. */
  hold(attachment: Attachment, bytes: Uint8Array): Promise<void>;
  held(attachment: Attachment): Promise<Uint8Array | null>;
  /** Erases held bytes; nothing happens if there are none. */
  release(attachment: Attachment): Promise<void>;
  /** The event that claimed an upload in a thread: the first one to ask for it, also if asked again. */
  claim(adapter: string, thread: string, attachment: string, entry: string): Promise<string>;
  /** Threads in which an upload was read. */
  claims(adapter: string, attachment: string): Promise<string[]>;
  /** Takes an upload out of a thread; what it is in others stays. */
  unclaim(adapter: string, thread: string, attachment: string): Promise<void>;
}

/** Longest time that bytes wait in the store for their turn; erased as soon as they are encoded. */
export const HELD_TTL_MS = 60 * 60_000;
/** Platforms redeliver within minutes (Slack: 5 min); a week leaves room for outages. */
const SEEN_TTL_MS = 7 * 24 * 3_600_000;

export function createJournal(store: StateStore, retentionMs: number): Journal {
  const journal: Keyv = store.namespace('journal', SEEN_TTL_MS);
  const seen: Keyv = store.namespace('seen', SEEN_TTL_MS);
  const bytes: Keyv = store.namespace('bytes', HELD_TTL_MS);
  const claimed: Keyv = store.namespace('claim', retentionMs);
  /** All threads of an upload stand under one key, and threads are taken in side by side. */
  const inTurn = createOneAfterAnother();
  let last = 0;

  const holdKey = (attachment: Attachment): string => nameOf('held', attachment.id);
  const claimKey = (adapter: string, attachment: string): string => nameOf('claim', adapter, attachment);

  return {
    idOf: (adapter, eventId) => nameOf(adapter, eventId),
    async state(id) {
      if ((await seen.get(id)) !== undefined) return 'done';
      return (await journal.get(id)) === undefined ? 'unknown' : 'pending';
    },
    async add(entry) {
      last = Math.max(last + 1, Date.now() * 1_000);
      const whole = { ...entry, sequence: last, attempts: 0 };
      await journal.set(entry.id, whole);
      return whole;
    },
    async save(entry) {
      await journal.set(entry.id, entry);
    },
    async done(entry) {
      await seen.set(entry.id, 1);
      await journal.delete(entry.id);
    },
    async pending() {
      const entries = (await entriesOf<JournalEntry>(journal)).map(([, entry]) => entry);
      const finished = await Promise.all(entries.map((entry) => seen.get(entry.id)));
      const open = entries.filter((_, index) => finished[index] === undefined);
      return open.sort((a, b) => a.sequence - b.sequence);
    },
    async hold(attachment, content) {
      await bytes.set(holdKey(attachment), Buffer.from(content).toString('base64'));
    },
    async held(attachment) {
      const base64 = await bytes.get<string>(holdKey(attachment));
      return base64 === undefined ? null : new Uint8Array(Buffer.from(base64, 'base64'));
    },
    async release(attachment) {
      await bytes.delete(holdKey(attachment));
    },
    claim(adapter, thread, attachment, entry) {
      const key = claimKey(adapter, attachment);
      return inTurn(key, async () => {
        const threads = (await claimed.get<Record<string, string>>(key)) ?? {};
        const holder = threads[thread];
        if (holder !== undefined) return holder;
        await claimed.set(key, { ...threads, [thread]: entry });
        return entry;
      });
    },
    async claims(adapter, attachment) {
      return Object.keys((await claimed.get<Record<string, string>>(claimKey(adapter, attachment))) ?? {});
    },
    unclaim(adapter, thread, attachment) {
      const key = claimKey(adapter, attachment);
      return inTurn(key, async () => {
        const { [thread]: _, ...others } = (await claimed.get<Record<string, string>>(key)) ?? {};
        if (Object.keys(others).length === 0) await claimed.delete(key);
        else await claimed.set(key, others);
      });
    },
  };
}
