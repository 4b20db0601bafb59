// What words, edits, deletions and buttons mean while a quiz runs in a direct message.
import type { Control } from '../../contract.ts';
import { wordOf } from '../../routing.ts';
import { readFields } from '../answer-form.ts';
import { readWords } from '../answers.ts';
import type { CaseRequest } from '../case-event.ts';
import { readBack } from '../case-text.ts';
import type { ButtonHandler, CaseTurn } from '../case-turn.ts';
import type { StatedFinding } from '../read-answer.ts';
import { currentOf, type Quiz, type QuizItem, ticketOf, withItem } from './quiz-store.ts';
import { ANSWER_FIRST, NO_FINDING } from './quiz-text.ts';
import { alone, end, goOn, letGo, settle } from './run-quiz.ts';

const SETTLED = 'That question is settled already.';

/** Words that may answer a quiz. Films, commands and control words are the plain conversation's. */
export function isQuizWords(event: CaseTurn['event']): boolean {
  return event.kind === 'message' && event.attachments.length === 0 && wordOf(event) === null;
}

/** True for what a running quiz answers: the person's words, and changes of them. */
export function concernsQuiz(quiz: Quiz, event: CaseTurn['event']): boolean {
  if (quiz.endedBy !== null || event.author.id !== quiz.person) return false;
  if (event.kind === 'message') return isQuizWords(event);
  return (event.kind === 'edit' || event.kind === 'delete') && pendingOf(quiz)?.answer?.event === event.message;
}

/** Returns false for what is not the quiz's. */
export async function takeQuizEvent(turn: CaseTurn, quiz: Quiz, request: CaseRequest): Promise<boolean> {
  if (request.kind === 'forget') {
    await letGo(turn, quiz);
    await turn.quizzes.remove(quiz.place.thread);
    return false;
  }
  if (!concernsQuiz(quiz, turn.event)) return false;
  if (request.kind === 'words') return takeWords(turn, quiz, request);
  if (request.kind === 'deleted') await change(turn, quiz, { answer: null });
  return request.kind === 'deleted';
}

function takeWords(
  turn: CaseTurn,
  quiz: Quiz,
  { text, message }: Extract<CaseRequest, { kind: 'words' }>,
): Promise<true> {
  if (pendingOf(quiz)?.state !== 'open') return goOn(turn, quiz, alone(turn));
  if (/\?\s*$/.test(text.trim())) return turn.tell({ text: ANSWER_FIRST }, true);
  return readOut(turn, quiz, message, readWords(text).stated);
}

/** Keeps what was read as the answer to the open question, and reads it back. `message`: where it was said, so that an edit replaces it. */
async function readOut(turn: CaseTurn, quiz: Quiz, message: string, stated: readonly StatedFinding[]): Promise<true> {
  const { tell } = turn;
  if (stated.length === 0) return tell({ text: NO_FINDING }, true);
  await change(turn, quiz, { answer: { event: message, stated } });
  const value = ticketOf(quiz, message);
  const controls: Control[] = [
    { action: 'case-quiz-confirm', label: 'That is what I mean', value, style: 'primary' },
    { action: 'case-quiz-drop', label: 'No', value },
  ];
  return tell({ text: readBack(stated, []), controls }, true);
}

export const answerQuizByForm: ButtonHandler = (turn) =>
  withQuiz(turn, (quiz) => {
    const { value, id, fields } = turn.event;
    const isOpen = pendingOf(quiz)?.state === 'open' && ticketOf(quiz, currentOf(quiz).toString()) === value;
    if (!isOpen) return turn.tell({ text: SETTLED }, true);
    return readOut(turn, quiz, id, readFields(fields ?? {}).stated);
  });

export const confirmQuizAnswer: ButtonHandler = (turn) =>
  withAnswer(turn, (quiz, index, item) => settle(turn, quiz, index, item.answer?.stated ?? []));

export const dropQuizAnswer: ButtonHandler = (turn) =>
  withAnswer(turn, async (quiz, _, { state }) => {
    if (state !== 'open') return turn.tell({ text: SETTLED }, true);
    await change(turn, quiz, { answer: null });
    return turn.tell({ text: 'Taken out; say it in other words.' }, true);
  });

export const skipQuestion: ButtonHandler = (turn) =>
  withQuiz(turn, (quiz) => {
    const index = quiz.items.findIndex((_, at) => ticketOf(quiz, at.toString()) === turn.event.value);
    return skip(turn, quiz, index);
  });

export const endQuiz: ButtonHandler = (turn) =>
  withQuiz(turn, (quiz) => {
    const isOurs = quiz.items.some((_, at) => ticketOf(quiz, at.toString()) === turn.event.value);
    return isOurs ? stop(turn, quiz) : turn.tell({ text: SETTLED }, true);
  });

/** `index` is the question that the person means. */
export function skip(turn: CaseTurn, quiz: Quiz, index: number): Promise<true> {
  const item = quiz.items[index];
  const isAgain = item?.state === 'skipped' && item.settledBy === turn.event.id;
  if (item === undefined || !(item.state === 'open' || isAgain)) return turn.tell({ text: SETTLED }, true);
  return settle(turn, quiz, index, null);
}

export function stop(turn: CaseTurn, quiz: Quiz): Promise<true> {
  if (quiz.endedBy !== null && quiz.endedBy !== turn.event.id) return turn.tell({ text: 'That quiz is over.' }, true);
  return end(turn, quiz, alone(turn));
}

async function withQuiz(turn: Parameters<ButtonHandler>[0], work: (quiz: Quiz) => Promise<true>): Promise<true> {
  const quiz = await turn.quizzes.find(turn.event.place.thread);
  if (quiz === null || quiz.person !== turn.event.author.id)
    return turn.tell({ text: 'That quiz is over, or goes on in another conversation with me.' }, true);
  return work(quiz);
}

/** The answer that the button hangs on: the pending one, or the one that this event settled before. */
function withAnswer(
  turn: Parameters<ButtonHandler>[0],
  work: (quiz: Quiz, index: number, item: QuizItem) => Promise<true>,
): Promise<true> {
  return withQuiz(turn, (quiz) => {
    const index = quiz.items.findIndex(
      ({ answer, state, settledBy }) =>
        answer !== null &&
        ticketOf(quiz, answer.event) === turn.event.value &&
        (state === 'open' || settledBy === turn.event.id),
    );
    const item = quiz.items[index];
    return item === undefined ? turn.tell({ text: SETTLED }, true) : work(quiz, index, item);
  });
}

function pendingOf(quiz: Quiz): QuizItem | undefined {
  return quiz.items[currentOf(quiz)];
}

async function change(turn: CaseTurn, quiz: Quiz, item: Partial<QuizItem>): Promise<void> {
  await turn.quizzes.update(quiz.place.thread, (now) => withItem(now, currentOf(now), item));
}
