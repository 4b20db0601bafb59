// Composes the engine from a bundle: encoder, language model, conversations, store. Everything slow is started at once and awaited where it is needed.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type Keyv from 'keyv';
import { type Bundle, readBundle, verifyBundle } from './bundle.ts';
import type { LiveConversation } from './conversation.ts';
import { type ConversationRecord, createConversationStore, summariesOf } from './conversation-store.ts';
import type { Encoder, EncoderOptions } from './encoder.ts';
import type { BundleInfo, Conversation, EncodedImage, Engine } from './engine.ts';
import { CxrError } from './error.ts';
import type { KvCacheType } from './language-model.ts';
import type { EngineLog, GpuChoice } from './llama-runtime.ts';
import { createQueue } from './queue.ts';
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

/** Relative to the working directory. */
const DEFAULT_STORE_PATH = '.state/conversations.sqlite';

/**
 * Opens the bundle in `bundleDir`. Throws CxrError `bundle-missing`, `bundle-invalid`, `bundle-hash`, `backend-unavailable` or `store-failed`
 * (with `eager`, those of the models come from the first call that needs them, and from `ready`).
 */
export async function openEngine(options: EngineOptions): Promise<OpenedEngine> {
  const { log = () => {}, ttlMs } = options;
  const bundle = await readBundle(options.bundleDir);
  const { manifest } = bundle;
  const verified = verifyBundle(bundle);
  const loadingLanguage = startTalking(bundle, verified, options, log);
  const loadingEncoder = startEncoder(bundle, verified, options, log);
  for (const loading of [verified, loadingLanguage, loadingEncoder]) loading.catch(() => {});

  const ownStore = options.store === undefined ? await openDefaultStore() : undefined;
  const keyv = options.store ?? (ownStore as Keyv);
  keyv.on('error', (error: unknown) => log('warn', 'the store of conversations reported an error', { error }));
  const store = createConversationStore(keyv, ttlMs === undefined ? {} : { ttlMs });

  /** Live conversations by id, each shared by its handles; opening and closing one id happens in a row. */
  const live = new Map<string, { conversation: LiveConversation; handles: number }>();
  const inOrder = createQueue();
  let closed = false;

  const mine = { name: manifest.name, version: manifest.version, hash: bundle.hash };

  function handle(id: string, conversation: LiveConversation): Conversation {
    const entry = live.get(id) ?? { conversation, handles: 0 };
    entry.handles++;
    live.set(id, entry);
    let isOpen = true;
    return {
      id,
      get images() {
        return conversation.images;
      },
      get turns() {
        return conversation.turns;
      },
      addImage: conversation.addImage,
      ask: conversation.ask,
      confirm: conversation.confirm,
      rewind: conversation.rewind,
      async close() {
        if (!isOpen) return;
        isOpen = false;
        await inOrder(async () => {
          if (--entry.handles > 0 || live.get(id) !== entry) return;
          live.delete(id);
          await conversation.retire();
        });
      },
    };
  }

  async function open(record: ConversationRecord): Promise<Conversation> {
    if (record.bundle.hash !== bundle.hash) {
      throw new CxrError(
        'bundle-mismatch',
        `This conversation was made with the bundle ${record.bundle.name} ${record.bundle.version}, not with ${manifest.name} ${manifest.version}; please start a new one.`,
        { detail: { made: record.bundle, loaded: mine } },
      );
    }
    const talking = await loadingLanguage;
    const imageTokens = await Promise.all(record.images.map((_, image) => store.loadImageTokens(record.id, image)));
    return handle(record.id, talking.create(store, record, imageTokens));
  }

  async function start(
    image: EncodedImage,
    { id = randomUUID(), systemPrompt }: { id?: string; systemPrompt?: string },
  ) {
    const talking = live.get(id);
    if (talking !== undefined) return handle(id, talking.conversation);
    const known = await store.load(id);
    if (known !== null) return open(known);
    const { checkImage, imageRecord } = await loadingLanguage;
    checkImage(image);
    const system = systemPrompt ?? manifest.language.systemPrompt;
    const now = new Date().toISOString();
    const record: ConversationRecord = {
      format: 'cxr-conversation/1',
      id,
      bundle: mine,
      ...(system === undefined ? {} : { systemPrompt: system }),
      images: [imageRecord(image, undefined)],
      turns: [],
      keptFrom: 1,
      createdAt: now,
      updatedAt: now,
    };
    await store.saveImageTokens(id, 0, image.imageTokens);
    await store.save(record);
    return open(record);
  }

  async function resume(id: string): Promise<Conversation> {
    const talking = live.get(id);
    if (talking !== undefined) return handle(id, talking.conversation);
    const record = await store.load(id);
    if (record === null) throw new CxrError('conversation-unknown', 'There is no such conversation.');
    return open(record);
  }

  function ifOpen<T>(work: () => Promise<T>): Promise<T> {
    if (closed) return Promise.reject(new CxrError('conversation-closed', 'The engine is closed.'));
    return work();
  }

  const engine: OpenedEngine = {
    bundle: bundleInfo(bundle),
    encode: (image, encodeOptions) => ifOpen(async () => (await loadingEncoder).encode(image, encodeOptions)),
    start: (image, startOptions = {}) => ifOpen(() => inOrder(() => start(image, startOptions))),
    resume: (id) => ifOpen(() => inOrder(() => resume(id))),
    list: () => ifOpen(() => summariesOf(store)),
    forget: (id) =>
      ifOpen(() =>
        inOrder(async () => {
          const talking = live.get(id);
          live.delete(id);
          await talking?.conversation.abandon();
          return store.remove(id);
        }),
      ),
    async ready() {
      await Promise.all([verified, loadingEncoder, loadingLanguage]);
    },
    async backends() {
      const [encoder, { language }] = await Promise.all([loadingEncoder, loadingLanguage]);
      return {
        encoder: encoder.backend,
        encoderReason: encoder.backendReason,
        language: language.runtime.backend,
        threads: language.runtime.threads,
      };
    },
    async close() {
      if (closed) return;
      closed = true;
      await inOrder(() => Promise.all([...live.values()].map(({ conversation }) => conversation.abandon())));
      live.clear();
      await Promise.allSettled([
        loadingEncoder.then((encoder) => encoder.close()),
        loadingLanguage.then((talking) => talking.close()),
      ]);
      await ownStore?.disconnect();
    },
  };
  if (options.eager === true) return engine;
  try {
    await engine.ready();
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function startEncoder(
  bundle: Bundle,
  verified: Promise<void>,
  { backend, encoderThreads }: EngineOptions,
  log: EngineLog,
): Promise<Encoder> {
  await import('node-llama-cpp');
  const { createEncoder } = await import('./encoder.ts');
  await verified;
  return createEncoder(bundle, {
    ...(backend === undefined ? {} : { backend }),
    ...(encoderThreads === undefined ? {} : { threads: encoderThreads }),
    log: (message, detail) => log('info', message, detail),
  });
}

/** node-llama-cpp first: it tests its binary in a process of its own, and everything else here loads meanwhile. */
async function startTalking(
  bundle: Bundle,
  verified: Promise<void>,
  options: EngineOptions,
  log: EngineLog,
): Promise<Talking> {
  const { gpu = 'auto', threads } = options;
  const { loadLlama } = await import('./llama-runtime.ts');
  const loading = loadLlama(bundle.languagePath, {
    gpu,
    log,
    verified,
    ...(threads === undefined ? {} : { threads }),
  });
  loading.catch(() => {});
  await import('node-llama-cpp');
  const { createTalking } = await import('./talking.ts');
  return createTalking(bundle, await loading, options, log);
}

async function openDefaultStore(): Promise<Keyv> {
  const [{ default: Keyv }, { default: KeyvSqlite }] = await Promise.all([import('keyv'), import('@keyv/sqlite')]);
  await mkdir(dirname(DEFAULT_STORE_PATH), { recursive: true, mode: 0o700 });
  return new Keyv({ store: new KeyvSqlite(`sqlite://${DEFAULT_STORE_PATH}`), namespace: 'cxr' });
}

function bundleInfo({ manifest, hash }: Bundle): BundleInfo {
  const { name, version, license, intendedUse, sampling } = manifest;
  return {
    name,
    version,
    license,
    intendedUse,
    hash,
    findings: manifest.findings.map(({ threshold, ...finding }) => ({ ...finding, threshold: threshold ?? null })),
    sampling,
  };
}
