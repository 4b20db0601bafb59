// One case as it is kept: what the teacher expects, the model's report (hidden until the reveal) and everybody's answers; one record per thread.
import type Keyv from 'keyv';
import type { FilmFinding, Place } from '../contract.ts';
import { nameOf } from '../identity.ts';
import { createOneAfterAnother } from '../one-after-another.ts';
import { entriesOf } from '../store.ts';
import type { CaseDescription } from './case-line.ts';
import type { StatedFinding } from './read-answer.ts';

export interface CaseAnswer {
  /** The message that it was read from, or the command. */
  event: string;
  person: string;
  name: string;
  stated: readonly StatedFinding[];
  /** Diagnoses in the person's order, likeliest first; in the person's words. */
  differential: readonly string[];
  /** Only confirmed answers are scored. */
  confirmed: boolean;
  /** Hints that had been given before. */
  hints: number;
}

export interface CaseFilm {
  conversation: string;
  report: string;
  /** Whether there is a picture of it under the attention map. */
  hasOverlay: boolean;
}

/** What is shown of a film; kept beside the case, because a case is read with every word in its thread. */
export interface FilmPictures {
  /** The film as the class sees it: display pixels alone, PNG in base64. */
  picture: string;
  /** The panel as shown at the reveal, PNG in base64. */
  panels: readonly { base64: string; name: string; alt: string }[];
  /** The film under the attention map, for a hint; PNG in base64, null where the bundle gives no map. */
  overlay: string | null;
  /** The attention map alone, for the page's viewer at the reveal; PNG in base64. */
  map: string | null;
  /** What the encoder gives each finding, for the page's panel at the reveal; absent in cases of before 2026-12. */
  findings?: readonly FilmFinding[];
}

/** A film that was just read. */
export type ReadFilm = CaseFilm & FilmPictures;

/** What the model says when it is asked on after its reports. */
export interface Further {
  differential: string;
  examination: string;
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
  /** Null until it was asked. */
  further: Further | null;
  answers: readonly CaseAnswer[];
  observers: readonly string[];
  /** Who answered without having a name, in the order of coming: the first is shown as "Reader 1". Absent in cases of before 2026-12. */
  unnamed?: readonly string[];
  /** Hints given so far: one for each event, also when an event runs twice after a crash. */
  hints: readonly { event: string; kind: string }[];
  /** Who wants the reveal. */
  votes: readonly string[];
  /** The event by which the teacher hands it over; null if nobody is looked for. */
  offer: string | null;
  /** Who would take it over. */
  heirs: readonly { event: string; person: string; name: string }[];
  /** The event by which it got its present teacher; null for who opened it. */
  givenBy: string | null;
  /** When it is revealed without anybody's word, Unix time in milliseconds; null for never. */
  revealAt: number | null;
  revealed: boolean;
  /** The event that revealed it. */
  revealedBy: string | null;
  /** Short names of the latest events that changed it: an event that runs again after a crash finds itself here and changes nothing. */
  applied: readonly string[];
}

/** What a case begins with, besides what its opening tells. */
export const UNTOUCHED = {
  further: null,
  answers: [],
  observers: [],
  hints: [],
  votes: [],
  offer: null,
  heirs: [],
  givenBy: null,
  revealAt: null,
  revealed: false,
  revealedBy: null,
  applied: [],
} as const satisfies Partial<CaseSession>;

/** More events than a class has on one case between two deliveries of the same event. */
const MAX_APPLIED = 1_000;
/** Stands where a case was opened or removed by an event, for as long as that event may run again. */
const OVER = 'over';
const DAY_MS = 86_400_000;

export interface CaseStore {
  find(thread: string): Promise<CaseSession | null>;
  /** `pictures`: one for each film. */
  open(session: CaseSession, pictures: readonly FilmPictures[]): Promise<void>;
  /** What is shown of its films, in their order; empty once they are over their time. */
  pictures(session: CaseSession): Promise<readonly FilmPictures[]>;
  /**
   * The only way to change a case: `change` gets it as it stands and returns it as it shall be (the same object: nothing is written).
   * Changes of one case come one after the other, whichever thread or timer they come from, and one event (by its id) changes it once: the
   * second time the case comes back as it is. Null if there is no such case.
   */
  update(thread: string, event: string, change: (now: CaseSession) => CaseSession): Promise<CaseSession | null>;
  /** Every case that is kept. */
  all(): Promise<CaseSession[]>;
  /** Removes a case because of an event; what opened and what removed it stays known, by short names, for an event that runs again after a crash. */
  remove(session: CaseSession, event: string): Promise<void>;
  /** True if the event opened or removed a case that is gone. */
  isOver(event: string): Promise<boolean>;
  /** A short word for a button that names a case and one of its events; short enough for every platform, and it names nobody. */
  ticketOf(session: CaseSession, event: string): string;
  /** The case that a ticket names. */
  byTicket(ticket: string): Promise<CaseSession | null>;
}

/** `changed` is told of every case that was written, as it stands now; null when it was removed. */
export function createCaseStore(
  kept: Keyv,
  keptPictures: Keyv,
  changed: (thread: string, session: CaseSession | null) => void = () => {},
): CaseStore {
  const keyOf = (thread: string): string => nameOf('case', thread);
  const overKey = (event: string): string => nameOf('over', event);
  const get = async (key: string): Promise<CaseSession | null> => (await kept.get<CaseSession>(key)) ?? null;
  const inTurn = createOneAfterAnother();

  return {
    find: (thread) => get(keyOf(thread)),
    open: (session, pictures) => {
      const key = keyOf(session.place.thread);
      return inTurn(key, async () => {
        await keptPictures.set(key, pictures);
        await kept.set(key, session);
        changed(session.place.thread, session);
      });
    },
    pictures: async ({ place }) => (await keptPictures.get<FilmPictures[]>(keyOf(place.thread))) ?? [],
    update: (thread, event, change) => {
      const key = keyOf(thread);
      return inTurn(key, async () => {
        const now = await get(key);
        const name = nameOf(event).slice(0, 12);
        if (now === null || now.applied.includes(name)) return now;
        const next = change(now);
        if (next === now) return now;
        const written = { ...next, applied: [...now.applied, name].slice(-MAX_APPLIED) };
        await kept.set(key, written);
        changed(thread, written);
        return written;
      });
    },
    all: async () =>
      (await entriesOf<CaseSession | typeof OVER>(kept)).flatMap(([, session]) => (session === OVER ? [] : [session])),
    remove: ({ place: { thread }, event: opening }, event) =>
      inTurn(keyOf(thread), async () => {
        for (const each of [opening, event]) await kept.set(overKey(each), OVER, DAY_MS);
        await keptPictures.delete(keyOf(thread));
        await kept.delete(keyOf(thread));
        changed(thread, null);
      }),
    isOver: async (event) => (await kept.get(overKey(event))) === OVER,
    ticketOf: ({ place }, event) => `${keyOf(place.thread)}.${nameOf(event).slice(0, 12)}`,
    byTicket: (ticket) => get(ticket.split('.')[0] ?? ''),
  };
}

/**
 * What each person said last and confirmed, observers and the teacher left out. Findings and differential are kept apart: who adds a differential
 * later need not say the findings again.
 */
export function countedAnswers(session: CaseSession): CaseAnswer[] {
  const latest = new Map<string, CaseAnswer>();
  for (const answer of session.answers) {
    if (!answer.confirmed || answer.person === session.teacher || session.observers.includes(answer.person)) continue;
    const before = latest.get(answer.person);
    latest.set(answer.person, {
      ...(answer.stated.length === 0 && before !== undefined ? before : answer),
      differential: answer.differential.length === 0 ? (before?.differential ?? []) : answer.differential,
    });
  }
  return [...latest.values()];
}

/** The session with `answer` in place of what was read from the same message before. */
export function withAnswer(session: CaseSession, answer: CaseAnswer): CaseSession {
  return { ...session, answers: [...session.answers.filter(({ event }) => event !== answer.event), answer] };
}

/** The session with `person` among those who have no name; each keeps its number. */
export function withUnnamed(session: CaseSession, person: string): CaseSession {
  const { unnamed = [] } = session;
  return unnamed.includes(person) ? session : { ...session, unnamed: [...unnamed, person] };
}

/** What somebody without a name is called in this case; null for who has one. */
export function readerNameOf({ unnamed = [] }: CaseSession, person: string): string | null {
  const index = unnamed.indexOf(person);
  return index === -1 ? null : `Reader ${index + 1}`;
}

export function withoutPerson(session: CaseSession, person: string): CaseSession {
  return {
    ...session,
    // The place stays taken, so that the others keep their numbers.
    unnamed: (session.unnamed ?? []).map((each) => (each === person ? '' : each)),
    answers: session.answers.filter((answer) => answer.person !== person),
    observers: session.observers.filter((observer) => observer !== person),
    votes: session.votes.filter((voter) => voter !== person),
    heirs: session.heirs.filter((heir) => heir.person !== person),
  };
}
