// Which number format each tensor gets under a quantisation: llama.cpp's own mixtures for LLaMA (llama-quant.cpp, llama_tensor_get_type).

import { CxrError } from '../error.ts';
import type { GgufTensorType } from '../gguf.ts';
import { GGUF_TENSOR_TYPES } from '../gguf.ts';

export interface Mixture {
  /** Format of most matrices. */
  base: GgufTensorType;
  /** Format of `output.weight`. */
  output: GgufTensorType;
  /** Format of attention values and the feed-forward's second matrix in the layers that need more bits. */
  careful?: GgufTensorType;
  /** `general.file_type` (enum llama_ftype in llama.h). */
  fileType: number;
}

/** By the name given to `--quantize`. */
export const MIXTURES = {
  f32: { base: 'F32', output: 'F32', fileType: 0 },
  f16: { base: 'F16', output: 'F16', fileType: 1 },
  bf16: { base: 'BF16', output: 'BF16', fileType: 32 },
  q8_0: { base: 'Q8_0', output: 'Q8_0', fileType: 7 },
  q6_k: { base: 'Q6_K', output: 'Q6_K', fileType: 18 },
  q5_k_m: { base: 'Q5_K', output: 'Q6_K', careful: 'Q6_K', fileType: 17 },
  q4_k_m: { base: 'Q4_K', output: 'Q6_K', careful: 'Q6_K', fileType: 15 },
  q4_0: { base: 'Q4_0', output: 'Q6_K', fileType: 2 },
} as const satisfies Record<string, Mixture>;
export type QuantizationName = keyof typeof MIXTURES;
export const QUANTIZATION_NAMES = Object.keys(MIXTURES) as QuantizationName[];

/** Throws `usage` naming what there is. */
export function quantizationName(text: string): QuantizationName {
  const name = QUANTIZATION_NAMES.find((known) => known === text.toLowerCase());
  if (name) return name;
  throw new CxrError('usage', `There is no quantisation ${text}; there are ${QUANTIZATION_NAMES.join(', ')}.`);
}

/** llama.cpp: the first and last eighth of the layers, and every third between. */
function needsMoreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

/** What llama.cpp takes where a row does not divide into the blocks of a K format. */
const FALLBACK: Partial<Record<GgufTensorType, GgufTensorType>> = {
  Q4_K: 'Q5_0',
  Q5_K: 'Q5_0',
  Q6_K: 'Q8_0',
};

function fitting(type: GgufTensorType, columns: number): GgufTensorType {
  const fits = (candidate: GgufTensorType): boolean => columns % GGUF_TENSOR_TYPES[candidate].blockElements === 0;
  if (fits(type)) return type;
  const fallback = FALLBACK[type];
  return fallback !== undefined && fits(fallback) ? fallback : 'F16';
}

/**
 * The format of one matrix. `token_embd.weight` is never quantised: the image's slots subtract its rows exactly, and it is
 * only ever looked up, so it costs no speed.
 */
export function tensorType(name: string, columns: number, layers: number, mixture: Mixture): GgufTensorType {
  if (name === 'token_embd.weight') return mixture.base === 'F32' ? 'F32' : mixture.base === 'BF16' ? 'BF16' : 'F16';
  if (name === 'output.weight') return fitting(mixture.output, columns);
  const block = /^blk\.(\d+)\.(attn_v|ffn_down)\.weight$/.exec(name);
  const isCareful = block !== null && mixture.careful !== undefined && needsMoreBits(Number(block[1]), layers);
  return fitting(isCareful && mixture.careful ? mixture.careful : mixture.base, columns);
}
