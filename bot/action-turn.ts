// People's controls, pressed or typed: again, stop, any more certain, helpful, forget, help.
import type { BundleInfo } from '../engine/engine.ts';
import { CxrError } from '../engine/error.ts';
import { redoTurn } from './again-turn.ts';
import { stopControl } from './answer.ts';
import type { ActionName } from './contract.ts';
import { seedOf } from './conversations.ts';
import { samplingColumns } from './feedback.ts';
import { forgetThread, threadName } from './forgetting.ts';
import { nameOf } from './identity.ts';
import type { JournalEntry } from './journal.ts';
import { mayBeStopped } from './overtaking.ts';
import type { Parts, Work } from './parts.ts';
import { turnOf } from './redo.ts';
import { createDraft } from './replies.ts';
import { confirmationLines, madeBy } from './report.ts';

/** `post` is the reply that the button hangs on; null for a typed word, which means the latest answer. */
export async function answerAction(parts: Parts, work: Work, action: ActionName, post: string | null): Promise<string> {
  switch (action) {
    case 'stop':
      return stop(parts, work);
    case 'help':
      return help(parts, work);
    case 'forget':
      return forget(parts, work);
    case 'again':
      return again(parts, work, post);
    case 'confirm':
      return confirm(parts, work);
    case 'helpful':
    case 'not-helpful':
      return rate(parts, work, action, post);
    default:
      return say(parts, work, work.phrases.unknownCommand(action));
  }
}

async function say(parts: Parts, { entry, event }: Work, text: string): Promise<string> {
  const key = parts.replies.keyOf(entry);
  await parts.replies.begin(entry, key, { privateTo: event.author.id });
  await parts.replies.finish(entry, key, { text });
  return event.kind === 'action' ? event.action : event.kind;
}

async function stop(parts: Parts, work: Work): Promise<string> {
  const { thread } = work.event.place;
  const victim = [parts.queue.running(thread), ...parts.queue.pausing(thread)]
    .map((id) => (id === null ? undefined : parts.open.get(id)))
    .find((entry) => entry !== undefined && mayBeStopped(entry));
  if (victim === undefined) {
    await say(parts, work, work.phrases.nothingRunning);
    return 'stop';
  }
  // Noted first: if the process dies now, the turn ends as stopped when it runs again.
  victim.stopped = true;
  await parts.journal.save(victim);
  if (parts.queue.running(thread) === victim.id) parts.queue.abort(victim.id, 'stopped');
  else if (parts.queue.pausing(thread).includes(victim.id)) await endPausing(parts, victim);
  return 'stop';
}

/** It failed, perhaps just now, and would be tried again. */
async function endPausing(parts: Parts, victim: JournalEntry): Promise<void> {
  victim.overtaken ??= 'stopped';
  await parts.journal.save(victim);
  parts.queue.hasten(victim.id);
}

async function help(parts: Parts, work: Work): Promise<string> {
  const { bundle } = await parts.engine();
  await say(parts, work, work.phrases.helpText(bundle.intendedUse, parts.limits.maxImages));
  return 'help';
}

async function forget(parts: Parts, work: Work): Promise<string> {
  const { entry, event, adapter, phrases } = work;
  const { films, turns, state } = await forgetThread(parts, entry.adapter, event.place.thread);
  // Where no case is or waits, nobody may believe that one was forgotten: a command may mean a case that stands elsewhere.
  if (state === null && entry.overtakes !== true) {
    await say(parts, work, phrases.nothingToForget);
    return 'forget';
  }
  const text = phrases.forgotten(films, turns, adapter.removesForgotten !== true);
  await parts.replies.finish(entry, parts.replies.keyOf(entry), { text });
  return 'forget';
}

async function again(parts: Parts, work: Work, post: string | null): Promise<string> {
  const state = await parts.threads.get(work.entry.adapter, work.event.place.thread);
  const turn = state === null ? null : turnOf(state, post);
  if (state === null || turn === null) {
    await say(parts, work, work.phrases.nothingHere);
    return 'again';
  }
  await redoTurn(parts, work, state, turn, null);
  return 'again';
}

async function confirm(parts: Parts, work: Work): Promise<string> {
  const { entry, event, phrases, signal } = work;
  const state = await parts.threads.get(entry.adapter, event.place.thread);
  const conversation = state === null ? null : await parts.conversations.find(state.conversation);
  if (state === null || conversation === null || conversation.images.length === 0) {
    await say(parts, work, phrases.nothingHere);
    return 'confirm';
  }
  const { bundle } = await parts.engine();
  const key = parts.replies.keyOf(entry);
  const reply = await parts.replies.begin(entry, key);
  const films = conversation.images.length;
  const title = phrases.confirmTitle(films, films);
  const draft = createDraft(reply, stopControl(phrases), (error) =>
    parts.log.warn({ err: error, id: entry.id }, 'draft could not be shown'),
  );
  draft.show(title);
  const only = event.kind === 'action' ? event.value : undefined;
  const asked = narrowed(bundle, only);
  try {
    const lines = await confirmationLines(conversation, asked, phrases, signal, (soFar) =>
      draft.show(`${title}\n\n${soFar.join('\n')}`),
    );
    await draft.settle();
    await parts.stage('answered', entry);
    await parts.replies.finish(entry, key, {
      text: [title, lines.join('\n'), madeBy(phrases, bundle)].join('\n\n'),
      isDraft: true,
    });
    await parts.stage('finished', entry);
  } finally {
    await draft.settle();
  }
  return 'confirm';
}

/** The bundle with only the finding that a button names, if it names one. */
function narrowed(bundle: BundleInfo, finding: string | undefined): BundleInfo {
  if (finding === undefined) return bundle;
  const findings = bundle.findings.filter(({ name }) => name === finding);
  if (findings.length === 0) throw new CxrError('usage', 'This model knows no such finding.');
  return { ...bundle, findings };
}

async function rate(parts: Parts, work: Work, rating: 'helpful' | 'not-helpful', post: string | null): Promise<string> {
  const { entry, event, phrases, settings } = work;
  const { thread } = event.place;
  const state = await parts.threads.get(entry.adapter, thread);
  const turn = state === null ? null : turnOf(state, post);
  const conversation = state === null ? null : await parts.conversations.find(state.conversation);
  const recorded = conversation?.turns.find(({ key }) => key === turn?.key);
  if (turn === null || recorded === undefined) {
    await say(parts, work, phrases.nothingHere);
    return rating;
  }
  const { bundle } = await parts.engine();
  await parts.feedback.record(turn.reply, {
    at: new Date(event.at).toISOString(),
    rating,
    thread: threadName(entry.adapter, thread),
    person: nameOf('person', entry.adapter, event.author.id),
    kind: turn.kind,
    prompt: turn.prompt,
    question: recorded.question,
    answer: recorded.answer,
    bundle: bundle.name,
    version: bundle.version,
    bundleHash: bundle.hash,
    ...samplingColumns({ ...bundle.sampling, seed: seedOf(turn.key) }),
    language: settings.language,
  });
  await say(parts, work, phrases.thanks);
  return rating;
}
