// How much memory a bundle needs: weights, KV cache, image context and scratch, from shapes alone; what `cxr bundle` and the docs show.

/** The numbers of a LLaMA that its memory depends on. */
export interface LanguageShape {
  hidden: number;
  layers: number;
  kvHeads: number;
  headWidth: number;
  feedForward: number;
  vocab: number;
}

export interface MemoryQuestion {
  language: LanguageShape;
  /** Bytes of language.gguf. */
  languageBytes: number;
  /** Bytes of the encoder's weights. */
  encoderBytes: number;
  /** Side of the encoder's input in pixels. */
  encoderSize: number;
  imageTokens: number;
  contextTokens: number;
  /** Live conversations, each with `contextTokens` of KV cache. */
  conversations: number;
  /** Bytes of one number of the KV cache: 4 (f32), 2 (f16), 34/32 (q8_0). */
  cacheNumberBytes: number;
}

export interface MemoryNeed {
  weights: number;
  cache: number;
  /** While an image enters: its own context of the same number of sequences. */
  imageContext: number;
  encoder: number;
  scratch: number;
  total: number;
}

export const CACHE_NUMBER_BYTES = { f32: 4, f16: 2, q8_0: 34 / 32 } as const;
/** System prompt and chat markers that stand before an image. */
const OPENING_TOKENS = 64;
/** llama.cpp's default physical batch, which its scratch buffers are made for. */
const BATCH_TOKENS = 512;
/** Activations in onnxruntime grow with the picture's area; those of ViT-L/16 and ResNet-50 at 512 px stay below 500 MiB. */
const ENCODER_SCRATCH_BYTES_PER_PIXEL = 2000;

/** Bytes by part. On a CPU with 4-bit weights llama.cpp may keep a repacked copy in place of the file's pages, never both in use. */
export function memoryNeed(question: MemoryQuestion): MemoryNeed {
  const { language, conversations, cacheNumberBytes } = question;
  const tokenBytes = 2 * language.layers * language.kvHeads * language.headWidth * cacheNumberBytes;
  const cache = tokenBytes * question.contextTokens * conversations;
  const imageContext = tokenBytes * (question.imageTokens + OPENING_TOKENS) * conversations;
  const scratch = 4 * BATCH_TOKENS * (language.vocab + 3 * language.feedForward + 4 * language.hidden);
  const encoder = question.encoderBytes + ENCODER_SCRATCH_BYTES_PER_PIXEL * question.encoderSize ** 2;
  const weights = question.languageBytes;
  return { weights, cache, imageContext, encoder, scratch, total: weights + cache + imageContext + encoder + scratch };
}
