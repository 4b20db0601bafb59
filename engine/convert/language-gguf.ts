// LLaMA's tensors and metadata under llama.cpp's names; the GGUF file itself is written by gguf-file.ts.
// Names and metadata: gguf-py's constants and llama.cpp's conversion/llama.py.
import type { GgufMetadata, GgufTensorInfo } from '../gguf.ts';
import type { LanguageSpec } from './language-spec.ts';
import { type Mixture, tensorType } from './mixture.ts';
import type { Tokenizer } from './tokenizer.ts';
import { tokenizerMetadata } from './tokenizer.ts';
import type { Weights } from './weights.ts';

/** One tensor of the GGUF file and where it comes from. */
export interface LanguageTensor extends GgufTensorInfo {
  /** Name in the checkpoint. */
  source: string;
  rows: number;
  columns: number;
  /** Heads whose rows have to be brought from Hugging Face's rotary layout to llama.cpp's. */
  rotaryHeads?: number;
}

/** The file's tensors in writing order; claims each in the checkpoint. Throws `checkpoint-invalid` naming tensor and shape. */
export function languageTensors(weights: Weights, spec: LanguageSpec, mixture: Mixture): LanguageTensor[] {
  const { prefix, hidden, heads, kvHeads, headWidth, feedForward, vocab, layers } = spec;
  const tensors: LanguageTensor[] = [];
  function matrix(name: string, source: string, rows: number, columns: number, rotaryHeads?: number): void {
    weights.claim(source, [rows, columns]);
    const type = tensorType(name, columns, layers, mixture);
    tensors.push({
      name,
      source,
      rows,
      columns,
      shape: [columns, rows],
      type,
      ...(rotaryHeads === undefined ? {} : { rotaryHeads }),
    });
  }
  function vector(name: string, source: string, length: number, rotaryHeads?: number): void {
    weights.claim(source, [length]);
    tensors.push({
      name,
      source,
      rows: length,
      columns: 1,
      shape: [length],
      type: 'F32',
      ...(rotaryHeads === undefined ? {} : { rotaryHeads }),
    });
  }
  function biased(name: string, source: string, rows: number, columns: number, rotaryHeads?: number): void {
    matrix(`${name}.weight`, `${source}.weight`, rows, columns, rotaryHeads);
    if (weights.has(`${source}.bias`)) vector(`${name}.bias`, `${source}.bias`, rows, rotaryHeads);
  }
  matrix('token_embd.weight', `${prefix}embed_tokens.weight`, vocab, hidden);
  for (let layer = 0; layer < layers; layer += 1) {
    const to = `blk.${layer}`;
    const from = `${prefix}layers.${layer}`;
    vector(`${to}.attn_norm.weight`, `${from}.input_layernorm.weight`, hidden);
    biased(`${to}.attn_q`, `${from}.self_attn.q_proj`, heads * headWidth, hidden, heads);
    biased(`${to}.attn_k`, `${from}.self_attn.k_proj`, kvHeads * headWidth, hidden, kvHeads);
    biased(`${to}.attn_v`, `${from}.self_attn.v_proj`, kvHeads * headWidth, hidden);
    biased(`${to}.attn_output`, `${from}.self_attn.o_proj`, hidden, heads * headWidth);
    vector(`${to}.ffn_norm.weight`, `${from}.post_attention_layernorm.weight`, hidden);
    biased(`${to}.ffn_gate`, `${from}.mlp.gate_proj`, feedForward, hidden);
    biased(`${to}.ffn_up`, `${from}.mlp.up_proj`, feedForward, hidden);
    biased(`${to}.ffn_down`, `${from}.mlp.down_proj`, hidden, feedForward);
  }
  vector('output_norm.weight', `${prefix}norm.weight`, hidden);
  // Written even where it is tied to the input embedding: an adapter on token_embd.weight would otherwise reach the output too.
  matrix('output.weight', spec.output, vocab, hidden);
  return tensors;
}

export function languageMetadata(
  spec: LanguageSpec,
  tokenizer: Tokenizer,
  mixture: Mixture,
  about: { name: string; license: string },
): GgufMetadata {
  const number = (value: number): { type: 'uint32'; value: number } => ({ type: 'uint32', value });
  return {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.type': { type: 'string', value: 'model' },
    'general.name': { type: 'string', value: about.name },
    'general.license': { type: 'string', value: about.license },
    'general.file_type': number(mixture.fileType),
    'general.quantization_version': number(2),
    'llama.context_length': number(spec.maxPositions),
    'llama.embedding_length': number(spec.hidden),
    'llama.block_count': number(spec.layers),
    'llama.feed_forward_length': number(spec.feedForward),
    'llama.attention.head_count': number(spec.heads),
    'llama.attention.head_count_kv': number(spec.kvHeads),
    'llama.attention.key_length': number(spec.headWidth),
    'llama.attention.value_length': number(spec.headWidth),
    'llama.attention.layer_norm_rms_epsilon': { type: 'float32', value: spec.rmsEps },
    'llama.rope.dimension_count': number(spec.headWidth),
    'llama.rope.freq_base': { type: 'float32', value: spec.ropeTheta },
    'llama.vocab_size': number(spec.vocab),
    ...(spec.ropeFactor === undefined
      ? {}
      : {
          'llama.rope.scaling.type': { type: 'string', value: 'linear' },
          'llama.rope.scaling.factor': { type: 'float32', value: spec.ropeFactor },
        }),
    ...tokenizerMetadata(tokenizer),
  };
}

/**
 * Rows of whole heads from Hugging Face's rotary layout (first halves, then second halves) to llama.cpp's (pairs side by side);
 * the same permutation for grouped key/value heads, whose number it is then given (llama.cpp, LlamaModel.permute).
 */
export function rotaryRows(values: Float32Array, headWidth: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  const rows = values.length / columns;
  const half = headWidth / 2;
  for (let row = 0; row < rows; row += 1) {
    const inHead = row % headWidth;
    const from = row - inHead + (inHead % 2) * half + Math.floor(inHead / 2);
    result.set(values.subarray(from * columns, (from + 1) * columns), row * columns);
  }
  return result;
}
