// What is kept of a person over cases: what was expected, what they said, when; no words, no films. Everything else (scores, what comes back) is worked out from it.
import type Keyv from 'keyv';
import { nameOf } from '../../identity.ts';
import { createOneAfterAnother } from '../../one-after-another.ts';
import { entriesOf } from '../../store.ts';

export interface CaseResult {
  /** Which case, as `nameOf`: the same case counts once. */
  id: string;
  /** Unix time in milliseconds. */
  at: number;
  /** The channel as `nameOf`, and the name shown there (empty for none), for the leaderboard; null in a quiz. */
  board: { channel: string; name: string } | null;
  /** Name in the library; null for a case set up by hand. */
  libraryCase: string | null;
  expected: readonly string[];
  stated: readonly { finding: string; probability: number }[];
  /** Hints that had been given before the answer. */
  hints: number;
}

export interface ProgressStore {
  /** The person's results, the oldest first. */
  of(person: string): Promise<CaseResult[]>;
  /** Has no effect a second time, nor for somebody who opted out. */
  record(person: string, result: CaseResult): Promise<void>;
  /** Takes one case out. */
  withdraw(person: string, id: string): Promise<void>;
  /** Erases everything of the person and records nothing more. */
  optOut(person: string): Promise<void>;
  optIn(person: string): Promise<void>;
  hasOptedOut(person: string): Promise<boolean>;
  /** Everybody's results, for the leaderboard. */
  all(): Promise<CaseResult[][]>;
}

/** `kept` forgets by itself after `retentionMs`; `optOuts` never does. */
export function createProgressStore(kept: Keyv, optOuts: Keyv, retentionMs: number): ProgressStore {
  const inTurn = createOneAfterAnother();
  const fresh = (results: readonly CaseResult[]): CaseResult[] =>
    results.filter(({ at }) => at > Date.now() - retentionMs);
  const read = async (person: string) => fresh((await kept.get<CaseResult[]>(person)) ?? []);
  const hasOptedOut = async (person: string) => (await optOuts.get(person)) === true;

  const change = (person: string, next: (now: CaseResult[]) => CaseResult[]) =>
    inTurn(person, async () => {
      if (await hasOptedOut(person)) return;
      const now = await read(person);
      const results = next(now);
      if (results === now) return;
      if (results.length === 0) await kept.delete(person);
      else await kept.set(person, results);
    });

  return {
    of: read,
    record: (person, result) =>
      change(person, (now) =>
        now.some(({ id }) => id === result.id) ? now : [...now, result].sort((a, b) => a.at - b.at),
      ),
    withdraw: (person, id) =>
      change(person, (now) => {
        const rest = now.filter((result) => result.id !== id);
        return rest.length === now.length ? now : rest;
      }),
    optOut: (person) =>
      inTurn(person, async () => {
        await optOuts.set(person, true);
        await kept.delete(person);
      }),
    optIn: async (person) => void (await optOuts.delete(person)),
    hasOptedOut,
    all: async () => (await entriesOf<CaseResult[]>(kept)).map(([, results]) => fresh(results)),
  };
}

/** The name under which somebody's progress is kept. `thread` begins with the adapter's name. */
export function personOf(thread: string, authorId: string): string {
  return nameOf('person', thread.split(':')[0] ?? '', authorId);
}
