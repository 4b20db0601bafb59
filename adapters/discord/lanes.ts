// Events of one channel go to the core one after the other. What is not with the core does not count as heard, so that it is fetched again after a crash.
import type { Log } from '../../bot/contract.ts';
import type { DiscordMemory } from './memory.ts';
import { isStoreAway, type Patience } from './patience.ts';

export interface Subject {
  /** The same for the same event, however often it comes. */
  key: string;
  /** From which id on Discord has to be asked again if this does not get to the core; null for what it does not give again. */
  at: string | null;
}

export interface Lanes {
  add(lane: string, subject: Subject, take: () => Promise<void>): void;
  /** Other work that has to end before all is closed; its errors are logged. */
  watch(job: Promise<void>): Promise<void>;
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>;
}

/** What was left while too much waited; the next look at what was missed takes it in. */
export const LEFT = 'left';

export function createLanes(parts: { memory: DiscordMemory; patience: Patience; maxWaiting: number; log: Log }): Lanes {
  const { memory, patience, log } = parts;
  const lanes = new Map<string, Promise<void>>();
  const underWay = new Set<Promise<void>>();
  const waiting = new Set<string>();

  function watch(job: Promise<void>): Promise<void> {
    const done = job
      .catch((error: unknown) => log.error({ err: error }, 'an event from Discord was not taken in'))
      .finally(() => underWay.delete(done));
    underWay.add(done);
    return done;
  }

  /** While the store is away: true if this waits already, or too much does. */
  function isLeft(lane: string, { key, at }: Subject): boolean {
    if (!patience.isTrying()) return false;
    if (waiting.has(key)) return true;
    if (waiting.size < parts.maxWaiting) return false;
    if (at !== null) memory.hold(LEFT, at);
    log.error(
      { channel: lane, waiting: waiting.size, fetchedLater: at !== null },
      'an event from Discord was left because too much waits for the store; messages are fetched with the next session',
    );
    return true;
  }

  async function inTurn(before: Promise<void>, { key, at }: Subject, take: () => Promise<void>): Promise<void> {
    await before;
    try {
      await take();
    } catch (error) {
      // Held back: the next session, or the next process, fetches it.
      if (isStoreAway(error) && at !== null) memory.hold(LEFT, at);
      throw error;
    } finally {
      waiting.delete(key);
      memory.release(key);
    }
  }

  return {
    add(lane, subject, take) {
      if (isLeft(lane, subject)) return;
      waiting.add(subject.key);
      if (subject.at !== null) memory.hold(subject.key, subject.at);
      const taking = watch(inTurn(lanes.get(lane) ?? Promise.resolve(), subject, take));
      lanes.set(lane, taking);
      void taking.then(() => {
        if (lanes.get(lane) === taking) lanes.delete(lane);
      });
    },
    watch,
    async settled() {
      await Promise.all(underWay);
    },
  };
}
