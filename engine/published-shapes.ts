// The true shapes of the published models, for tables and benchmarks that need no licensed weights.
// Sources: the CXR-LLaVA paper (v1: RN50 at 512 px, one vector, LLaMA-2-13B), the published v2 config.json (ViT-L/16 at 512 px, 1024 tokens, LLaMA-2-7B), LLaVA-1.5.
import { MIXTURES, type QuantizationName, tensorType } from './convert/mixture.ts';
import { ggufTensorBytes } from './gguf.ts';
import type { LanguageShape } from './memory-need.ts';

export interface PublishedShape {
  label: string;
  language: LanguageShape & { heads: number };
  imageTokens: number;
  /** Side of the encoder's input in pixels. */
  encoderSize: number;
  /** Parameters of encoder and projector. */
  encoderParameters: number;
}

const LLAMA_2_7B = {
  hidden: 4096,
  layers: 32,
  heads: 32,
  kvHeads: 32,
  headWidth: 128,
  feedForward: 11008,
  vocab: 32000,
};
const LLAMA_2_13B = {
  hidden: 5120,
  layers: 40,
  heads: 40,
  kvHeads: 40,
  headWidth: 128,
  feedForward: 13824,
  vocab: 32000,
};

export const PUBLISHED_SHAPES = {
  v1: {
    label: 'CXR-LLaVA v1 (13B, 1 token)',
    language: LLAMA_2_13B,
    imageTokens: 1,
    encoderSize: 512,
    encoderParameters: 43.9e6,
  },
  v2: {
    label: 'CXR-LLaVA v2 (7B, 1024 tokens)',
    language: LLAMA_2_7B,
    imageTokens: 1024,
    encoderSize: 512,
    encoderParameters: 308e6,
  },
  llava: {
    label: 'LLaVA-1.5 (7B, 576 tokens)',
    language: LLAMA_2_7B,
    imageTokens: 576,
    encoderSize: 336,
    encoderParameters: 325e6,
  },
} as const satisfies Record<string, PublishedShape>;

/** Bytes of language.gguf's tensors under a quantisation. */
export function languageBytes(shape: LanguageShape & { heads: number }, quantization: QuantizationName): number {
  const { hidden, layers, heads, kvHeads, headWidth, feedForward, vocab } = shape;
  const mixture = MIXTURES[quantization];
  const matrix = (name: string, columns: number, rows: number): number =>
    ggufTensorBytes(tensorType(name, columns, layers, mixture), [columns, rows]);
  let bytes = matrix('token_embd.weight', hidden, vocab) + matrix('output.weight', hidden, vocab) + 4 * hidden;
  for (let layer = 0; layer < layers; layer += 1) {
    const part = (name: string, columns: number, rows: number): number =>
      matrix(`blk.${layer}.${name}.weight`, columns, rows);
    bytes += part('attn_q', hidden, heads * headWidth) + part('attn_output', heads * headWidth, hidden);
    bytes += part('attn_k', hidden, kvHeads * headWidth) + part('attn_v', hidden, kvHeads * headWidth);
    bytes += part('ffn_gate', hidden, feedForward) + part('ffn_up', hidden, feedForward);
    bytes += part('ffn_down', feedForward, hidden) + 8 * hidden;
  }
  return bytes;
}
