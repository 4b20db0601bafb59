// One quiz as it is kept: which cases, how far it is, what was answered; one record per direct message thread.
import type Keyv from 'keyv';
import type { Place } from '../../contract.ts';
import { nameOf } from '../../identity.ts';
import { createOneAfterAnother } from '../../one-after-another.ts';
import { entriesOf } from '../../store.ts';
import type { StatedFinding } from '../read-answer.ts';
import type { ReadFilm } from '../session.ts';

export interface QuizItem {
  /** Name in the library. */
  libraryCase: string;
  /** `gone`: its films could not be read. */
  state: 'waiting' | 'open' | 'answered' | 'skipped' | 'gone';
  title: string;
  expected: readonly string[];
  /** While it is open and until the next one is, with the model's reports; empty otherwise. */
  films: readonly ReadFilm[];
  /** What was read from the person's words, in the message `event`; it counts once it is confirmed. */
  answer: { event: string; stated: readonly StatedFinding[] } | null;
  /** The event that settled it. */
  settledBy: string | null;
  /** What the person is told then; kept so that a second delivery of that event tells the same. */
  told: string | null;
}

export interface Quiz {
  id: string;
  /** The event that started it. */
  event: string;
  /** Unix time in milliseconds. */
  startedAt: number;
  person: string;
  place: Place;
  items: readonly QuizItem[];
  /** The event that ended it; null while it runs. */
  endedBy: string | null;
}

export interface QuizStore {
  find(thread: string): Promise<Quiz | null>;
  open(quiz: Quiz): Promise<void>;
  /** The only way to change a quiz; changes come one after the other. Null if there is none. */
  update(thread: string, change: (now: Quiz) => Quiz): Promise<Quiz | null>;
  remove(thread: string): Promise<void>;
  /** Those of one person on the platform that `thread` belongs to. */
  ofPerson(thread: string, person: string): Promise<Quiz[]>;
}

export function createQuizStore(kept: Keyv): QuizStore {
  const inTurn = createOneAfterAnother();
  const keyOf = (thread: string): string => nameOf('quiz', thread);
  const get = async (thread: string): Promise<Quiz | null> => (await kept.get<Quiz>(keyOf(thread))) ?? null;
  return {
    find: get,
    open: (quiz) => inTurn(quiz.place.thread, async () => void (await kept.set(keyOf(quiz.place.thread), quiz))),
    update: (thread, change) =>
      inTurn(thread, async () => {
        const now = await get(thread);
        if (now === null) return null;
        const next = change(now);
        if (next !== now) await kept.set(keyOf(thread), next);
        return next;
      }),
    remove: (thread) => inTurn(thread, async () => void (await kept.delete(keyOf(thread)))),
    async ofPerson(thread, person) {
      const adapter = thread.split(':')[0];
      const all = (await entriesOf<Quiz>(kept)).map(([, quiz]) => quiz);
      return all.filter((quiz) => quiz.person === person && quiz.place.thread.split(':')[0] === adapter);
    },
  };
}

export function newItem(libraryCase: string): QuizItem {
  return {
    libraryCase,
    state: 'waiting',
    title: libraryCase,
    expected: [],
    films: [],
    answer: null,
    settledBy: null,
    told: null,
  };
}

/** The item to be answered now, or the next one; -1 when all are done or the quiz was ended. */
export function currentOf({ items, endedBy }: Quiz): number {
  if (endedBy !== null) return -1;
  return items.findIndex(({ state }) => state === 'open' || state === 'waiting');
}

export function withItem(quiz: Quiz, index: number, change: Partial<QuizItem>): Quiz {
  return { ...quiz, items: quiz.items.map((item, at) => (at === index ? { ...item, ...change } : item)) };
}

/** A short word for a button: which question (by its number) or answer (by its event) of which quiz. */
export function ticketOf({ id }: Quiz, part: string): string {
  return `${id.slice(0, 12)}.${nameOf(part).slice(0, 12)}`;
}
