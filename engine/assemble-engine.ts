// The engine's public face over its loaded or still loading parts: which conversations are live, what is stored, how all is closed.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type Keyv from 'keyv';
import type { Bundle } from './bundle.ts';
import type { LiveConversation } from './conversation.ts';
import { type ConversationRecord, createConversationStore, summariesOf } from './conversation-store.ts';
import type { Encoder } from './encoder.ts';
import type { BundleInfo, Conversation, EncodedImage } from './engine.ts';
import { CxrError } from './error.ts';
import type { EngineLog } from './llama-runtime.ts';
import type { EngineOptions, OpenedEngine } from './open-engine.ts';
import { createQueue } from './queue.ts';
import type { Talking } from './talking.ts';

/** Relative to the working directory. */
const DEFAULT_STORE_PATH = '.state/conversations.sqlite';

export interface EngineParts {
  bundle: Bundle;
  verified: Promise<void>;
  loadingEncoder: Promise<Encoder>;
  loadingLanguage: Promise<Talking>;
}

export async function assembleEngine(
  { bundle, verified, loadingEncoder, loadingLanguage }: EngineParts,
  options: Pick<EngineOptions, 'store' | 'ttlMs'>,
  log: EngineLog,
): Promise<OpenedEngine> {
  const { manifest } = bundle;
  const { ttlMs } = options;
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
  return engine;
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
