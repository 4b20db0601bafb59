// One case as it is kept: what the teacher expects, the model's report (hidden until the reveal) and everybody's answers; one record per thread.
import type Keyv from 'keyv';
import type { Place } from '../contract.ts';
import { nameOf } from '../identity.ts';
import type { CaseDescription } from './case-line.ts';
import type { StatedFinding } from './read-answer.ts';

export interface CaseAnswer {
  /** The message that it was read from, or the command. */
  event: string;
  person: string;
  name: string;
  stated: readonly StatedFinding[];
  /** Only confirmed answers are scored. */
  confirmed: boolean;
  /** Hints that had been given before. */
  hints: number;
}

export interface CaseFilm {
  conversation: string;
  report: string;
  /** The film as the class sees it: display pixels alone, PNG in base64. */
  picture: string;
  /** The panel as shown at the reveal, PNG in base64. */
  panels: readonly { base64: string; name: string; alt: string }[];
}

/** Where a case comes from: its name in the library, and what its file says of rights. */
export interface CaseOrigin {
  name: string;
  licence: string;
  source: string;
}

export interface CaseSession {
  /** Event that opened it. */
  event: string;
  /** Unix time in milliseconds. */
  openedAt: number;
  /** Null for a case that somebody set up by hand. */
  origin: CaseOrigin | null;
  /** Its thread: events about it may come from elsewhere (a direct message), and some have no event (a timer). */
  place: Place;
  teacher: string;
  description: CaseDescription;
  films: readonly CaseFilm[];
  /** What the model's reports say. */
  model: readonly StatedFinding[];
  answers: readonly CaseAnswer[];
  observers: readonly string[];
  /** Events that a hint was given to: one hint each, also when an event runs twice after a crash. */
  hintEvents: readonly string[];
  revealed: boolean;
}

export interface CaseStore {
  find(thread: string): Promise<CaseSession | null>;
  open(session: CaseSession): Promise<void>;
  /**
   * The only way to change a case: `change` gets it as it stands and returns it as it shall be (the same object: nothing is written).
   * Changes of one case come one after the other, whichever thread or timer they come from. Null if there is no such case.
   */
  update(thread: string, change: (now: CaseSession) => CaseSession): Promise<CaseSession | null>;
  remove(thread: string): Promise<void>;
  /** A short word for a button that names a case and one of its events; short enough for every platform, and it names nobody. */
  ticketOf(session: CaseSession, event: string): string;
  /** The case that a ticket names. */
  byTicket(ticket: string): Promise<CaseSession | null>;
}

export function createCaseStore(kept: Keyv): CaseStore {
  const keyOf = (thread: string): string => nameOf('case', thread);
  const get = async (key: string): Promise<CaseSession | null> => (await kept.get<CaseSession>(key)) ?? null;
  /** The last change of each case that is being changed. */
  const changing = new Map<string, Promise<unknown>>();

  /** Runs `work` after everything that was asked for this case before. */
  async function inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = changing.get(key) ?? Promise.resolve();
    const mine = before.then(work);
    const settled = mine.catch(() => undefined);
    changing.set(key, settled);
    try {
      return await mine;
    } finally {
      if (changing.get(key) === settled) changing.delete(key);
    }
  }

  return {
    find: (thread) => get(keyOf(thread)),
    open: (session) => {
      const key = keyOf(session.place.thread);
      return inTurn(key, async () => void (await kept.set(key, session)));
    },
    update: (thread, change) => {
      const key = keyOf(thread);
      return inTurn(key, async () => {
        const now = await get(key);
        if (now === null) return null;
        const next = change(now);
        if (next !== now) await kept.set(key, next);
        return next;
      });
    },
    remove: (thread) => inTurn(keyOf(thread), async () => void (await kept.delete(keyOf(thread)))),
    ticketOf: ({ place }, event) => `${keyOf(place.thread)}.${nameOf(event).slice(0, 12)}`,
    byTicket: (ticket) => get(ticket.split('.')[0] ?? ''),
  };
}

/** Each person's latest confirmed answer, observers and the teacher left out. */
export function countedAnswers(session: CaseSession): CaseAnswer[] {
  const latest = new Map<string, CaseAnswer>();
  for (const answer of session.answers) {
    if (!answer.confirmed || answer.person === session.teacher || session.observers.includes(answer.person)) continue;
    latest.set(answer.person, answer);
  }
  return [...latest.values()];
}

/** The session with `answer` in place of what was read from the same message before. */
export function withAnswer(session: CaseSession, answer: CaseAnswer): CaseSession {
  return { ...session, answers: [...session.answers.filter(({ event }) => event !== answer.event), answer] };
}

export function withoutPerson(session: CaseSession, person: string): CaseSession {
  return {
    ...session,
    answers: session.answers.filter((answer) => answer.person !== person),
    observers: session.observers.filter((observer) => observer !== person),
  };
}
