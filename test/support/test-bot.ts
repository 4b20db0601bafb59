// A whole core over the scripted platform and engine, for tests; everything else is real: store, journal, queue, log.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { vi } from 'vitest';
import { type Core, type CoreOptions, createCore } from '../../bot/core.ts';
import { createLog } from '../../bot/log.ts';
import type { Supplies } from '../../bot/parts.ts';
import { createStateStore, type StateStore } from '../../bot/store.ts';
import { CORE_OPTIONS, plainSupplies } from './core-options.ts';
import { createScriptedAdapter, messageEvent, type ScriptedAdapter } from './scripted-adapter.ts';
import { createScriptedEngine, type ScriptedEngine, type ScriptedEngineOptions } from './scripted-engine.ts';
import { createScriptedPlatform, type ScriptedPlatform, type StoredPost } from './scripted-platform.ts';

/** Shorter than a test may take, so that a wait in vain says what it waited for; long enough for the real engine beside other work. */
export const eventually = { timeout: 50_000, interval: 10 };

export interface TestBot {
  core: Core;
  platform: ScriptedPlatform;
  adapter: ScriptedAdapter;
  engine: ScriptedEngine;
  store: StateStore;
  /** Lines that the operator's log got, parsed. */
  logged: Record<string, unknown>[];
  /** Delivers a message and resolves with its event. */
  say(options: Parameters<typeof messageEvent>[1]): Promise<ReturnType<typeof messageEvent>>;
  /** Waits until every post of the thread is finished or failed and there are `count` of them. */
  settled(thread: string, count: number): Promise<StoredPost[]>;
  close(): Promise<void>;
}

export function temporaryStoreUrl(): string {
  return `sqlite://${join(mkdtempSync(join(tmpdir(), 'cxr-bot-')), 'state.sqlite')}`;
}

export interface TestBotOptions {
  url?: string;
  platform?: ScriptedPlatform;
  engine?: Partial<ScriptedEngineOptions>;
  core?: Partial<CoreOptions>;
  supplies?: Partial<Supplies>;
  level?: string;
}

export async function startTestBot(options: TestBotOptions = {}): Promise<TestBot> {
  const logged: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString('utf8').split('\n')) if (line !== '') logged.push(JSON.parse(line));
      done();
    },
  });
  const log = createLog({ level: options.level ?? 'debug', content: false }, sink);
  const store = createStateStore(options.url ?? temporaryStoreUrl(), log);
  const platform = options.platform ?? createScriptedPlatform();
  const adapter = createScriptedAdapter(platform);
  const engine = createScriptedEngine({
    store: store.namespace('engine', CORE_OPTIONS.retentionMs),
    ...options.engine,
  });
  const core = createCore(
    { ...plainSupplies({ adapter, engine, store, log }), ...options.supplies },
    { ...CORE_OPTIONS, ...options.core },
  );
  await core.start();
  return {
    core,
    platform,
    adapter,
    engine,
    store,
    logged,
    async say(message) {
      const event = messageEvent(platform, message);
      await adapter.deliver(event);
      return event;
    },
    settled: (thread, count) =>
      vi.waitFor(() => {
        const posts = platform.thread(thread);
        const open = posts.filter((post) => post.outcome === null);
        if (posts.length !== count || open.length > 0) {
          throw new Error(
            `${posts.length} of ${count} posts, ${open.length} unfinished: ${JSON.stringify(posts.map((post) => post.text))}`,
          );
        }
        return posts;
      }, eventually),
    async close() {
      await core.stop();
      await store.close();
    },
  };
}
