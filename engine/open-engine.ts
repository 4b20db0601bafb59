// Composes the engine from a bundle: encoder, language model, conversations, store. Everything slow is started at once and awaited where it is needed.
import { randomUUID } from 'node:crypto';
import type Keyv from 'keyv';
import { confirmationPrompt } from '../prompts/paper.ts';
import { openBundle, readBundle } from './bundle.ts';
import { checkImage, createConversation, imageRecord, type LiveConversation } from './conversation.ts';
import { type ConversationRecord, createConversationStore } from './conversation-store.ts';
import { createDialogue } from './dialogue.ts';
import type { Encoder, EncoderOptions } from './encoder.ts';
import type { BundleInfo, Conversation, ConversationSummary, EncodedImage, Engine } from './engine.ts';
import { CxrError } from './error.ts';
import { loadLanguageModel, type LanguageModel } from './language-model.ts';
import type { EngineLog, GpuChoice } from './llama-runtime.ts';
import { createPrefill } from './prefill.ts';
import { createQueue } from './queue.ts';
import { createSequencePool, type SequencePool } from './sequence-pool.ts';
import { makeWorkFolder } from './work-folder.ts';

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

const DEFAULT_SEQUENCES = 4;
const DEFAULT_STATE_BYTES = 2 * 1024 ** 3;
export const DEFAULT_STORE_URI = 'sqlite://.state/conversations.sqlite';

interface Talking {
  language: LanguageModel;
  pool: SequencePool;
  create(record: ConversationRecord, imageTokens: readonly Float32Array[]): LiveConversation;
}
