// What goes from a case and when: an answer with its message, a person's answers on request, the whole case with its teacher's word.
import type { CaseTurn } from './case-turn.ts';
import { personOf } from './progress/progress-store.ts';
import { resultIdOf } from './progress/remember.ts';
import { type CaseSession, withoutPerson } from './session.ts';

export const GONE = 'The case is gone, with its films, reports and answers.';

/** A message was deleted: with it goes the answer in it, or the case that it opened. Who deleted it is not asked: some platforms don't say, and all let only its author or a moderator. */
export async function takeDeleted(turn: CaseTurn, session: CaseSession, message: string | null): Promise<true> {
  if (message === session.event) return removeCase(turn, session);
  await turn.cases.update(session.place.thread, turn.event.id, (now) =>
    now.revealed ? now : { ...now, answers: now.answers.filter((answer) => answer.event !== message) },
  );
  return true;
}

/** "Forget this case" by its teacher removes it; by anybody else it removes what that person said. */
export async function forget(turn: CaseTurn, session: CaseSession): Promise<true> {
  if (turn.event.author.id === session.teacher) return removeCase(turn, session);
  const { cases, event, progress, tell } = turn;
  const { id } = event.author;
  await cases.update(session.place.thread, event.id, (now) => withoutPerson(now, id));
  await progress.withdraw(personOf(session.place.thread, id), resultIdOf(session));
  const text =
    'Your answers in this case are gone; the case itself is its teacher’s. `/case forget-me` takes you out everywhere.';
  return tell({ text, keepsPlace: true }, true);
}

export async function removeCase({ room, cases, event, tell }: CaseTurn, session: CaseSession): Promise<true> {
  for (const { conversation } of session.films) await room.forgetFilm(conversation);
  await cases.remove(session, event.id);
  return tell({ text: GONE });
}
