// Keeps the engine's conversations of busy threads open, so that a follow-up finds its KV cache warm; closes those that nobody talks to.
import { createHash } from 'node:crypto';
import type { Conversation, EncodedImage, Engine } from '../engine/engine.ts';
import { toCxrError } from '../engine/error.ts';

export interface Conversations {
  /** The stored conversation, or null if there is none. Throws what `Engine.resume` throws otherwise. */
  find(id: string): Promise<Conversation | null>;
  /** Starts it about this image, or resumes it if it exists. */
  start(id: string, image: EncodedImage): Promise<Conversation>;
  /** Erases it; true if there was something. */
  forget(id: string): Promise<boolean>;
  isStored(id: string): Promise<boolean>;
}

const MAX_OPEN = 64;

export function createConversations(engine: () => Promise<Engine>): Conversations {
  /** Least recently used first. */
  const open = new Map<string, Conversation>();

  async function keep(id: string, conversation: Conversation): Promise<Conversation> {
    open.delete(id);
    open.set(id, conversation);
    for (const [oldest, other] of open) {
      if (open.size <= MAX_OPEN) break;
      open.delete(oldest);
      await other.close();
    }
    return conversation;
  }

  return {
    async find(id) {
      const known = open.get(id);
      if (known !== undefined) return keep(id, known);
      try {
        return await keep(id, await (await engine()).resume(id));
      } catch (error) {
        if (toCxrError(error).code === 'conversation-unknown') return null;
        throw error;
      }
    },
    start: async (id, image) => keep(id, await (await engine()).start(image, { id })),
    async forget(id) {
      open.delete(id);
      return (await engine()).forget(id);
    },
    isStored: async (id) => (await (await engine()).list()).some((summary) => summary.id === id),
  };
}

/** The seed of the answer under a key: the same turn run twice says the same, and feedback can name it. */
export function seedOf(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32LE(0);
}
