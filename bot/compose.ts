// Helps the composition root: builds the engine, the adapters whose credentials are set, and the core over them. Nothing is decided here.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createDiscordAdapter } from '../adapters/discord/discord-adapter.ts';
import { createSlackAdapter } from '../adapters/slack/slack-adapter.ts';
import { createTerminalAdapter } from '../adapters/terminal/terminal-adapter.ts';
import { openBrowser } from '../adapters/web/open-browser.ts';
import { createWebAdapter } from '../adapters/web/web-adapter.ts';
import type { CxrError } from '../engine/error.ts';
import { openEngine } from '../engine/open-engine.ts';
import { drawPanel, filmPng, overlaidPng, overlayPng } from '../engine/panel.ts';
import { drawPhantom } from '../engine/phantom.ts';
import { labelReport } from '../labeller/label-report.ts';
import { FIGURE_DIALOGUE } from '../prompts/paper.ts';
import type { Config } from './config.ts';
import type { Adapter } from './contract.ts';
import { type Core, createCore } from './core.ts';
import { createEngineSource, type EngineSource } from './engine-source.ts';
import type { BotLog } from './log.ts';
import { type OpsServer, startOps } from './ops.ts';
import { startRetention } from './retention.ts';
import { createStateStore, type StateStore } from './store.ts';
import { teachingMode } from './teaching/teaching-mode.ts';

export interface Bot {
  start(): Promise<void>;
  /** Finishes running turns within the limit; what is left the journal keeps. */
  stop(): Promise<void>;
}

/** Folder of package.json, from the sources as well as from dist/. */
function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** `onRefused`: a platform that could not be reached at start refuses its credentials after all. */
export function composeBot(config: Config, log: BotLog, onQuit: () => void, onRefused: (error: CxrError) => void): Bot {
  const store = createStateStore(config.stateUrl, log);
  const engine = createEngineSource(async () => {
    const opened = await openEngine({
      bundleDir: config.engine.bundleDir ?? join(packageRoot(), 'models', 'micro'),
      store: store.namespace('engine', config.retentionMs),
      ttlMs: config.retentionMs,
      gpu: config.engine.gpu,
      sequences: config.concurrency,
      ...(config.engine.kvCache === undefined ? {} : { kvCache: config.engine.kvCache }),
      ...(config.engine.threads === undefined ? {} : { threads: config.engine.threads }),
      log: (level, message, facts) => log[level](facts ?? {}, message),
    });
    return opened;
  }, log);
  const adapters = createAdapters(config, log, store, engine, onQuit);
  const core = createCore(
    {
      adapters,
      modes: [teachingMode({ ...config.cases, ...config.limits })],
      engine: () => engine.get(),
      pictures: { panel: drawPanel, film: filmPng, overlay: overlayPng, overlaid: overlaidPng },
      label: labelReport,
      store,
      log,
      limits: config.limits,
      refused: onRefused,
    },
    config,
  );
  let ops: OpsServer | null = null;
  let retention: { stop(): void } | null = null;
  return {
    async start() {
      if (config.ops !== null) {
        ops = await startOps(config.ops, {
          ready: () => readiness(adapters, engine, core),
          metrics: core.metrics.text,
        });
        log.info({ port: ops.port }, 'health and metrics are served');
      }
      retention = startRetention(store, log);
      await core.start();
      log.info({ adapters: adapters.map(({ name }) => name) }, 'started');
    },
    async stop() {
      await core.stop();
      retention?.stop();
      await ops?.stop();
      await engine.close();
      await store.close();
    },
  };
}

/** Films that the page offers to newcomers, drawn once they are asked for. */
const samples = (['edema', 'effusion', 'pneumothorax', 'normal'] as const).map((kind) => ({
  name: kind,
  bytes: () => drawPhantom({ kind }),
}));

function createPage(
  config: Config & { web: NonNullable<Config['web']> },
  log: BotLog,
  store: StateStore,
  engine: EngineSource,
): Adapter {
  return createWebAdapter({
    ...config.web,
    store: store.namespace('web', null),
    scrub: () => store.scrub(),
    retentionMs: config.retentionMs,
    maxBytes: config.limits.maxImageBytes,
    maxFiles: config.limits.maxImages,
    log: log.child({ adapter: 'web' }),
    samples,
    // The paper's own questions after the report.
    suggestions: FIGURE_DIALOGUE.slice(1),
    async about() {
      const { name, version, hash, intendedUse } = (await engine.get()).bundle;
      return { bundle: `${name} ${version}`, hash, intendedUse };
    },
    announce(url) {
      process.stdout.write(`The reading room is open: ${url}\n`);
      openBrowser(url, process.env);
    },
  });
}

function createAdapters(
  config: Config,
  log: BotLog,
  store: StateStore,
  engine: EngineSource,
  onQuit: () => void,
): Adapter[] {
  const adapters: Adapter[] = [];
  const { web } = config;
  if (web !== null) adapters.push(createPage({ ...config, web }, log, store, engine));
  if (config.slack !== null) {
    const settings = { ...config.slack, store: store.namespace('slack', config.retentionMs) };
    adapters.push(createSlackAdapter(settings, log.child({ adapter: 'slack' })));
  }
  if (config.discord !== null) {
    const kept = store.namespace('discord', config.retentionMs);
    const settings = { ...config.discord, maxFileBytes: config.limits.maxImageBytes, store: kept };
    adapters.push(createDiscordAdapter(settings, log.child({ adapter: 'discord' })));
  }
  if (config.terminal) {
    const { stdin: input, stdout: output } = process;
    adapters.push(createTerminalAdapter({ input, output, log: log.child({ adapter: 'terminal' }), onQuit }));
  }
  return adapters;
}

async function readiness(adapters: readonly Adapter[], engine: EngineSource, core: Core) {
  const { journal, troubles } = core.health();
  const parts: Record<string, string> = { models: engine.state(), journal };
  let ready = engine.state() === 'ready' && journal === 'loaded';
  for (const adapter of adapters) {
    const health = adapter.health();
    parts[adapter.name] = health.ready ? 'ready' : (troubles[adapter.name] ?? health.detail ?? 'not ready');
    ready &&= health.ready;
  }
  return { ready, parts };
}
