// Opens the state store of STATE_URL (sqlite, Redis or PostgreSQL through keyv), cut into namespaces with their own retention; reconnects by itself.
import { setTimeout as sleep } from 'node:timers/promises';
import Keyv, { type KeyvStoreAdapter } from 'keyv';
import { CxrError } from '../engine/error.ts';
import type { Log } from './contract.ts';
import { type Backend, openBackend } from './store-backend.ts';

export interface StateStore {
  /** A keyv over one part of the store; its values go after `ttlMs` (null: never) unless they are set with a time of their own. Its methods throw `store-failed`. */
  namespace(name: string, ttlMs: number | null): Keyv;
  /** Erases every value of every part whose time is over. */
  sweep(): Promise<void>;
  /** Asks the server for something; throws `store-failed` if it does not answer. */
  ping(): Promise<void>;
  /** Makes deleted values unreadable in files left on disk (sqlite); a server does so by itself. */
  scrub(): Promise<void>;
  close(): Promise<void>;
}

const SENTENCE = 'My memory cannot be reached at the moment, so I cannot work on this yet.';
const TIMEOUT_MS = 10_000;

/** `url`: `sqlite://path` (relative to the working folder), `redis://…`, `rediss://…`, `postgres://…` or `postgresql://…`. Connects on first use. */
export function createStateStore(url: string, log: Log): StateStore {
  let opened: Promise<Backend> | null = null;
  const dialect = url
    .slice(0, url.indexOf(':'))
    .replace(/^rediss$/, 'redis')
    .replace(/^postgresql$/, 'postgres');

  function backend(): Promise<Backend> {
    const opening = opened ?? openBackend(url, log);
    opened = opening;
    // A failed opening is forgotten, so that the next use tries again.
    opening.catch(() => {
      if (opened === opening) opened = null;
    });
    return opening;
  }

  async function over<Result>(work: (live: Backend) => Promise<Result>): Promise<Result> {
    const timer = new AbortController();
    try {
      const late = sleep(TIMEOUT_MS, undefined, { signal: timer.signal, ref: false }).then((): never => {
        throw new Error(`no answer within ${TIMEOUT_MS} ms`);
      });
      late.catch(() => undefined);
      return await Promise.race([backend().then(work), late]);
    } catch (error) {
      throw failed(error);
    } finally {
      timer.abort();
    }
  }

  // keyv sees one driver that is always there; it delegates to whatever is connected now. `has` is left out so that keyv heeds expiry.
  // Each namespace has its own: keyv writes the namespace into the driver and lists by it.
  const createDriver = (): KeyvStoreAdapter => {
    const driver: KeyvStoreAdapter = {
      opts: { dialect, url },
      get: (key) => over((live) => live.get(key)),
      getMany: (keys) => over((live) => live.getMany(keys)),
      set: (key, value, ttlMs) => over((live) => live.set(key, value as string, ttlMs)),
      delete: (key) => over((live) => live.delete(key)),
      clear: () => Promise.reject(new CxrError('internal', 'The state store is never cleared as a whole.')),
      async *iterator<Value>(namespace?: string) {
        yield* (await over((live) => live.entries(`${namespace ?? ''}:`))) as [string, Awaited<Value>][];
      },
      on: () => driver,
    };
    return driver;
  };

  return {
    sweep: () => over((live) => live.sweep(Date.now())),
    namespace(name, ttlMs) {
      const keyv = new Keyv({
        store: createDriver(),
        namespace: name,
        throwOnErrors: true,
        ...(ttlMs === null ? {} : { ttl: ttlMs }),
      });
      // keyv also emits what it throws; without a listener the event would end the process.
      keyv.on('error', () => undefined);
      return keyv;
    },
    ping: () => over((live) => live.set('probe:ping', JSON.stringify({ value: 1 }), 60_000)),
    scrub: () => over((live) => live.scrub()),
    async close() {
      const live = await opened?.catch(() => null);
      opened = null;
      await live?.close();
    },
  };
}

function failed(error: unknown): CxrError {
  if (error instanceof CxrError) return error;
  return new CxrError('store-failed', SENTENCE, { cause: error });
}

/** Every living key and value of a namespace, read completely before the caller changes anything. */
export async function entriesOf<Value>(keyv: Keyv): Promise<[string, Value][]> {
  const all: [string, Value][] = [];
  for await (const [key, value] of keyv.iterator?.(keyv.namespace) ?? []) all.push([key as string, value as Value]);
  return all;
}
