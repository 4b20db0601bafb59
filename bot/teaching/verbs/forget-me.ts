// `/case forget-me` (or `/case forget`): one person is forgotten in all cases, wherever it is said.
import { CxrError } from '../../../engine/error.ts';
import type { CaseTurn, FreeVerb } from '../case-turn.ts';
import { personOf } from '../progress/progress-store.ts';
import { letGo } from '../quiz/run-quiz.ts';
import { type CaseSession, withoutPerson } from '../session.ts';

export const forgetMe: FreeVerb = {
  name: 'forget-me',
  form: '',
  help: 'erases your answers in all cases, your quizzes and your progress, and keeps no more progress of you',
  needs: 'nothing',
  run: forgetPerson,
};

export const forgetToo: FreeVerb = { ...forgetMe, name: 'forget', help: null };

async function forgetPerson(turn: CaseTurn): Promise<true> {
  const { event, cases, progress, quizzes, room, tell } = turn;
  const { thread } = event.place;
  const { id } = event.author;
  const person = personOf(thread, id);
  await progress.optOut(person);
  for (const quiz of await quizzes.ofPerson(thread, id)) {
    await letGo(turn, quiz);
    await quizzes.remove(quiz.place.thread);
  }
  for (const session of await casesWith(turn))
    await cases.update(session.place.thread, event.id, (now) => withoutPerson(now, id));
  await room.scrub();
  const parts = await Promise.all([casesWith(turn), quizzes.ofPerson(thread, id), progress.of(person)]);
  const left = parts.flat().length;
  if (left > 0)
    throw new CxrError('internal', 'Something of you is still stored; the operator was told.', { detail: { left } });
  return tell(
    {
      text: 'Your answers in all cases, your quizzes and your progress are erased, and I keep no more progress of you (`/case progress on` begins anew). Cases that you set up as their teacher stay; `/case close` in their thread removes them.',
      keepsPlace: true,
    },
    true,
  );
}

/** Cases of this platform in which the person left something. */
async function casesWith({ event, cases }: CaseTurn): Promise<CaseSession[]> {
  const [adapter] = event.place.thread.split(':');
  const { id } = event.author;
  return (await cases.all()).filter(
    (session) =>
      session.place.thread.split(':')[0] === adapter &&
      (session.answers.some(({ person }) => person === id) ||
        session.observers.includes(id) ||
        session.votes.includes(id) ||
        session.heirs.some(({ person }) => person === id)),
  );
}
