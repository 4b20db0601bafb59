// Random language models and weights of given shapes: real files of the true size in seconds, for benchmarks and self-checks without any licensed weights.
import { rename } from 'node:fs/promises';
import { type GgufTensor, type GgufTensorType, ggufTensorBytes, writeGguf } from '../gguf.ts';
import { encodeBfloats, encodeHalves } from './floats.ts';
import { loadGgml } from './ggml.ts';
import { languageMetadata, languageTensors } from './language-gguf.ts';
import type { LanguageSpec } from './language-spec.ts';
import { MIXTURES, type QuantizationName } from './mixture.ts';
import { TOKEN_TYPE, type Tokenizer } from './tokenizer.ts';
import type { Weights } from './weights.ts';

/** Numbers of one random pattern; a multiple of every block size. Larger tensors repeat it. */
const PATTERN_NUMBERS = 1 << 20;
const WRITE_BYTES = 8 * 1024 * 1024;

/** Deterministic numbers of a bell's shape with this standard deviation. */
export function bell(length: number, deviation: number): Float32Array {
  let state = 12345;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Float32Array.from({ length }, () => deviation * 2 * (uniform() + uniform() + uniform()));
}

/** Weights of any name and shape: random matrices that keep magnitudes, ones and zeros for norms. */
export function randomWeights(): Weights {
  const values = (name: string, shape: readonly number[]): Float32Array => {
    const length = shape.reduce((product, side) => product * side, 1);
    if (/(ln_|bn|norm|downsample\.1).*weight$|running_var$/.test(name)) return new Float32Array(length).fill(1);
    if (/bias$|running_mean$/.test(name)) return new Float32Array(length);
    const fan = shape.slice(1).reduce((product, side) => product * side, 1);
    return bell(length, 1 / Math.sqrt(Math.max(1, fan)));
  };
  return {
    has: (name) => !/\.bias$/.test(name) || /vision_tower/.test(name),
    shape: () => [],
    claim: (name, shape) => ({ name, dtype: 'F32', shape, file: '', start: 0, bytes: 0 }),
    floats: (name, shape) => async () => values(name, shape),
    transposed: (name, rows, columns) => async () => values(name, [rows, columns]),
    unclaimed: () => [],
  };
}

/** 32,000 pieces as LLaMA's vocabulary has: bytes, characters, the words of `text`, fillers that no text becomes. */
export function randomTokenizer(text = ''): Tokenizer {
  const pieces: Tokenizer['pieces'] = [
    { piece: '<unk>', score: 0, type: TOKEN_TYPE.unknown },
    { piece: '<s>', score: 0, type: TOKEN_TYPE.control },
    { piece: '</s>', score: 0, type: TOKEN_TYPE.control },
  ];
  for (let byte = 0; byte < 256; byte += 1) {
    pieces.push({ piece: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, score: 0, type: TOKEN_TYPE.byte });
  }
  // Words are merged from the left, so each beginning of a word is a piece, as frequent words are in LLaMA's vocabulary.
  const known = new Set<string>();
  for (const word of text.split(/\s+/)) {
    for (let length = 2; length <= word.length + 1; length += 1) known.add(`▁${word}`.slice(0, length));
  }
  for (let code = 33; code < 127; code += 1) known.add(String.fromCharCode(code));
  known.add('▁');
  for (const piece of known) pieces.push({ piece, score: -pieces.length, type: TOKEN_TYPE.normal });
  while (pieces.length < 32000) {
    pieces.push({ piece: `◊${pieces.length}`, score: -pieces.length, type: TOKEN_TYPE.normal });
  }
  return { pieces, bosId: 1, eosId: 2, unkId: 0, addDummyPrefix: true, spaceAfterSpecial: true };
}

async function pattern(type: GgufTensorType, deviation: number): Promise<Uint8Array> {
  const values = bell(PATTERN_NUMBERS, deviation);
  if (type === 'F32') return new Uint8Array(values.buffer);
  if (type === 'F16') return new Uint8Array(encodeHalves(values).buffer);
  if (type === 'BF16') return new Uint8Array(encodeBfloats(values).buffer);
  return loadGgml().quantize(type, values, 4096);
}

async function* repeated(bytes: Uint8Array, total: number): AsyncGenerator<Uint8Array> {
  const copies = Math.max(1, Math.ceil(WRITE_BYTES / bytes.length));
  const large = new Uint8Array(bytes.length * copies);
  for (let copy = 0; copy < copies; copy += 1) large.set(bytes, copy * bytes.length);
  for (let done = 0; done < total; done += large.length) yield large.subarray(0, Math.min(large.length, total - done));
}

/** Writes a GGUF file of this shape and format; the weights repeat one random pattern. Replaces `path` at once. */
export async function writeRandomLanguage(
  path: string,
  name: string,
  spec: LanguageSpec,
  format: QuantizationName,
  tokenizer = randomTokenizer(),
): Promise<void> {
  const mixture = MIXTURES[format];
  const tensors: GgufTensor[] = [];
  const patterns = new Map<string, Promise<Uint8Array>>();
  for (const tensor of languageTensors(randomWeights(), spec, mixture)) {
    const bytes = ggufTensorBytes(tensor.type, tensor.shape);
    const isNorm = tensor.columns === 1;
    const key = `${tensor.type}-${tensor.columns}`;
    const made = patterns.get(key) ?? pattern(tensor.type, 1 / Math.sqrt(tensor.columns));
    patterns.set(key, made);
    const data = isNorm
      ? new Uint8Array(new Float32Array(tensor.rows).fill(1).buffer)
      : async function* () {
          yield* repeated(await made, bytes);
        };
    tensors.push({ name: tensor.name, shape: tensor.shape, type: tensor.type, data });
  }
  const metadata = languageMetadata(spec, tokenizer, mixture, { name, license: 'random weights' });
  await writeGguf(`${path}.partial`, { metadata, tensors });
  await rename(`${path}.partial`, path);
}
