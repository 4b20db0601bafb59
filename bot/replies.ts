// The replies of the event at hand: opened once per key and shared by receipt and turn; remembers which of them stand finished.
import type { Control, Place, Reply, ReplyContent, ReplyOptions } from './contract.ts';
import type { Journal, JournalEntry } from './journal.ts';

export interface Replies {
  /** The key of the reply to an event, or to one of its files. */
  keyOf(entry: JournalEntry, file?: number): string;
  /** Opens or continues the reply of `key`; concurrent calls share one. */
  open(entry: JournalEntry, key: string, options?: { privateTo?: string }): Promise<Reply>;
  /** Opens the reply for the turn itself: from now on receipts leave it alone. */
  begin(entry: JournalEntry, key: string, options?: { privateTo?: string }): Promise<Reply>;
  hasBegun(entry: JournalEntry, key: string): boolean;
  isOpen(entry: JournalEntry, key: string): boolean;
  isAnswered(entry: JournalEntry, key: string): boolean;
  /** Finishes the reply and remembers durably that it stands. */
  finish(entry: JournalEntry, key: string, content: ReplyContent): Promise<void>;
  fail(entry: JournalEntry, key: string, sentence: string): Promise<void>;
  /** Forgets what was opened for an event. */
  close(entry: JournalEntry): void;
}

export function createReplies(
  journal: Journal,
  openReply: (adapter: string, place: Place, options: ReplyOptions) => Promise<Reply>,
): Replies {
  const opened = new Map<string, Map<string, Promise<Reply>>>();
  const begun = new Map<string, Set<string>>();

  function open(entry: JournalEntry, key: string, options: { privateTo?: string } = {}): Promise<Reply> {
    const ofEntry = opened.get(entry.id) ?? new Map<string, Promise<Reply>>();
    opened.set(entry.id, ofEntry);
    const known = ofEntry.get(key);
    if (known !== undefined) return known;
    const opening = openReply(entry.adapter, entry.event.place, { key, answers: subjectOf(entry), ...options });
    ofEntry.set(key, opening);
    // A reply that could not be opened is tried anew by the next caller.
    opening.catch(() => ofEntry.delete(key));
    return opening;
  }

  async function stand(entry: JournalEntry, key: string): Promise<void> {
    entry.answered = [...(entry.answered ?? []).filter((each) => each !== key), key];
    await journal.save(entry);
  }

  const replies: Replies = {
    keyOf: (entry, file) => (file === undefined ? entry.event.id : `${entry.event.id}:${file}`),
    open,
    begin(entry, key, options) {
      begun.set(entry.id, (begun.get(entry.id) ?? new Set()).add(key));
      return open(entry, key, options);
    },
    hasBegun: (entry, key) => begun.get(entry.id)?.has(key) ?? false,
    isOpen: (entry, key) => opened.get(entry.id)?.has(key) ?? false,
    isAnswered: (entry, key) => entry.answered?.includes(key) ?? false,
    async finish(entry, key, content) {
      await (await replies.begin(entry, key)).finish(content);
      await stand(entry, key);
    },
    async fail(entry, key, sentence) {
      await (await replies.begin(entry, key)).fail(sentence);
      await stand(entry, key);
    },
    close(entry) {
      opened.delete(entry.id);
      begun.delete(entry.id);
    },
  };
  return replies;
}

function subjectOf({ event }: JournalEntry): string {
  if (event.kind === 'edit') return event.message;
  return event.id;
}

/** A draft that shows the newest text it was given, one update at a time; failures of a draft are reported, the final content tells anyway. */
export function createDraft(reply: Reply, controls: readonly Control[], failed: (error: unknown) => void) {
  let wanted: string | null = null;
  let writing: Promise<void> | null = null;

  async function write(): Promise<void> {
    while (wanted !== null) {
      const text = wanted;
      wanted = null;
      await reply.update(text, controls).catch(failed);
    }
    writing = null;
  }

  return {
    show(text: string): void {
      wanted = text;
      writing ??= write();
    },
    /** Drops what was not written yet and waits for what is under way. */
    async settle(): Promise<void> {
      wanted = null;
      await writing;
    },
  };
}
