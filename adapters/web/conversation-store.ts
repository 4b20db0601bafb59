// Keeps the conversations of the reading room in keyv: one document per thread, its pictures beside it, nothing else; all expire together.
import type Keyv from 'keyv';
import type { PagePost, ThreadSummary } from './wire.ts';

export interface StoredPost extends PagePost {
  /** Idempotency key of a reply. */
  key: string | null;
}

export interface ThreadDocument {
  id: string;
  title: string;
  /** The post whose words or film gave the title; null while it has only the general one. */
  titledBy: string | null;
  createdAt: number;
  updatedAt: number;
  posts: StoredPost[];
  /** Ids of every blob ever announced for this thread, written before the blob itself: what `remove` has to find. */
  blobs: string[];
}

export interface ConversationStore {
  /** Reads what an earlier process left; drafts it left open become `interrupted`. From now on what is over its time is erased by itself. */
  open(): Promise<void>;
  list(): ThreadSummary[];
  get(id: string): Promise<ThreadDocument | undefined>;
  add(document: ThreadDocument): Promise<void>;
  save(document: ThreadDocument): Promise<void>;
  /** Writes within a second; for drafts that grow word by word. `onError` takes a store that failed meanwhile. */
  saveSoon(document: ThreadDocument, onError: (error: unknown) => void): void;
  putBlob(document: ThreadDocument, id: string, bytes: Uint8Array): Promise<void>;
  blob(document: ThreadDocument, id: string): Promise<Uint8Array | undefined>;
  removeBlobs(document: ThreadDocument, ids: readonly string[]): Promise<void>;
  /** Removes every key of the thread and reads back that none is left; resolves to the number removed. Throws if one stayed. */
  remove(id: string): Promise<number>;
  /** Small values of the platform itself (signing secret, display names); without expiry unless `ttlMs` says so. */
  setting(name: string): Promise<string | undefined>;
  keepSetting(name: string, value: string, ttlMs?: number): Promise<void>;
  summary(document: ThreadDocument): ThreadSummary;
  /** Writes what waits and erases nothing more. */
  close(): Promise<void>;
}

const saveSoonMs = 1000;
const hourMs = 3_600_000;
const indexKey = 'web:threads';
const documentKey = (id: string) => `web:thread:${id}`;
const blobKey = (thread: string, id: string) => `web:blob:${thread}:${id}`;
const settingKey = (name: string) => `web:setting:${name}`;

export function createConversationStore(
  keyv: Keyv,
  options: {
    retentionMs: number;
    scrub: () => Promise<void>;
    /** A conversation's time was over and it is erased. */
    onExpired: (id: string) => void;
    onError: (error: unknown) => void;
  },
): ConversationStore {
  const documents = new Map<string, ThreadDocument>();
  const timers = new Map<string, { timer: NodeJS.Timeout; write: () => void }>();
  /** Writes of one key never overtake each other. */
  const chains = new Map<string, Promise<unknown>>();
  let erasing: NodeJS.Timeout | undefined;

  function inOrder<T>(key: string, work: () => Promise<T>): Promise<T> {
    const result = (chains.get(key) ?? Promise.resolve()).then(work, work);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    chains.set(key, settled);
    void settled.then(() => chains.get(key) === settled && chains.delete(key));
    return result;
  }

  const leftMs = (document: ThreadDocument) => Math.max(1, document.createdAt + options.retentionMs - Date.now());
  const alive = (document: ThreadDocument) => document.createdAt + options.retentionMs > Date.now();

  function cancelTimer(id: string): void {
    const waiting = timers.get(id);
    if (waiting) clearTimeout(waiting.timer);
    timers.delete(id);
  }

  async function save(document: ThreadDocument): Promise<void> {
    cancelTimer(document.id);
    await inOrder(document.id, async () => {
      if (documents.get(document.id) !== document) return;
      await keyv.set(documentKey(document.id), document, leftMs(document));
    });
  }

  const saveIndex = () => inOrder(indexKey, () => keyv.set(indexKey, [...documents.keys()]));

  function summary(document: ThreadDocument): ThreadSummary {
    return {
      id: document.id,
      title: document.title,
      createdAt: document.createdAt,
      updatedAt: document.updatedAt,
      keptUntil: document.createdAt + options.retentionMs,
      films: new Set(document.posts.flatMap((post) => (post.film ? [post.film.image] : []))).size,
      busy: document.posts.some((post) => post.state === 'draft'),
    };
  }

  async function remove(id: string): Promise<number> {
    const document = documents.get(id);
    if (!document) return 0;
    cancelTimer(id);
    documents.delete(id);
    await saveIndex();
    const keys = [documentKey(id), ...document.blobs.map((blob) => blobKey(id, blob))];
    return inOrder(id, async () => {
      let removed = 0;
      for (const key of keys) if (await keyv.delete(key)) removed += 1;
      await options.scrub();
      for (const key of keys) {
        if ((await keyv.get(key)) !== undefined) throw new Error('a forgotten conversation is still in the store');
      }
      return removed;
    });
  }

  async function eraseExpired(): Promise<void> {
    for (const document of [...documents.values()]) if (!alive(document)) await expire(document.id);
  }

  async function expire(id: string): Promise<void> {
    await remove(id);
    options.onExpired(id);
  }

  return {
    summary,
    save,
    remove,
    async open() {
      const ids = (await keyv.get<string[]>(indexKey)) ?? [];
      for (const id of ids) {
        const document = await keyv.get<ThreadDocument>(documentKey(id));
        if (!document) continue;
        for (const post of document.posts) if (post.state === 'draft') post.state = 'interrupted';
        documents.set(id, document);
      }
      if (documents.size !== ids.length) await saveIndex();
      await eraseExpired();
      erasing = setInterval(() => void eraseExpired().catch(options.onError), Math.min(hourMs, options.retentionMs));
      erasing.unref();
    },
    list: () =>
      [...documents.values()]
        .filter(alive)
        .map(summary)
        .sort((a, b) => b.updatedAt - a.updatedAt),
    async get(id) {
      const document = documents.get(id);
      if (!document || alive(document)) return document;
      await expire(id);
      return undefined;
    },
    async add(document) {
      documents.set(document.id, document);
      await saveIndex();
      await save(document);
    },
    saveSoon(document, onError) {
      if (timers.has(document.id)) return;
      const write = () => void save(document).catch(onError);
      timers.set(document.id, { timer: setTimeout(write, saveSoonMs), write });
    },
    async putBlob(document, id, bytes) {
      if (documents.get(document.id) !== document) return;
      document.blobs.push(id);
      await save(document);
      await inOrder(document.id, async () => {
        if (documents.get(document.id) !== document) return;
        await keyv.set(blobKey(document.id, id), Buffer.from(bytes).toString('base64'), leftMs(document));
      });
    },
    async blob(document, id) {
      if (!document.blobs.includes(id)) return undefined;
      const text = await keyv.get<string>(blobKey(document.id, id));
      return text === undefined ? undefined : Buffer.from(text, 'base64');
    },
    async removeBlobs(document, ids) {
      for (const id of ids) await keyv.delete(blobKey(document.id, id));
      await options.scrub();
      document.blobs = document.blobs.filter((id) => !ids.includes(id));
      await save(document);
    },
    setting: (name) => keyv.get<string>(settingKey(name)),
    async keepSetting(name, value, ttlMs) {
      await keyv.set(settingKey(name), value, ttlMs);
    },
    async close() {
      clearInterval(erasing);
      for (const [id, waiting] of timers) {
        clearTimeout(waiting.timer);
        timers.delete(id);
        waiting.write();
      }
      await Promise.all(chains.values());
    },
  };
}
