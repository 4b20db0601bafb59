// Opens the engine in the background and hands it out; while the models cannot be loaded every request is told so, and opening is tried again.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { toCxrError } from '../engine/error.ts';
import type { Log } from './contract.ts';

export interface EngineSource {
  /** The engine once it is open; rejects with the reason (`bundle-missing` …) while the latest attempt failed. */
  get(): Promise<Engine>;
  state(): 'loading' | 'ready' | 'failed';
  close(): Promise<void>;
}

export function createEngineSource(open: () => Promise<Engine>, log: Log, retryMs = 30_000): EngineSource {
  const closing = new AbortController();
  let state: 'loading' | 'ready' | 'failed' = 'loading';
  let current = attempt();

  async function attempt(): Promise<Engine> {
    const engine = await open();
    state = 'ready';
    log.info(
      { bundle: engine.bundle.name, version: engine.bundle.version, hash: engine.bundle.hash.slice(0, 8) },
      'models loaded',
    );
    return engine;
  }

  async function watch(): Promise<void> {
    for (;;) {
      try {
        await current;
        return;
      } catch (error) {
        state = 'failed';
        log.error({ err: toCxrError(error) }, 'models cannot be loaded; trying again');
        await sleep(retryMs, undefined, { signal: closing.signal, ref: false });
        const next = attempt();
        // People hear the old reason until the new attempt is decided.
        await next.then(
          () => {
            current = next;
          },
          () => {
            current = next;
          },
        );
      }
    }
  }
  watch().catch(() => undefined);

  return {
    get: () => current,
    state: () => state,
    async close() {
      closing.abort();
      const engine = await current.catch(() => null);
      await engine?.close();
    },
  };
}
