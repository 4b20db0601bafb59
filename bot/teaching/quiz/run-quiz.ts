// A quiz from question to question: each step is kept before it is told, so that an event that runs again after a crash tells the same and changes nothing.
import { CxrError, toCxrError } from '../../../engine/error.ts';
import type { Control, ReplyContent } from '../../contract.ts';
import { nameOf } from '../../identity.ts';
import { FINDINGS_FORM } from '../answer-form.ts';
import type { CaseTurn } from '../case-turn.ts';
import type { LibraryCase } from '../library/case-file.ts';
import { readFilms } from '../open-case.ts';
import { filmOf, panelsOf, picturesOf } from '../pictures.ts';
import { personOf } from '../progress/progress-store.ts';
import { soonest } from '../progress/progress-text.ts';
import { chooseCases, recallOf } from '../progress/recall.ts';
import { readAnswer, type StatedFinding } from '../read-answer.ts';
import { currentOf, newItem, type Quiz, type QuizItem, ticketOf, withItem } from './quiz-store.ts';
import { endText, questionText, resultText } from './quiz-text.ts';

type Say = (content: ReplyContent) => Promise<true>;

/** A quiz is one person's, also where others could read along (two browsers on the page). */
export const alone =
  ({ tell }: Pick<CaseTurn, 'tell'>): Say =>
  (content) =>
    tell(content, true);

/** Starts a quiz in this direct message and asks the first question. */
export async function startQuiz(turn: CaseTurn, count: number): Promise<true> {
  const { event, library, progress, quizzes } = turn;
  const { cases, expectedIn } = await library();
  if (cases.length === 0) throw new CxrError('usage', 'The case library is empty, so there is nothing to ask.');
  const { thread } = event.place;
  const person = personOf(thread, event.author.id);
  const chosen = chooseCases(
    cases.map(({ name }) => ({ name, expected: expectedIn(name) })),
    await progress.of(person),
    // Who keeps no progress gets other cases each time.
    { order: (await progress.hasOptedOut(person)) ? event.id : person, count, now: new Date(event.at) },
  );
  const quiz: Quiz = {
    id: nameOf('quiz', thread, event.id),
    event: event.id,
    startedAt: event.at,
    person: event.author.id,
    place: event.place,
    items: chosen.map(({ name }) => newItem(name)),
    endedBy: null,
  };
  await quizzes.open(quiz);
  return goOn(turn, quiz, alone(turn));
}

/** Asks the current question (again), or tells the end. */
export async function goOn(turn: CaseTurn, quiz: Quiz, say: Say): Promise<true> {
  let now = quiz;
  for (let index = currentOf(now); index !== -1; index = currentOf(now)) {
    const { find } = await turn.library();
    const item = now.items[index];
    const found = item === undefined ? null : find(item.libraryCase);
    if (item?.state === 'open' && found !== null) return say(questionOf(now, index, item, found));
    now = await openItem(turn, now, index, found);
  }
  return end(turn, now, say);
}

/** Reads the films of an item and opens it; an item whose films are gone is passed over. Films of the item before it are let go. */
async function openItem(turn: CaseTurn, quiz: Quiz, index: number, found: LibraryCase | null): Promise<Quiz> {
  const { library, quizzes, room } = turn;
  const change: Partial<QuizItem> = { state: 'gone', films: [] };
  if (found !== null) {
    const { readImage, expectedIn } = await library();
    const sources = found.images.map((name, image) => ({ name, read: () => readImage(found, image) }));
    try {
      const films = await readFilms(turn, sources, ['quiz', quiz.id, index.toString()]);
      Object.assign(change, { state: 'open', films, title: found.title, expected: [...expectedIn(found.name)] });
    } catch (error) {
      const { code } = toCxrError(error);
      if (!/^(?:image|attachment)-/.test(code)) throw error;
      room.log.warn({ case: found.name, code }, 'a case of the library cannot be shown in a quiz');
    }
  }
  await letGo(turn, quiz);
  const emptied = (now: Quiz): Quiz => ({ ...now, items: now.items.map((item) => ({ ...item, films: [] })) });
  return (await quizzes.update(quiz.place.thread, (now) => withItem(emptied(now), index, change))) ?? quiz;
}

/** The model forgets the films that are kept with the quiz. */
export async function letGo({ room }: Pick<CaseTurn, 'room'>, { items }: Quiz): Promise<void> {
  for (const { films } of items) for (const { conversation } of films) await room.forgetFilm(conversation);
}

function questionOf(quiz: Quiz, index: number, { films }: QuizItem, found: LibraryCase): ReplyContent {
  const value = ticketOf(quiz, index.toString());
  const controls: Control[] = [
    { action: 'case-quiz-answer', label: 'Give my answer', value, style: 'primary', form: FINDINGS_FORM },
    { action: 'case-quiz-skip', label: 'Skip', value },
    { action: 'case-quiz-end', label: 'End the quiz', value },
  ];
  const text = questionText(found, index + 1, quiz.items.length);
  return { text, title: 'Quiz', pictures: picturesOf(films), ...filmOf(films, false, index), controls };
}

/** The current item is answered (or skipped, `stated` null) by this event: kept, scored, told, and the next question asked. */
export async function settle(
  turn: CaseTurn,
  quiz: Quiz,
  index: number,
  stated: readonly StatedFinding[] | null,
): Promise<true> {
  const { event, library, progress, quizzes } = turn;
  const { thread } = quiz.place;
  let now = quiz;
  let item = quiz.items[index];
  if (item?.state === 'open') {
    const found = (await library()).find(item.libraryCase);
    const model = readAnswer(item.films.map(({ report }) => report).join('\n\n'));
    const told = found === null ? 'This case is no longer in the library.' : resultText(found, item, model, stated);
    const change = { state: stated === null ? 'skipped' : 'answered', settledBy: event.id, told } as const;
    now = (await quizzes.update(thread, (each) => withItem(each, index, change))) ?? quiz;
    item = now.items[index];
  }
  if (item?.state === 'answered')
    await progress.record(personOf(thread, quiz.person), {
      id: nameOf('result', quiz.id, index.toString()),
      at: event.at,
      board: null,
      libraryCase: item.libraryCase,
      expected: item.expected,
      stated: (item.answer?.stated ?? []).map(({ finding, probability }) => ({ finding, probability })),
      hints: 0,
    });
  const films = item?.films ?? [];
  const pictures = panelsOf(films);
  await alone(turn)({
    text: item?.told ?? '',
    isDraft: true,
    ...(pictures.length === 0 ? {} : { pictures, ...filmOf(films, true, index) }),
  });
  return goOn(turn, now, (content) => turn.whisper(quiz.person, 'next', content));
}

/** Ends the quiz, if it runs, and tells what it came to. */
export async function end(turn: CaseTurn, quiz: Quiz, say: Say): Promise<true> {
  const { event, progress, quizzes } = turn;
  const { thread } = quiz.place;
  const person = personOf(thread, quiz.person);
  if (quiz.endedBy === null) {
    await letGo(turn, quiz);
    await quizzes.update(thread, (now) => ({
      ...now,
      endedBy: event.id,
      items: now.items.map((item) => ({ ...item, films: [] })),
    }));
  }
  const lines = quiz.items.map(({ title, state, expected, answer }) => ({
    title,
    reading: state === 'answered' ? { truth: new Set(expected), stated: answer?.stated ?? [] } : null,
  }));
  return say({ text: endText(lines, soonest(recallOf(await progress.of(person)), new Date(event.at))) });
}
