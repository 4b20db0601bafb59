// Conversations in a Keyv store: transcript, findings and soft tokens under two kinds of keys, never pixels. Every store error surfaces as `store-failed`.
import type Keyv from 'keyv';
import { z } from 'zod';
import type { ConversationSummary } from './engine.ts';
import { CxrError } from './error.ts';

const findingSchema = z.object({
  name: z.string(),
  label: z.string(),
  assessed: z.boolean(),
  probability: z.number().nullable(),
  threshold: z.number().nullable(),
});

const turnSchema = z.object({
  key: z.string().exactOptional(),
  question: z.string(),
  answer: z.string(),
  answerTokenIds: z.array(z.int()),
  promptTokens: z.number(),
  evaluatedTokens: z.number(),
  answerTokens: z.number(),
  msToFirstToken: z.number(),
  tokensPerSecond: z.number(),
  stopReason: z.enum(['end', 'length', 'aborted']),
  image: z.int().exactOptional(),
});

const recordSchema = z.object({
  format: z.literal('cxr-conversation/1'),
  id: z.string(),
  bundle: z.object({ name: z.string(), version: z.string(), hash: z.string() }),
  systemPrompt: z.string().exactOptional(),
  images: z.array(
    z.object({
      key: z.string().exactOptional(),
      width: z.number(),
      height: z.number(),
      kind: z.string(),
      findings: z.array(findingSchema),
    }),
  ),
  turns: z.array(turnSchema),
  /** See `Prompt.keptFrom` in context-window.ts. */
  keptFrom: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

export type ConversationRecord = z.infer<typeof recordSchema>;

export interface ConversationStore {
  load(id: string): Promise<ConversationRecord | null>;
  save(record: ConversationRecord): Promise<void>;
  /** float32, row by row. Throws `store-failed` where it is missing. */
  loadImageTokens(id: string, image: number): Promise<Float32Array>;
  saveImageTokens(id: string, image: number, tokens: Float32Array): Promise<void>;
  /** True if there was something. */
  remove(id: string): Promise<boolean>;
  list(): AsyncIterable<ConversationRecord>;
}

const recordKey = (id: string) => `conversation:${id}`;
const imageKey = (id: string, image: number) => `image-tokens:${id}:${image}`;

/** `ttlMs`: a conversation nobody has touched for so long is forgotten by the store. */
export function createConversationStore(keyv: Keyv, { ttlMs }: { ttlMs?: number } = {}): ConversationStore {
  keyv.throwOnErrors = true;

  async function guarded<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof CxrError) throw error;
      throw new CxrError('store-failed', `The store of conversations could not ${what}.`, { cause: error });
    }
  }

  function parse(value: unknown): ConversationRecord {
    const parsed = recordSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new CxrError('store-failed', 'A stored conversation is damaged or of a version this program does not know.', {
      cause: parsed.error,
    });
  }

  async function write(key: string, value: unknown): Promise<void> {
    await guarded('write', async () => {
      if (!(await keyv.set(key, value, ttlMs))) throw new Error('the store did not accept the value');
    });
  }

  async function load(id: string): Promise<ConversationRecord | null> {
    const value = await guarded('read', () => keyv.get<unknown>(recordKey(id)));
    return value === undefined || value === null ? null : parse(value);
  }

  return {
    load,
    async save(record) {
      // With a time to live the soft tokens must not expire before the transcript that needs them.
      if (ttlMs !== undefined) {
        for (const index of record.images.keys()) {
          const tokens = await guarded('read', () => keyv.get<unknown>(imageKey(record.id, index)));
          if (tokens !== undefined) await write(imageKey(record.id, index), tokens);
        }
      }
      await write(recordKey(record.id), record);
    },
    async loadImageTokens(id, image) {
      const value = await guarded('read', () => keyv.get<unknown>(imageKey(id, image)));
      if (typeof value !== 'string') {
        throw new CxrError(
          'store-failed',
          'The image of this conversation is no longer stored; please upload it again.',
        );
      }
      const bytes = new Uint8Array(Buffer.from(value, 'base64'));
      return new Float32Array(bytes.buffer, 0, bytes.byteLength / 4);
    },
    async saveImageTokens(id, image, tokens) {
      const bytes = Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength);
      await write(imageKey(id, image), bytes.toString('base64'));
    },
    async remove(id) {
      const record = await load(id).catch((error: unknown) => {
        if (error instanceof CxrError && error.cause instanceof z.ZodError) return null;
        throw error;
      });
      return guarded('delete', async () => {
        for (const index of record?.images.keys() ?? []) await keyv.delete(imageKey(id, index));
        return keyv.delete(recordKey(id));
      });
    },
    async *list() {
      const { iterator } = keyv;
      if (iterator === undefined) {
        throw new CxrError('store-failed', 'This store cannot list its conversations.');
      }
      const entries = iterator.call(keyv, undefined) as AsyncGenerator<[string, unknown], void>;
      for (;;) {
        const entry = await guarded('be listed', () => entries.next());
        if (entry.done === true) return;
        const [key, value] = entry.value;
        if (key.startsWith(recordKey('')) && value !== undefined) yield parse(value);
      }
    },
  };
}

/** What is stored, the latest first. */
export async function summariesOf(store: ConversationStore): Promise<ConversationSummary[]> {
  const list: ConversationSummary[] = [];
  for await (const { id, bundle, turns, images, createdAt, updatedAt } of store.list()) {
    list.push({ id, bundle: bundle.name, turns: turns.length, images: images.length, createdAt, updatedAt });
  }
  return list.sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
}
