// Enforces the retention period: stores without expiry of their own (sqlite, PostgreSQL) are swept, so that what is over is erased and not only hidden.
import type { Log } from './contract.ts';
import type { StateStore } from './store.ts';

const HOUR_MS = 3_600_000;

/** Erases what is over its time, whatever part of the store it is in. */
export async function sweep(store: StateStore): Promise<void> {
  await store.sweep();
  await store.scrub();
}

/** Sweeps now and every hour until stopped. */
export function startRetention(store: StateStore, log: Log): { stop(): void } {
  const run = (): void => {
    sweep(store).catch((error: unknown) => log.error({ err: error }, 'expired state could not be swept'));
  };
  run();
  const timer = setInterval(run, HOUR_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
