// Discord delivers once: what cannot be kept is tried again, and while the store is away without an end, with growing pauses.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';

export interface Patience {
  /** What `work` gives in the end. Throws its error after a few tries, or at once when all is closing; `endless`: never for a store that is away. */
  until<T>(work: () => Promise<T>, facts: { what: string; endless: boolean }): Promise<T>;
  /** True while something is tried again. */
  isTrying(): boolean;
}

/** Pauses in units of the retry delay (half a second): to the first few tries, and to all later ones. */
const FEW = [2, 10, 30];
const LATER = [60, 120];

export function isStoreAway(error: unknown): boolean {
  return error instanceof CxrError && error.code === 'store-failed';
}

export function createPatience(options: { retryDelayMs: number; closing: AbortSignal; log: Log }): Patience {
  const { closing, log } = options;
  const pauses = [...FEW, ...LATER];
  let trying = 0;
  /** With this the store was given up at the end: nobody else need wait for it. */
  let givenUp: unknown = null;

  async function until<T>(work: () => Promise<T>, { what, endless }: { what: string; endless: boolean }): Promise<T> {
    let isTrying = false;
    try {
      for (let tries = 0; ; tries += 1) {
        if (givenUp !== null) throw givenUp;
        try {
          return await work();
        } catch (error) {
          const isAway = isStoreAway(error);
          if (closing.aborted && isAway) givenUp = error;
          if (closing.aborted || (tries >= FEW.length && !(endless && isAway))) throw error;
          log.warn(
            { err: error, what, tries: tries + 1 },
            'something from Discord could not be kept yet; trying again',
          );
          if (!isTrying) trying += 1;
          isTrying = true;
          const units = pauses[Math.min(tries, pauses.length - 1)] ?? 0;
          await sleep(units * options.retryDelayMs, undefined, { signal: closing }).catch(() => undefined);
        }
      }
    } finally {
      if (isTrying) trying -= 1;
    }
  }

  return { until, isTrying: () => trying > 0 };
}
