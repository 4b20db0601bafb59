// Runs one journalled event to its end: modes first, then the plain conversation; errors are caught here, once, and told as one sentence.
import { type CxrError, toCxrError } from '../engine/error.ts';
import { answerAction } from './action-turn.ts';
import { answerCommand } from './command-turn.ts';
import type { InboundEvent, ModeContext } from './contract.ts';
import type { JournalEntry } from './journal.ts';
import { answerMessage } from './message-turn.ts';
import { overtakeEarlier, overtakenBy, takeAway } from './overtaking.ts';
import type { Parts, Work } from './parts.ts';
import { phrasesOf } from './phrases.ts';
import { abortReason, type Job } from './queue.ts';
import { answerDelete, answerEdit } from './revision-turn.ts';
import { wordOf } from './routing.ts';

/** `retry`: the event stays in the journal and runs again later. */
export type TurnEnd = 'done' | 'retry' | 'kept';

/** After so many restarts in the middle of it an event is given up: it would only kill the process again. */
const MAX_ATTEMPTS = 5;
/** An event whose platform takes no answer is given up after so many tries (about half an hour). */
const MAX_TRIES = 30;

export async function runTurn(parts: Parts, job: Job, signal: AbortSignal): Promise<TurnEnd> {
  const entry = parts.open.get(job.id);
  if (entry === undefined) return 'done';
  const began = Date.now();
  await parts.stage('started', entry);
  let did = entry.event.kind as string;
  let end: { outcome: string; turn: TurnEnd };
  try {
    did = await perform(parts, entry, signal);
    end = {
      outcome: entry.refusal?.code ?? (abortReason(signal) === 'stopped' ? 'stopped' : 'answered'),
      turn: 'done',
    };
  } catch (error) {
    end = await explain(parts, entry, signal, toCxrError(error));
  }
  if (end.turn === 'done') end = await close(parts, entry, end.outcome);
  const { adapter, event } = entry;
  parts.audit.line({ adapter, event, did, outcome: end.outcome, ms: Date.now() - began });
  return end.turn;
}

async function perform(parts: Parts, entry: JournalEntry, signal: AbortSignal): Promise<string> {
  if (entry.refusal !== undefined) return refuse(parts, entry, entry.refusal.code, entry.refusal.sentence);
  const overtaken = overtakenBy(parts, entry);
  if (overtaken !== null) return takeAway(parts, entry, overtaken);
  await overtakeEarlier(parts, entry);
  if (entry.resumed === true) {
    entry.resumed = false;
    entry.attempts += 1;
    await parts.journal.save(entry);
  }
  const adapter = parts.adapter(entry.adapter);
  const settings = await parts.settings.of(entry.adapter, entry.event.place);
  const work: Work = { entry, event: entry.event, adapter, settings, phrases: phrasesOf(settings.language), signal };
  if (entry.attempts > MAX_ATTEMPTS) return refuse(parts, entry, 'interrupted', work.phrases.interrupted);
  const mode = await offerToModes(parts, work);
  if (mode !== null) return mode;
  return plain(parts, work, entry.event);
}

function plain(parts: Parts, work: Work, event: InboundEvent): Promise<string> {
  switch (event.kind) {
    case 'message': {
      const word = wordOf(event);
      return word === null ? answerMessage(parts, { ...work, event }) : answerAction(parts, work, word, null);
    }
    case 'action':
      return answerAction(parts, work, event.action, event.post);
    case 'command':
      return answerCommand(parts, { ...work, event });
    case 'edit':
      return answerEdit(parts, { ...work, event });
    case 'delete':
      return answerDelete(parts, { ...work, event });
  }
}

async function offerToModes(parts: Parts, work: Work): Promise<string | null> {
  const { entry, adapter, signal } = work;
  const context: Omit<ModeContext, 'isConcerned'> = {
    reply: (place, options) => adapter.reply(place, options),
    async read(attachment) {
      const held = attachment.reference === null ? await parts.journal.held(attachment) : null;
      return held ?? adapter.read(attachment, { maxBytes: parts.limits.maxImageBytes, signal });
    },
    signal,
  };
  for (const mode of parts.modes) {
    if (await mode.handle(entry.event, { ...context, isConcerned: entry.mode === mode.name }))
      return `mode ${mode.name}`;
  }
  return null;
}

async function refuse(parts: Parts, entry: JournalEntry, code: string, sentence: string): Promise<string> {
  parts.metrics.refusal(code);
  const { event } = entry;
  // Who deletes asks nothing.
  if (event.kind === 'delete') return 'refuse silently';
  // In a place where the bot is not switched on it only speaks when spoken to.
  const spokenTo =
    event.kind !== 'message' || event.mentionsBot || event.place.isDirect || event.attachments.length > 0;
  if (!spokenTo && code === 'not-allowed') return 'refuse silently';
  const hasFiles = event.kind === 'message' && event.attachments.length > 0;
  await parts.replies.fail(entry, parts.replies.keyOf(entry, hasFiles ? 0 : undefined), sentence);
  return 'refuse';
}

/** The turn's boundary: the operator gets everything, the person one sentence. */
async function explain(
  parts: Parts,
  entry: JournalEntry,
  signal: AbortSignal,
  error: CxrError,
): Promise<{ outcome: string; turn: TurnEnd }> {
  // What was stopped in an earlier run is refused by the answer itself.
  const reason = abortReason(signal) ?? (error.code === 'aborted' && entry.stopped === true ? 'stopped' : null);
  if (reason === 'shutdown') {
    parts.log.info({ id: entry.id }, 'turn cut off by the shutdown; the journal keeps it');
    return { outcome: 'kept for the next start', turn: 'kept' };
  }
  try {
    if (reason !== null) {
      // Noted first: where the platform takes no words now, the turn runs again, and must not begin anew.
      entry.overtaken ??= reason;
      await parts.journal.save(entry);
      await takeAway(parts, entry, reason);
      return { outcome: reason, turn: 'done' };
    }
    parts.metrics.error(error.code);
    parts.log.error({ err: error, id: entry.id, adapter: entry.adapter, tries: entry.tries }, 'turn failed');
    entry.tries = (entry.tries ?? 0) + 1;
    const isPassing = error.code === 'store-failed' || (error.code === 'platform-failed' && entry.tries < MAX_TRIES);
    if (error.code === 'platform-failed' && !isPassing) return { outcome: 'undeliverable', turn: 'done' };
    if (!isPassing) {
      await parts.replies.fail(entry, openKeyOf(parts, entry), await sentenceOf(parts, entry, error));
      return { outcome: error.code, turn: 'done' };
    }
    if (error.code === 'store-failed') await showTrouble(parts, entry);
  } catch (failure) {
    parts.log.error({ err: toCxrError(failure), id: entry.id }, 'failure could not be told');
  }
  return { outcome: error.code, turn: 'retry' };
}

/** Codes that only the operator can do something about; their sentences name files and folders. */
const FOR_THE_OPERATOR = /^(bundle-(missing|invalid|hash)|checkpoint-invalid|backend-unavailable|config-invalid)$/;

async function sentenceOf(parts: Parts, entry: JournalEntry, error: CxrError): Promise<string> {
  if (!FOR_THE_OPERATOR.test(error.code)) return error.message;
  return phrasesOf((await parts.settings.of(entry.adapter, entry.event.place)).language).modelsMissing;
}

/** While the store is down nothing can be noted, but the person can be told. */
async function showTrouble(parts: Parts, entry: JournalEntry): Promise<void> {
  const reply = await parts.replies.begin(entry, openKeyOf(parts, entry));
  await reply.fail(phrasesOf('en').retrying);
}

/** The first reply of the event that does not stand finished. */
function openKeyOf(parts: Parts, entry: JournalEntry): string {
  const { event } = entry;
  const files = event.kind === 'message' || event.kind === 'command' ? event.attachments.length : 0;
  for (let file = 0; file < files; file++) {
    const key = parts.replies.keyOf(entry, file);
    if (!parts.replies.isAnswered(entry, key)) return key;
  }
  return parts.replies.keyOf(entry);
}

async function close(parts: Parts, entry: JournalEntry, outcome: string): Promise<{ outcome: string; turn: TurnEnd }> {
  try {
    const files = entry.event.kind === 'message' || entry.event.kind === 'command' ? entry.event.attachments : [];
    for (const file of files) if (file.reference === null) await parts.journal.release(file);
    await parts.journal.done(entry);
    parts.open.delete(entry.id);
    parts.replies.close(entry);
    return { outcome, turn: 'done' };
  } catch (error) {
    parts.metrics.error('store-failed');
    parts.log.error(
      { err: error, id: entry.id },
      'answered, but the journal could not be told; the turn runs again and finds its answer',
    );
    return { outcome, turn: 'retry' };
  }
}
