// `/case quiz`: cases of the library, one after another, in a direct message; what was missed comes first.
import { CxrError } from '../../../engine/error.ts';
import type { CaseTurn, FreeVerb } from '../case-turn.ts';
import { skip, stop } from '../quiz/quiz-events.ts';
import { currentOf, type Quiz } from '../quiz/quiz-store.ts';
import { alone, goOn, startQuiz } from '../quiz/run-quiz.ts';

const USUAL = 5;
const MOST = 20;

export const quiz: FreeVerb = {
  name: 'quiz',
  form: '5',
  help: 'in a direct message: so many cases of the library, those first that have to do with what you missed; `/case quiz skip`, `/case quiz stop`',
  needs: 'nothing',
  async run(turn, session, { argument }) {
    const { event, quizzes } = turn;
    if (!event.place.isDirect)
      throw new CxrError('usage', 'A quiz is between the two of us: write `case quiz 5` in a direct message to me.');
    if (session !== null) throw new CxrError('usage', 'This thread belongs to a case; start the quiz in another one.');
    const wish = argument.trim().toLowerCase();
    const here = await quizzes.find(event.place.thread);
    // The event that started, skipped or ended it may run again after a crash.
    const isLive = here !== null && (here.endedBy === null || here.endedBy === event.id);
    if (isLive && here.person !== event.author.id)
      throw new CxrError('usage', 'Somebody else’s quiz runs in this conversation; start yours in another one.');
    const running = isLive ? here : wish === '' ? await fetchQuiz(turn) : null;
    if (running !== null) {
      if (wish === 'stop') return stop(turn, running);
      if (wish === 'skip') {
        const settled = running.items.findIndex(({ settledBy }) => settledBy === event.id);
        return skip(turn, running, settled === -1 ? currentOf(running) : settled);
      }
      return goOn(turn, running, alone(turn));
    }
    if (wish === 'stop' || wish === 'skip') throw new CxrError('usage', 'No quiz is running here.');
    const count = wish === '' ? USUAL : Number(wish);
    if (!Number.isInteger(count) || count < 1 || count > MOST)
      throw new CxrError('usage', `Say how many cases: \`/case quiz 5\`, from 1 to ${MOST}.`);
    return startQuiz(turn, count);
  },
};

/** The person's unfinished quiz from another direct message (or the terminal before): it goes on here. Null if there is none. */
async function fetchQuiz({ event, quizzes }: CaseTurn): Promise<Quiz | null> {
  const { thread } = event.place;
  const [latest] = (await quizzes.ofPerson(thread, event.author.id))
    .filter(({ endedBy }) => endedBy === null)
    .sort((a, b) => b.startedAt - a.startedAt);
  if (latest === undefined) return null;
  const here = { ...latest, place: event.place };
  await quizzes.open(here);
  await quizzes.remove(latest.place.thread);
  return here;
}
