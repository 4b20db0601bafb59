// Edited and deleted messages: an edited question runs again in its own reply; a deleted image takes its whole case with it.
import { redoTurn } from './again-turn.ts';
import type { DeleteEvent, EditEvent } from './contract.ts';
import { forgetThread } from './forgetting.ts';
import type { JournalEntry } from './journal.ts';
import type { Parts, Work } from './parts.ts';
import { plainText } from './plain-text.ts';
import { answerQuestion } from './question-turn.ts';
import { dropLater, markOutdated } from './redo.ts';
import type { ThreadState } from './thread.ts';
import { isReportRequest } from './words.ts';

export async function answerEdit(parts: Parts, work: Work<EditEvent>): Promise<string> {
  const { entry, event } = work;
  const state = await parts.threads.open(entry.adapter, event.place);
  const turn = state.turns.find((each) => each.message === event.message && each.kind === 'question');
  if (turn !== undefined) {
    const conversation = await parts.conversations.find(state.conversation);
    const asked = conversation?.turns.find(({ key }) => key === turn.key)?.question;
    // Platforms also call it an edit when they add a link preview.
    if (asked === plainText(event.text)) return 'edit of nothing';
    await redoTurn(parts, work, state, turn, event.text);
    return 'edit';
  }
  // Not answered before: it still waited, was cut off, or was the caption of a film.
  const question = plainText(event.text);
  if (state.films.length === 0 || question === '' || isReportRequest(question)) return 'edit of nothing';
  await (await parts.conversations.find(state.conversation))?.rewind(event.message);
  const fresh = { message: event.message, reply: event.message, key: `${event.message}~${event.id}` };
  await answerQuestion(parts, work, { state, question, ...fresh });
  return 'edit';
}

export async function answerDelete(parts: Parts, work: Work<DeleteEvent>): Promise<string> {
  const { entry, event } = work;
  if (event.message === null) {
    const threads = event.attachment === undefined ? [] : await parts.journal.claims(entry.adapter, event.attachment);
    for (const thread of threads) {
      const state = await parts.threads.get(entry.adapter, thread);
      if (state?.films.some((film) => film.attachment === event.attachment)) await eraseCase(parts, entry, state);
    }
    await tellTakenBack(work);
    return 'delete of a file';
  }
  const state = await parts.threads.get(entry.adapter, event.place.thread);
  if (state?.films.some((film) => film.message === event.message)) await eraseCase(parts, entry, state);
  else if (state !== null && entry.takenBack === undefined) return takeBackQuestion(parts, work, state, event.message);
  await tellTakenBack(work);
  return entry.takenBack === undefined ? 'delete of nothing' : 'delete of a film';
}

/** Purges the thread; which replies stood in it is noted first, because the platform may not let them be taken back now. */
async function eraseCase(parts: Parts, entry: JournalEntry, { place, turns }: ThreadState): Promise<void> {
  const noted = (entry.takenBack ?? []).filter((each) => each.place.thread !== place.thread);
  entry.takenBack = [...noted, { place, replies: turns.map(({ reply }) => reply) }];
  await parts.journal.save(entry);
  await forgetThread(parts, entry.adapter, place.thread);
}

/** Replaces every report and answer of what was erased, pictures included, because they show or describe the film. */
async function tellTakenBack({ entry, adapter, phrases }: Work): Promise<void> {
  for (const { place, replies } of entry.takenBack ?? []) {
    for (const key of replies) {
      const reply = await adapter.reply(place, { key });
      await reply.finish({ text: phrases.imageDeleted, pictures: [], controls: [] });
    }
  }
}

async function takeBackQuestion(
  parts: Parts,
  work: Work<DeleteEvent>,
  state: ThreadState,
  message: string,
): Promise<string> {
  const { adapter, phrases } = work;
  const turn = state.turns.find((each) => each.message === message && each.kind === 'question');
  const conversation = await parts.conversations.find(state.conversation);
  // Without a turn it was cut off: what was said of it leaves the dialogue all the same.
  await conversation?.rewind(turn?.key ?? message);
  if (turn === undefined) return 'delete of nothing';
  const later = dropLater(state, turn);
  await markOutdated(adapter, state.place, later);
  state.turns = state.turns.filter((each) => each !== turn);
  const reply = await adapter.reply(state.place, { key: turn.reply });
  const notes = later.length > 0 ? ` ${phrases.laterForgotten(later.length)}` : '';
  await reply.finish({ text: `${phrases.questionDeleted}${notes}`, controls: [] });
  await parts.threads.save(state);
  return 'delete of a question';
}
