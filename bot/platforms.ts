// Starts the chat platforms beside each other, each again and again until it runs, so that one that cannot be reached holds up no other.
import { setTimeout as sleep } from 'node:timers/promises';
import { type CxrError, toCxrError } from '../engine/error.ts';
import type { Adapter, InboundEvent, Log, Receive, Taken } from './contract.ts';

export interface Platforms {
  /**
   * Resolves once each platform runs or could not be started a first time, at the latest after the patience. Throws `config-invalid` as soon as an
   * adapter does; where that comes later, `refused` is told.
   */
  start(receive: (adapter: Adapter, event: InboundEvent) => Promise<Taken>): Promise<void>;
  /** True once answers can be given there. */
  runs(name: string): boolean;
  /** Why each platform that could not be started does not run yet, in one sentence, by its name. */
  troubles(): Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface PlatformOptions {
  adapters: readonly Adapter[];
  log: Log;
  /** First pause before an adapter is started again; doubles up to a minute. */
  retryMs: number;
  patienceMs: number;
  /** Told once a platform runs. */
  begun(): void;
  refused(error: CxrError): void;
}

const MAX_PAUSE_MS = 60_000;

export function createPlatforms({ adapters, log, ...options }: PlatformOptions): Platforms {
  const running = new Set<string>();
  const troubles = new Map<string, string>();
  const stopping = new AbortController();
  const { signal } = stopping;

  function begin({ name }: Adapter): void {
    if (running.has(name)) return;
    running.add(name);
    troubles.delete(name);
    log.info({ adapter: name }, 'a chat platform runs');
    options.begun();
  }

  /** Throws `config-invalid`; `tried` is told after each attempt. */
  async function bringUp(adapter: Adapter, receive: Receive, tried: () => void) {
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        await adapter.start(receive);
        if (signal.aborted) return await adapter.stop();
        begin(adapter);
        return tried();
      } catch (error) {
        const failure = toCxrError(error);
        if (failure.code === 'config-invalid') throw failure;
        if (signal.aborted) return;
        const pauseMs = Math.min(options.retryMs * 2 ** (tries - 1), MAX_PAUSE_MS);
        troubles.set(adapter.name, failure.message);
        log.error(
          { err: failure, adapter: adapter.name, tries, pauseMs },
          'a chat platform could not be started; it is tried again',
        );
        tried();
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  return {
    async start(receive) {
      let isOver = false;
      let fail: (error: CxrError) => void = () => undefined;
      const refusal = new Promise<never>((_, reject) => {
        fail = reject;
      });
      const firsts = adapters.map(
        (adapter) =>
          new Promise<void>((tried) => {
            const take: Receive = (event) => {
              // Events come before some adapters are through with their start.
              begin(adapter);
              return receive(adapter, event);
            };
            bringUp(adapter, take, tried).catch((error: unknown) => {
              if (isOver) options.refused(toCxrError(error));
              else fail(toCxrError(error));
            });
          }),
      );
      const patience = sleep(options.patienceMs, undefined, { signal, ref: false }).catch(() => undefined);
      await Promise.race([Promise.all(firsts), refusal, patience]);
      isOver = true;
    },
    runs: (name) => running.has(name),
    troubles: () => Object.fromEntries(troubles),
    async stop() {
      stopping.abort();
      for (const adapter of adapters) await adapter.stop();
    },
  };
}
