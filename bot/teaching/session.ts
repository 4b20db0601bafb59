// One case as it is kept: what the teacher expects, the model's report (hidden until the reveal) and everybody's answers; one record per thread.
import type Keyv from 'keyv';
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
  /** The panel as shown at the reveal, PNG in base64. */
  panels: readonly { base64: string; name: string; alt: string }[];
}

export interface CaseSession {
  /** Event that opened it. */
  event: string;
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
  save(thread: string, session: CaseSession): Promise<void>;
  remove(thread: string): Promise<void>;
}

export function createCaseStore(kept: Keyv): CaseStore {
  const keyOf = (thread: string): string => nameOf('case', thread);
  return {
    find: async (thread) => (await kept.get<CaseSession>(keyOf(thread))) ?? null,
    save: async (thread, session) => void (await kept.set(keyOf(thread), session)),
    remove: async (thread) => void (await kept.delete(keyOf(thread))),
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
