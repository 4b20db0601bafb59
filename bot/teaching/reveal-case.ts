// The reveal, by whoever brings it about: teacher, timer or vote. It needs the teacher's findings, happens once, and is told in the case's thread.
import { revealText } from './case-text.ts';
import type { ButtonHandler, CaseTurn } from './case-turn.ts';
import { askFurther } from './further.ts';
import { filmOf, panelsOf } from './pictures.ts';
import { rememberAnswers } from './progress/remember.ts';
import type { CaseSession } from './session.ts';

/** A clock may ring a little early. */
const EARLY_MS = 1_000;

export const canBeRevealed = ({ description }: CaseSession): boolean => description.findings.trim() !== '';

export async function revealCase(turn: CaseTurn, session: CaseSession): Promise<true> {
  const { cases, event, progress, tell } = turn;
  await askFurther(turn, session);
  const revealed =
    (await cases.update(session.place.thread, `${event.id} reveal`, (now) =>
      now.revealed ? now : { ...now, revealed: true, revealedBy: event.id, revealAt: null },
    )) ?? session;
  await rememberAnswers(progress, revealed, event.at);
  const pictures = await cases.pictures(revealed);
  return tell({ text: revealText(revealed), isDraft: true, pictures: panelsOf(pictures), ...filmOf(pictures, true) });
}

/** The alarm rang. Anybody could press such a button, so it does only what is due. */
export const timeIsUp: ButtonHandler = async (turn) => {
  const { cases, event, whisper } = turn;
  const session = await cases.find(event.place.thread);
  if (session === null) return true;
  if (session.revealed) return session.revealedBy === event.id ? revealCase(turn, session) : true;
  if (session.revealAt === null || Date.now() + EARLY_MS < session.revealAt) return true;
  if (canBeRevealed(session)) return revealCase(turn, session);
  await whisper(session.teacher, 'no-findings', {
    text: 'The time of this case is up, but you have not said what is expected: `/case findings …`, then `/case reveal`.',
  });
  await cases.update(session.place.thread, event.id, (now) => ({ ...now, revealAt: null }));
  return true;
};
