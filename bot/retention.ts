// Enforces the retention period: stores without expiry of their own (sqlite, PostgreSQL) are swept, so that what is over is erased and not only hidden.
import type { Log } from './contract.ts';
import { entriesOf, type StateStore } from './store.ts';

const HOUR_MS = 3_600_000;

/** Reads every part with a retention of its own once: keyv deletes what it finds expired. */
export async function sweep(store: StateStore): Promise<void> {
  for (const name of store.expiring()) await entriesOf(store.namespace(name, null));
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
