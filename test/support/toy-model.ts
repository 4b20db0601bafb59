// A LLaMA of two small layers with random weights and a vocabulary of a few hundred pieces, written by our own GGUF writer: the real runtime, no shipped weights.
import { type GgufTensor, writeGguf } from '../../engine/gguf.ts';
import { seededRandom } from '../../engine/seeded-random.ts';

export const TOY_WIDTH = 64;
export const TOY_LAYERS = 2;
const HEADS = 4;
const FEED_FORWARD = 128;

const WORDS =
  'Yes No yes no there is are the a of in pleural effusion edema pneumothorax atelectasis cardiomegaly heart lung normal any Is What Why report chest radiograph small large left right and with further CT'.split(
    ' ',
  );
const CHARACTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:?!\'"()[]<>/{}-_';

export interface ToyVocabulary {
  tokens: string[];
  scores: number[];
  types: number[];
}

/** `<unk>` 0, `<s>` 1, `</s>` 2, 256 byte pieces, then every beginning of a few words (so that byte-pair merges can build them) and single characters. */
export function toyVocabulary(): ToyVocabulary {
  const pieces = new Set<string>();
  for (const word of WORDS) {
    for (let length = 2; length <= word.length + 1; length++) pieces.add(`▁${word}`.slice(0, length));
  }
  for (const character of ['▁', ...CHARACTERS]) pieces.add(character);
  const tokens = ['<unk>', '<s>', '</s>'];
  const types = [2, 3, 3];
  for (let byte = 0; byte < 256; byte++) {
    tokens.push(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    types.push(6);
  }
  for (const piece of pieces) {
    tokens.push(piece);
    types.push(1);
  }
  return { tokens, types, scores: tokens.map((_, id) => (id < 259 ? 0 : 259 - id)) };
}

/** Normally distributed numbers from a seed (Box–Muller). */
export function normalRandom(seed: number): () => number {
  const uniform = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform());
}

export interface ToyModelOptions {
  seed?: number;
  contextTokens?: number;
  /** Overwrites rows of the embedding table: the twin that a soft token is compared with. */
  rows?: Readonly<Record<number, Float32Array>>;
}

function bytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Writes the toy model as an F32 GGUF file; the same options give the same bytes. */
export async function writeToyModel(path: string, options: ToyModelOptions = {}): Promise<void> {
  const { seed = 1, contextTokens = 512, rows = {} } = options;
  const vocabulary = toyVocabulary();
  const random = normalRandom(seed);
  const tensor = (name: string, shape: readonly number[], scale: number, mean = 0): GgufTensor => ({
    name,
    shape,
    type: 'F32',
    data: bytes(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => mean + random() * scale)),
  });
  const embedding = tensor('token_embd.weight', [TOY_WIDTH, vocabulary.tokens.length], 1);
  for (const [id, row] of Object.entries(rows)) {
    (embedding.data as Uint8Array).set(bytes(row), Number(id) * TOY_WIDTH * 4);
  }
  const tensors = [embedding];
  for (let layer = 0; layer < TOY_LAYERS; layer++) {
    const name = (part: string) => `blk.${layer}.${part}.weight`;
    tensors.push(tensor(name('attn_norm'), [TOY_WIDTH], 0.1, 1));
    for (const part of ['attn_q', 'attn_k', 'attn_v', 'attn_output']) {
      tensors.push(tensor(name(part), [TOY_WIDTH, TOY_WIDTH], 0.15));
    }
    tensors.push(tensor(name('ffn_norm'), [TOY_WIDTH], 0.1, 1));
    tensors.push(tensor(name('ffn_gate'), [TOY_WIDTH, FEED_FORWARD], 0.15));
    tensors.push(tensor(name('ffn_up'), [TOY_WIDTH, FEED_FORWARD], 0.15));
    tensors.push(tensor(name('ffn_down'), [FEED_FORWARD, TOY_WIDTH], 0.15));
  }
  tensors.push(tensor('output_norm.weight', [TOY_WIDTH], 0.1, 1));
  tensors.push(tensor('output.weight', [TOY_WIDTH, vocabulary.tokens.length], 0.3));
  const u32 = (value: number) => ({ type: 'uint32' as const, value });
  await writeGguf(path, {
    metadata: {
      'general.architecture': { type: 'string', value: 'llama' },
      'general.name': { type: 'string', value: 'toy' },
      'general.file_type': u32(0),
      'llama.context_length': u32(contextTokens),
      'llama.embedding_length': u32(TOY_WIDTH),
      'llama.block_count': u32(TOY_LAYERS),
      'llama.feed_forward_length': u32(FEED_FORWARD),
      'llama.attention.head_count': u32(HEADS),
      'llama.attention.head_count_kv': u32(HEADS),
      'llama.attention.layer_norm_rms_epsilon': { type: 'float32', value: 1e-5 },
      'llama.rope.dimension_count': u32(TOY_WIDTH / HEADS),
      'llama.vocab_size': u32(vocabulary.tokens.length),
      'tokenizer.ggml.model': { type: 'string', value: 'llama' },
      'tokenizer.ggml.tokens': { type: 'array', of: 'string', value: vocabulary.tokens },
      'tokenizer.ggml.scores': { type: 'array', of: 'float32', value: vocabulary.scores },
      'tokenizer.ggml.token_type': { type: 'array', of: 'int32', value: vocabulary.types },
      'tokenizer.ggml.bos_token_id': u32(1),
      'tokenizer.ggml.eos_token_id': u32(2),
      'tokenizer.ggml.unknown_token_id': u32(0),
      'tokenizer.ggml.add_bos_token': { type: 'bool', value: true },
      'tokenizer.ggml.add_eos_token': { type: 'bool', value: false },
      'tokenizer.ggml.add_space_prefix': { type: 'bool', value: true },
    },
    tensors,
  });
}
