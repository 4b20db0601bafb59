// Another draft: takes the answer back and asks the same thing again with another seed, in the same reply.
import type { Turn } from '../engine/engine.ts';
import { CxrError } from '../engine/error.ts';
import { REPORT_PROMPTS } from '../prompts/paper.ts';
import { ask, stopControl } from './answer.ts';
import type { Parts, Work } from './parts.ts';
import { answerQuestion } from './question-turn.ts';
import { dropLater, markOutdated, nextKey } from './redo.ts';
import { reportContent } from './report.ts';
import type { ThreadState, ThreadTurn } from './thread.ts';

/** Answers `turn` anew; `question` replaces what was asked (an edit). Throws what the engine throws. */
export async function redoTurn(
  parts: Parts,
  work: Work,
  state: ThreadState,
  turn: ThreadTurn,
  question: string | null,
): Promise<void> {
  const { entry, phrases } = work;
  const conversation = await parts.conversations.find(state.conversation);
  if (conversation === null) throw new CxrError('conversation-unknown', phrases.nothingHere);
  const key = nextKey(turn, entry.event.id);
  if (question === null && turn.kind === 'question') await keepQuestion(parts, work, conversation.turns, turn);
  await conversation.rewind(turn.key);
  const later = dropLater(state, turn);
  await markOutdated(work.adapter, state.place, later);
  const notes = later.length > 0 ? [phrases.laterForgotten(later.length)] : [];
  if (turn.kind === 'report') return redoReport(parts, work, state, turn, key, notes);
  await answerQuestion(parts, work, {
    state,
    question: question ?? entry.question ?? '',
    reply: turn.reply,
    key,
    message: turn.message,
    notes,
  });
}

/** The question leaves the conversation with its turn; the journal has it until the new answer stands. */
async function keepQuestion(parts: Parts, { entry }: Work, turns: readonly Turn[], turn: ThreadTurn): Promise<void> {
  const asked = turns.find((each) => each.key === turn.key)?.question;
  if (asked === undefined || entry.question !== undefined) return;
  entry.question = asked;
  await parts.journal.save(entry);
}

async function redoReport(
  parts: Parts,
  work: Work,
  state: ThreadState,
  turn: ThreadTurn,
  key: string,
  notes: readonly string[],
): Promise<void> {
  const { entry, phrases } = work;
  const conversation = await parts.conversations.find(state.conversation);
  if (conversation === null) throw new CxrError('conversation-unknown', phrases.nothingHere);
  const { bundle } = await parts.engine();
  const reply = await parts.replies.begin(entry, turn.reply);
  const films = state.films.length;
  // The file's name was never kept: it may be a patient's.
  const heading = `${phrases.report(null, turn.film + 1, films)}\n\n`;
  await reply.update(phrases.thinking, stopControl(phrases));
  const text = REPORT_PROMPTS[turn.prompt];
  const image = turn.brings ? { image: turn.film } : {};
  const answer = await ask(parts, work, { conversation, text, key, ...image, reply, heading });
  await parts.threads.record(state, { ...turn, key, post: reply.post });
  await parts.stage('answered', entry);
  const content = reportContent({
    answer,
    heading,
    bundle,
    findings: conversation.images[turn.film]?.findings ?? [],
    label: parts.label,
    phrases,
    confirmed: [],
    drawn: null,
    isFirstContact: false,
    notes,
  });
  await parts.replies.finish(entry, turn.reply, content);
  await parts.stage('finished', entry);
}
