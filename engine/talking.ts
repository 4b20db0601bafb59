// The language side of the engine, composed: model, sequences, dialogue, conversations. Loaded while llama.cpp starts.
import { confirmationPrompt } from '../prompts/paper.ts';
import type { Bundle } from './bundle.ts';
import { checkImage, createConversation, imageRecord, type LiveConversation } from './conversation.ts';
import type { ConversationRecord, ConversationStore } from './conversation-store.ts';
import { createDialogue } from './dialogue.ts';
import type { EncodedImage } from './engine.ts';
import { createLanguageModel, type KvCacheType, type LanguageModel } from './language-model.ts';
import { DEFAULT_SEQUENCES, type EngineLog, type LlamaRuntime } from './llama-runtime.ts';
import { createPrefill } from './prefill.ts';
import { createSequencePool } from './sequence-pool.ts';
import { makeWorkFolder } from './work-folder.ts';

export interface TalkingOptions {
  sequences?: number;
  kvCache?: KvCacheType;
  maxStateBytes?: number;
}

export interface Talking {
  language: LanguageModel;
  create(store: ConversationStore, record: ConversationRecord, imageTokens: readonly Float32Array[]): LiveConversation;
  /** Throws `bundle-mismatch` where the image was encoded for another language model. */
  checkImage(image: EncodedImage): void;
  imageRecord: typeof imageRecord;
  close(): Promise<void>;
}

const DEFAULT_STATE_BYTES = 2 * 1024 ** 3;

export async function createTalking(
  bundle: Bundle,
  runtime: LlamaRuntime,
  { sequences = DEFAULT_SEQUENCES, kvCache, maxStateBytes = DEFAULT_STATE_BYTES }: TalkingOptions,
  log: EngineLog,
): Promise<Talking> {
  const language = await createLanguageModel(bundle, runtime, {
    sequences,
    log,
    ...(kvCache === undefined ? {} : { kvCache }),
  });
  const folder = await makeWorkFolder();
  const pool = createSequencePool(language.contexts, { dir: folder.path, maxStateBytes });
  const dialogue = createDialogue(language, createPrefill(language, folder.path));
  const { manifest } = bundle;
  const { maxImages = Number.POSITIVE_INFINITY } = manifest.language;
  const confirmationQuestion = (finding: string) =>
    confirmationPrompt(manifest.findings.find(({ name }) => name === finding)?.label ?? finding);
  return {
    language,
    create: (store, record, imageTokens) =>
      createConversation(
        { language, dialogue, pool, store, sampling: manifest.sampling, maxImages, confirmationQuestion },
        record,
        imageTokens,
      ),
    checkImage: (image) => checkImage(language, image),
    imageRecord,
    async close() {
      await language.close();
      await folder.remove();
    },
  };
}
