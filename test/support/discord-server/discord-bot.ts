// The real conversation core behind the real Discord adapter over the local Discord; the engine is the scripted one.
import { createDiscordAdapter } from '../../../adapters/discord/discord-adapter.ts';
import { type Core, type CoreOptions, createCore } from '../../../bot/core.ts';
import { createLog } from '../../../bot/log.ts';
import type { Supplies } from '../../../bot/parts.ts';
import { createStateStore } from '../../../bot/store.ts';
import { CORE_OPTIONS, plainSupplies } from '../core-options.ts';
import { createScriptedEngine, type ScriptedEngine, type ScriptedEngineOptions } from '../scripted-engine.ts';
import type { DiscordServer } from './discord-server.ts';
import { configFor } from './harness.ts';

export interface DiscordBot {
  core: Core;
  engine: ScriptedEngine;
  close(): Promise<void>;
}

export async function startDiscordBot(
  server: DiscordServer,
  options: {
    storeUrl: string;
    core?: Partial<CoreOptions>;
    engine?: Partial<ScriptedEngineOptions>;
    modes?: Supplies['modes'];
  },
): Promise<DiscordBot> {
  const log = createLog({ level: 'silent', content: false });
  const store = createStateStore(options.storeUrl, log);
  const config = configFor(server, { store: store.namespace('discord', CORE_OPTIONS.retentionMs) });
  const adapter = createDiscordAdapter(config, log);
  const engine = createScriptedEngine({
    store: store.namespace('engine', CORE_OPTIONS.retentionMs),
    ...options.engine,
  });
  const supplies = { ...plainSupplies({ adapter, engine, store, log }), modes: options.modes ?? [] };
  const core = createCore(supplies, { ...CORE_OPTIONS, ...options.core });
  await core.start();
  return {
    core,
    engine,
    async close() {
      await core.stop();
      await store.close();
    },
  };
}
