// Takes events in: routes, refuses, journals, and only then lets the adapter acknowledge; afterwards queues the event and shows its receipt.
import { CxrError, toCxrError } from '../engine/error.ts';
import type { Adapter, Attachment, InboundEvent, Taken } from './contract.ts';
import type { JournalEntry, Refusal } from './journal.ts';
import { interrupt } from './overtaking.ts';
import type { Parts } from './parts.ts';
import { phrasesOf } from './phrases.ts';
import { acknowledge } from './receipt.ts';
import { isCounted, isForBot, isForget, isUrgent, subjectOf } from './routing.ts';

export interface Intake {
  /** Resolves once the event is journalled (or is none of ours); throws `store-failed` if it cannot be kept. */
  take(adapter: Adapter, event: InboundEvent): Promise<Taken>;
  /** The same for an event that a mode made itself: nobody's access or pace is asked, and nobody is told if it could not be kept. */
  wake(adapter: Adapter, event: InboundEvent): Promise<Taken>;
  /** Resolves once nothing is being taken in any more. */
  settled(): Promise<void>;
}

const HOLD_TIMEOUT_MS = 60_000;

export function createIntake(parts: Parts): Intake {
  const { journal, log } = parts;
  /** Events of one thread are taken in one after the other, so that their order and their claims are settled. */
  const lanes = new Map<string, Promise<void>>();

  async function take(adapter: Adapter, event: InboundEvent, isOwn: boolean): Promise<Taken> {
    const id = journal.idOf(adapter.name, event.id);
    if ((await journal.state(id)) !== 'unknown') return 'known';
    if (event.author.isBot) return 'ignored';
    const mode = await modeOf(parts, event);
    if (mode === null && !(await isOurs(parts, adapter, event))) return 'ignored';
    parts.metrics.event(adapter.name, event.kind);
    const refusal = isOwn ? null : refusalOf(parts, event);
    const claimed = refusal === null ? await claim(id, adapter, event) : event;
    if (claimed === null) return 'ignored';
    const unread = refusal === null ? await hold(adapter, claimed) : {};
    const entry = await journal.add({
      id,
      adapter: adapter.name,
      event: claimed,
      ...(refusal === null ? {} : { refusal }),
      ...(mode === null ? {} : { mode }),
      ...(Object.keys(unread).length === 0 ? {} : { unread }),
    });
    parts.open.set(id, entry);
    await parts.stage('journalled', entry);
    log.debug({ id, adapter: adapter.name, kind: event.kind, refused: refusal?.code }, 'event accepted');
    enqueue(parts, entry);
    interrupt(parts, entry);
    void acknowledge(parts, entry);
    return 'accepted';
  }

  /** Leaves only uploads that no other event of this thread brought; null if nothing remains of the event. */
  async function claim(id: string, adapter: Adapter, event: InboundEvent): Promise<InboundEvent | null> {
    if (event.kind === 'command') {
      // Asked for by name it is read again; the claim is for finding it when it is deleted.
      for (const { id: file } of event.attachments) await journal.claim(adapter.name, event.place.thread, file, id);
      return event;
    }
    if (event.kind !== 'message' || event.attachments.length === 0) return event;
    const mine: Attachment[] = [];
    for (const attachment of event.attachments) {
      const holder = await journal.claim(adapter.name, event.place.thread, attachment.id, id);
      if (holder === id) mine.push(attachment);
    }
    if (mine.length === 0 && event.text.trim() === '') return null;
    return { ...event, attachments: mine };
  }

  /** Keeps the bytes of what the platform cannot serve again; a file that cannot be kept is refused later, with its reason. */
  async function hold(adapter: Adapter, event: InboundEvent): Promise<Record<string, Refusal>> {
    const unread: Record<string, Refusal> = {};
    const attachments = event.kind === 'message' || event.kind === 'command' ? event.attachments : [];
    for (const attachment of attachments.slice(0, parts.limits.maxImages)) {
      if (attachment.reference !== null) continue;
      try {
        const options = { maxBytes: parts.limits.maxImageBytes, signal: AbortSignal.timeout(HOLD_TIMEOUT_MS) };
        await journal.hold(attachment, await adapter.read(attachment, options));
      } catch (error) {
        const refusal = toCxrError(error);
        if (refusal.code === 'store-failed') throw refusal;
        unread[attachment.id] = { code: refusal.code, sentence: refusal.message };
      }
    }
    return unread;
  }

  async function inLane(adapter: Adapter, event: InboundEvent, isOwn: boolean): Promise<Taken> {
    const lane = event.place.thread;
    const before = lanes.get(lane) ?? Promise.resolve();
    const taking = before.then(() => take(adapter, event, isOwn));
    const settled = taking.then(
      () => undefined,
      () => undefined,
    );
    lanes.set(lane, settled);
    try {
      return await taking;
    } finally {
      if (lanes.get(lane) === settled) lanes.delete(lane);
    }
  }

  return {
    async take(adapter, event) {
      try {
        return await inLane(adapter, event, false);
      } catch (error) {
        await regret(parts, adapter, event, toCxrError(error));
        throw error;
      }
    },
    wake: (adapter, event) => inLane(adapter, event, true),
    async settled() {
      while (lanes.size > 0) await Promise.all(lanes.values());
    },
  };
}

async function isOurs(parts: Parts, adapter: Adapter, event: InboundEvent): Promise<boolean> {
  const { thread } = event.place;
  const isOurThread = isOpenThread(parts, adapter, thread) || (await parts.threads.get(adapter.name, thread)) !== null;
  const settings = await parts.settings.of(adapter.name, event.place);
  const isKnownSubject = await knowsSubject(parts, adapter, event);
  return isForBot(event, { settings, isOurThread, isKnownSubject });
}

/** The first film of a thread may still be on its way when the first question comes. */
function isOpenThread(parts: Parts, adapter: Adapter, thread: string): boolean {
  for (const entry of parts.open.values()) {
    if (entry.adapter === adapter.name && entry.event.place.thread === thread && entry.refusal === undefined)
      return true;
  }
  return false;
}

async function modeOf(parts: Parts, event: InboundEvent): Promise<string | null> {
  for (const mode of parts.modes) if (await mode.concerns?.(event)) return mode.name;
  return null;
}

async function knowsSubject(parts: Parts, adapter: Adapter, event: InboundEvent): Promise<boolean> {
  if (event.kind !== 'edit' && event.kind !== 'delete') return false;
  if (event.message !== null) {
    if ((await parts.journal.state(parts.journal.idOf(adapter.name, event.message))) !== 'unknown') return true;
    for (const entry of parts.open.values())
      if (entry.adapter === adapter.name && subjectOf(entry.event) === event.message) return true;
    const state = await parts.threads.get(adapter.name, event.place.thread);
    return state?.films.some((film) => film.message === event.message) ?? false;
  }
  if (event.kind === 'delete' && event.attachment !== undefined) {
    return (await parts.journal.claims(adapter.name, event.attachment)).length > 0;
  }
  return false;
}

/** A deletion is never refused: it only takes back what was accepted, and some platforms don't say who deleted or where. */
function refusalOf(parts: Parts, event: InboundEvent): Refusal | null {
  if (event.kind === 'delete') return null;
  try {
    parts.access.check(event);
    if (isUrgent(event) || isForget(event)) return null;
    if (!parts.queue.hasRoom()) {
      throw new CxrError('overloaded', 'Too many requests are waiting already; please try again in a few minutes.');
    }
    if (isCounted(event)) parts.access.count(event.author);
    return null;
  } catch (error) {
    const { code, message } = toCxrError(error);
    return { code, sentence: message };
  }
}

/** Puts an accepted event into the queue; also used for what a restart found in the journal. */
export function enqueue(parts: Parts, entry: JournalEntry): void {
  const { event, refusal, mode } = entry;
  const urgent = refusal !== undefined || isUrgent(event);
  // A mode's forgetting concerns one person's part of a case: it keeps its place.
  const passesPauses = event.kind === 'delete' || (isForget(event) && mode === undefined);
  parts.queue.add({
    id: entry.id,
    lane: event.place.thread,
    ...(urgent ? { urgent } : {}),
    ...(passesPauses ? { passesPauses } : {}),
  });
}

/** The event could not be kept: says so in one sentence, because silence would look like a loss. The platform delivers it again. */
async function regret(parts: Parts, adapter: Adapter, event: InboundEvent, error: CxrError): Promise<void> {
  parts.metrics.error(error.code);
  parts.log.error({ err: error, adapter: adapter.name, kind: event.kind }, 'event not accepted');
  const asksSomething = event.kind === 'command' || event.kind === 'action' || isPlainlyForBot(event);
  if (!asksSomething || event.author.isBot) return;
  const hasFiles = event.kind !== 'action' && 'attachments' in event && event.attachments.length > 0;
  const key = hasFiles ? `${event.id}:0` : event.id;
  try {
    const reply = await adapter.reply(event.place, { key, answers: event.id });
    const sentence = error.code === 'store-failed' ? phrasesOf('en').notKept : error.message;
    await reply.fail(sentence);
  } catch (failure) {
    parts.log.error({ err: failure, adapter: adapter.name }, 'could not tell that an event was not accepted');
  }
}

function isPlainlyForBot(event: InboundEvent): boolean {
  if (event.kind !== 'message') return false;
  if (event.mentionsBot || event.place.isDirect) return true;
  return event.attachments.length > 0 && !event.mentionsOthers;
}
