// The thread in which the bot last answered a person in a channel: Slack's slash commands carry none, and `/cxr forget` must find its case after a restart too.
import type Keyv from 'keyv';
import type { Log } from '../../bot/contract.ts';
import { createRecent } from '../shared/recent.ts';

export interface LastThreads {
  note(channel: string, user: string, threadTs: string): void;
  /** Null if none is known, or the store cannot be asked. */
  of(channel: string, user: string): Promise<string | null>;
  /** Resolves when what was noted is kept. */
  flush(): Promise<void>;
}

export function createLastThreads(store: Keyv, log: Log): LastThreads {
  const recent = createRecent<string>(10_000);
  let writing = Promise.resolve();
  const keyOf = (channel: string, user: string): string => `last-thread-${channel}-${user}`;

  return {
    note(channel, user, threadTs) {
      const key = keyOf(channel, user);
      recent.set(key, threadTs);
      // An answer does not wait for this: it is shown even while the store is away.
      writing = writing
        .then(async () => void (await store.set(key, threadTs)))
        .catch((error: unknown) => log.warn({ err: error }, 'the thread of an answer could not be kept'));
    },
    async of(channel, user) {
      const key = keyOf(channel, user);
      try {
        return recent.get(key) ?? (await store.get<string>(key)) ?? null;
      } catch (error) {
        log.warn({ err: error }, 'the thread of a command could not be looked up');
        return null;
      }
    },
    flush: () => writing,
  };
}
