// A participant's answer from words to counted: read, read back, confirmed or taken out by the person who gave it.
import { CxrError } from '../../engine/error.ts';
import { shownName } from '../plain-text.ts';
import { readBack } from './case-text.ts';
import type { ButtonHandler, CaseTurn } from './case-turn.ts';
import { readAnswer } from './read-answer.ts';
import { readDifferential } from './read-differential.ts';
import { type CaseSession, readerNameOf, withAnswer, withUnnamed } from './session.ts';

const CLOSED = 'The case is revealed; answers are closed.';

/** What an answer says, however it was given. */
export type SaidAnswer = Pick<CaseSession['answers'][number], 'stated' | 'differential'>;

/** Reading takes longer than in proportion, and nobody's answer to a film is so long. */
export const MAX_ANSWER_CHARS = 4_000;

/** Throws `usage` for more than an answer can be. */
export function readWords(text: string): SaidAnswer {
  if (text.length > MAX_ANSWER_CHARS)
    throw new CxrError('usage', `An answer has at most ${MAX_ANSWER_CHARS} characters; please say it in fewer words.`);
  const { items, rest } = readDifferential(text);
  return { stated: readAnswer(rest), differential: items };
}

export const saysSomething = ({ stated, differential }: SaidAnswer): boolean =>
  stated.length > 0 || differential.length > 0;

/** Takes `said` as the answer of the event's author. `id`: the message that it stands in, so that an edit replaces it. */
export async function takeAnswer(turn: CaseTurn, session: CaseSession, id: string, said: SaidAnswer): Promise<true> {
  const { event, cases, tell } = turn;
  if (session.revealed) return tell({ text: CLOSED }, true);
  if (event.author.id === session.teacher)
    return tell({ text: 'You are the teacher of this case; your words are not scored.' }, true);
  if (!saysSomething(said))
    return tell(
      {
        text: 'I found no finding in that; name them, for example "probable left effusion, no pneumothorax", or "normal"; a differential begins with "ddx:".',
      },
      true,
    );
  const { id: person, name } = event.author;
  const next = await cases.update(session.place.thread, event.id, (now) => {
    if (now.revealed) return now;
    const known = name === undefined ? withUnnamed(now, person) : now;
    return withAnswer(known, {
      event: id,
      person,
      name: shownName(name ?? readerNameOf(known, person) ?? ''),
      ...said,
      confirmed: false,
      hints: now.hints.length,
    });
  });
  if (next === null || next.revealed) return tell({ text: CLOSED }, true);
  const value = cases.ticketOf(session, id);
  const controls = [
    { action: 'case-confirm', label: 'That is what I mean', value, style: 'primary' },
    { action: 'case-drop', label: 'No', value },
  ] as const;
  return tell({ text: readBack(said.stated, said.differential), controls }, true);
}

export const confirmAnswer: ButtonHandler = (turn) =>
  settle(turn, 'Counted.', (answers, mine) => [
    ...answers.filter((each) => each !== mine),
    { ...mine, confirmed: true },
  ]);

export const dropAnswer: ButtonHandler = (turn) =>
  settle(turn, 'Taken out; say it in other words.', (answers, mine) => answers.filter((each) => each !== mine));

type Answers = CaseSession['answers'];

async function settle(
  { event, cases, tell }: Parameters<ButtonHandler>[0],
  done: string,
  change: (answers: Answers, mine: Answers[number]) => Answers,
): Promise<true> {
  const found = await cases.byTicket(event.value ?? '');
  if (found === null) return tell({ text: 'That answer is no longer there.' }, true);
  let text = done;
  await cases.update(found.place.thread, event.id, (now) => {
    const mine = now.answers.find((each) => cases.ticketOf(now, each.event) === event.value);
    if (now.revealed) text = CLOSED;
    else if (mine === undefined) text = 'That answer is no longer there.';
    else if (mine.person !== event.author.id) text = 'Only the person who gave an answer can settle it.';
    else return { ...now, answers: change(now.answers, mine) };
    return now;
  });
  return tell({ text }, true);
}
