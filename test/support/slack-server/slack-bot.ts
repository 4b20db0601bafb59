// The real conversation core behind the real Slack adapter over the local Slack; the engine is the scripted one, so that load and faults are quick to play.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createSlackAdapter } from '../../../adapters/slack/slack-adapter.ts';
import type { SlackConfig } from '../../../adapters/slack/slack-config.ts';
import { type Core, type CoreOptions, createCore } from '../../../bot/core.ts';
import { createLog } from '../../../bot/log.ts';
import type { Supplies } from '../../../bot/parts.ts';
import { createStateStore, type StateStore } from '../../../bot/store.ts';
import { createScriptedEngine, type ScriptedEngine, type ScriptedEngineOptions } from '../scripted-engine.ts';
import { configFor } from './harness.ts';
import { createSlackServer, type SlackServer } from './slack-server.ts';

const PNG_SIGNATURE = Uint8Array.of(137, 80, 78, 71);
const OPTIONS: CoreOptions = {
  access: { spaces: [], channels: [], users: [], roles: [], adminUsers: [], adminRoles: [], perMinute: 10_000 },
  defaults: { prompt: 'specific', language: 'en', read: 'every' },
  concurrency: 4,
  maxWaiting: 1_000,
  retentionMs: 24 * 3_600_000,
  stopLimitMs: 5_000,
  retryMs: 50,
};

export function temporaryStoreUrl(): string {
  return `sqlite://${join(mkdtempSync(join(tmpdir(), 'cxr-slack-')), 'state.sqlite')}`;
}

export interface SlackBot {
  server: SlackServer;
  core: Core;
  engine: ScriptedEngine;
  store: StateStore;
  logged: Record<string, unknown>[];
  close(): Promise<void>;
}

export async function startSlackBot(
  options: {
    transport?: 'socket' | 'http';
    server?: SlackServer;
    storeUrl?: string;
    config?: Partial<SlackConfig>;
    core?: Partial<CoreOptions>;
    engine?: Partial<ScriptedEngineOptions>;
    modes?: Supplies['modes'];
  } = {},
): Promise<SlackBot> {
  const server = options.server ?? (await createSlackServer());
  const logged: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString('utf8').split('\n')) if (line !== '') logged.push(JSON.parse(line));
      done();
    },
  });
  const log = createLog({ level: 'debug', content: false }, sink);
  const store = createStateStore(options.storeUrl ?? temporaryStoreUrl(), log);
  const kept = store.namespace('slack', OPTIONS.retentionMs);
  const config = configFor(server, options.transport ?? 'socket', { store: kept, ...options.config });
  const adapter = createSlackAdapter(config, log);
  const engine = createScriptedEngine({ store: store.namespace('engine', OPTIONS.retentionMs), ...options.engine });
  const core = createCore(
    {
      adapters: [adapter],
      modes: options.modes ?? [],
      engine: async () => engine,
      pictures: {
        panel: async () => PNG_SIGNATURE,
        film: async () => PNG_SIGNATURE,
        overlay: async () => null,
        overlaid: async () => null,
      },
      label: () => [],
      store,
      log,
      limits: { maxImages: 4, maxImageBytes: 1_000_000, maxQuestionChars: 4_000 },
    },
    { ...OPTIONS, ...options.core },
  );
  await core.start();
  const port = adapter.httpPort();
  if (port !== null) server.delivery.options.requestUrl = `http://127.0.0.1:${port}/slack/events`;
  return {
    server,
    core,
    engine,
    store,
    logged,
    async close() {
      await core.stop();
      await store.close();
      if (options.server === undefined) await server.close();
    },
  };
}
