// Opens an engine on a bundle. Everything slow starts at once, in the order that is ready soonest; the engine itself is assemble-engine.ts.
import type Keyv from 'keyv';
import type { Bundle } from './bundle.ts';
import type { Encoder, EncoderOptions } from './encoder.ts';
import type { Engine } from './engine.ts';
import type { KvCacheType } from './language-model.ts';
import { cacheTokensOf, type EngineLog, type GpuChoice, loadLlama, startLlama } from './llama-runtime.ts';
import type { Talking } from './talking.ts';

export interface EngineOptions {
  bundleDir: string;
  /** Where conversations are kept; a file of its own for SQLite by default (`.state/conversations.sqlite`). Closed by its owner. */
  store?: Keyv;
  /** A conversation that nobody has touched for so long is forgotten. */
  ttlMs?: number;
  /** Conversations whose KV cache is kept at hand and that are answered at the same time, ≥ 1; default 4. */
  sequences?: number;
  /** Threads of the language model; by default 1 for a tiny model, the physical cores for a large one. */
  threads?: number;
  /** Whether conversations share batches or are decoded side by side; by default the first for large models, the second for tiny ones. */
  decoding?: 'batched' | 'side-by-side';
  gpu?: GpuChoice;
  /** Number format of the KV cache; by default f32 for a model in float32 and f16 for every other. */
  kvCache?: KvCacheType;
  /** Execution provider of the encoder. */
  backend?: EncoderOptions['backend'];
  /** Threads of the encoder; default 2. */
  encoderThreads?: number;
  /** Bytes of temporary disk for KV caches of conversations that lost their sequence; default 2 GiB. */
  maxStateBytes?: number;
  /** Return before the models are loaded; what needs them waits, and `ready` tells. */
  eager?: boolean;
  log?: EngineLog;
}

export interface OpenedEngine extends Engine {
  /** Resolves when both models are loaded; rejects with what was wrong. */
  ready(): Promise<void>;
  /** What computes, for the doctor's report. */
  backends(): Promise<{ encoder: string; encoderReason: string; language: string; threads: number }>;
}

/**
 * Opens the bundle in `bundleDir`. Throws CxrError `bundle-missing`, `bundle-invalid`, `bundle-hash`, `backend-unavailable` or `store-failed`
 * (with `eager`, those of the models come from the first call that needs them, and from `ready`).
 */
export async function openEngine(options: EngineOptions): Promise<OpenedEngine> {
  const { log = () => {}, gpu = 'auto' } = options;
  // llama.cpp first: node-llama-cpp tries its binary in a process of its own, and all else loads meanwhile.
  const starting = startLlama(gpu, log);
  starting.catch(() => {});
  try {
    await import('node-llama-cpp');
    const { readBundle, verifyBundle } = await import('./bundle.ts');
    const bundle = await readBundle(options.bundleDir);
    const verified = verifyBundle(bundle);
    const loadingEncoder = startEncoder(bundle, verified, options, log);
    const loadingLanguage = startTalking(bundle, verified, starting, options, log);
    for (const loading of [verified, loadingEncoder, loadingLanguage]) loading.catch(() => {});
    const { assembleEngine } = await import('./assemble-engine.ts');
    const engine = await assembleEngine({ bundle, verified, loadingEncoder, loadingLanguage }, options, log);
    if (options.eager !== true) await engine.ready().catch((error: unknown) => closing(engine, error));
    return engine;
  } catch (error) {
    await starting.then((llama) => llama.dispose()).catch(() => {});
    throw error;
  }
}

async function closing(engine: OpenedEngine, error: unknown): Promise<never> {
  await engine.close();
  throw error;
}

async function startEncoder(
  bundle: Bundle,
  verified: Promise<void>,
  { backend, encoderThreads }: EngineOptions,
  log: EngineLog,
): Promise<Encoder> {
  const { createEncoder } = await import('./encoder.ts');
  await verified;
  return createEncoder(bundle, {
    ...(backend === undefined ? {} : { backend }),
    ...(encoderThreads === undefined ? {} : { threads: encoderThreads }),
    log: (message, detail) => log('info', message, detail),
  });
}

async function startTalking(
  bundle: Bundle,
  verified: Promise<void>,
  starting: ReturnType<typeof startLlama>,
  options: EngineOptions,
  log: EngineLog,
): Promise<Talking> {
  const { threads, decoding } = options;
  const loading = Promise.all([starting, verified]).then(([llama]) =>
    loadLlama(llama, bundle.languagePath, {
      log,
      cacheTokens: cacheTokensOf(bundle, options.sequences),
      ...(threads === undefined ? {} : { threads }),
      ...(decoding === undefined ? {} : { decoding }),
    }),
  );
  loading.catch(() => {});
  const { createTalking } = await import('./talking.ts');
  return createTalking(bundle, await loading, options, log);
}
