// Writes random-weight models of given shapes as bundles: real files of the true size, made in minutes and without any licensed weights.
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '../../../engine/bundle.ts';
import { clipResnet } from '../../../engine/convert/clip-resnet.ts';
import { encodeBfloats, encodeHalves } from '../../../engine/convert/floats.ts';
import { loadGgml } from '../../../engine/convert/ggml.ts';
import { chooseImageSlots } from '../../../engine/convert/image-slots.ts';
import { languageMetadata, languageTensors } from '../../../engine/convert/language-gguf.ts';
import { MIXTURES } from '../../../engine/convert/mixture.ts';
import { createOnnxGraph } from '../../../engine/convert/onnx-graph.ts';
import { openClipVit } from '../../../engine/convert/open-clip-vit.ts';
import { TOKEN_TYPE, type Tokenizer } from '../../../engine/convert/tokenizer.ts';
import type { VisionTower } from '../../../engine/convert/vision-tower.ts';
import type { Weights } from '../../../engine/convert/weights.ts';
import { type GgufTensor, type GgufTensorType, ggufTensorBytes, writeGguf } from '../../../engine/gguf.ts';
import { PUBLISHED_SYSTEM_PROMPTS } from '../../../prompts/published.ts';
import type { BenchFormat, ModelShape } from './shapes.ts';

/** Numbers of one random pattern; a multiple of every block size. Larger tensors repeat it. */
const PATTERN_NUMBERS = 1 << 20;
const WRITE_BYTES = 8 * 1024 * 1024;

/** Deterministic numbers of a bell's shape with this standard deviation. */
function bell(length: number, deviation: number): Float32Array {
  let state = 12345;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Float32Array.from({ length }, () => deviation * 2 * (uniform() + uniform() + uniform()));
}

/** Weights of any name and shape: random matrices that keep magnitudes, ones and zeros for norms. */
function randomWeights(): Weights {
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

function withoutLayerScale(weights: Weights): Weights {
  return { ...weights, has: (name) => !/\.ls_1\.gamma$/.test(name) && weights.has(name) };
}

/** 32,000 pieces as LLaMA's vocabulary has: bytes, characters, a few words, fillers that no text becomes. */
export function benchTokenizer(): Tokenizer {
  const pieces: Tokenizer['pieces'] = [
    { piece: '<unk>', score: 0, type: TOKEN_TYPE.unknown },
    { piece: '<s>', score: 0, type: TOKEN_TYPE.control },
    { piece: '</s>', score: 0, type: TOKEN_TYPE.control },
  ];
  for (let byte = 0; byte < 256; byte += 1) {
    pieces.push({ piece: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, score: 0, type: TOKEN_TYPE.byte });
  }
  // Words are merged from the left, so each beginning of a word is a piece, as frequent words are in LLaMA's vocabulary.
  const words = `${PUBLISHED_SYSTEM_PROMPTS.llama2} Write a radiologic report on the given chest radiograph Is there any effusion`;
  const known = new Set<string>();
  for (const word of words.split(/\s+/)) {
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

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Writes a language model once; returns its path. */
export async function benchLanguage(
  dir: string,
  name: string,
  shape: ModelShape,
  format: BenchFormat,
): Promise<string> {
  const path = join(dir, `${name}-${format}.gguf`);
  if (await isThere(path)) return path;
  await mkdir(dir, { recursive: true });
  const mixture = MIXTURES[format];
  const tensors: GgufTensor[] = [];
  const patterns = new Map<string, Promise<Uint8Array>>();
  for (const tensor of languageTensors(randomWeights(), shape.language, mixture)) {
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
  const metadata = languageMetadata(shape.language, benchTokenizer(), mixture, { name, license: 'random weights' });
  await writeGguf(`${path}.partial`, { metadata, tensors });
  await rename(`${path}.partial`, path);
  return path;
}

function towerOf({ encoder }: ModelShape): VisionTower {
  const weights = withoutLayerScale(randomWeights());
  if (encoder.kind === 'resnet') return clipResnet(weights, 'vision_tower.', encoder.config, encoder.embed);
  return openClipVit(weights, 'vision_tower.', encoder.config, 1, encoder.config.width, encoder.config.width);
}

/** Writes an encoder with its projection once; returns its path. */
export async function benchEncoder(dir: string, name: string, shape: ModelShape): Promise<string> {
  const path = join(dir, `${name}-encoder.onnx`);
  if (await isThere(path)) return path;
  await mkdir(dir, { recursive: true });
  const tower = towerOf(shape);
  const graph = createOnnxGraph({ name: 'image', shape: [1, tower.channels, tower.size, tower.size] });
  const { hidden } = shape.language;
  const projection = graph.weight('projection', [tower.width, hidden], async () =>
    bell(tower.width * hidden, 1 / tower.width),
  );
  const value = graph.node('MatMul', [tower.build(graph, 'image'), projection]);
  await graph.write(path, [{ name: 'image_tokens', value, shape: [1, tower.tokens, hidden] }]);
  return path;
}

/** A bundle folder around these files, for what runs through the engine. */
export async function benchBundle(dir: string, name: string, shape: ModelShape, format: BenchFormat): Promise<string> {
  const language = await benchLanguage(dir, name, shape, format);
  const encoder = await benchEncoder(dir, name, shape);
  const bundleDir = join(dir, `${name}-${format}`);
  if (await isThere(join(bundleDir, 'bundle.json'))) return bundleDir;
  await mkdir(bundleDir, { recursive: true });
  const { link } = await import('node:fs/promises');
  const files = [encoder, `${encoder}.data`, language];
  const sha256: Record<string, string> = {};
  for (const file of files) {
    if (!(await isThere(file))) continue;
    const base = file.slice(dir.length + 1);
    await link(file, join(bundleDir, base)).catch(() => {});
    sha256[base] = await sha256OfFile(file);
  }
  const tower = towerOf(shape);
  const manifest = {
    format: 'cxr-bundle/1',
    name: `bench-${name}`,
    version: '1',
    license: 'random weights, no licence needed',
    intendedUse: 'Measuring speed and memory; its words mean nothing.',
    encoder: {
      file: encoder.slice(dir.length + 1),
      input: 'image',
      size: tower.size,
      channels: tower.channels,
      fit: 'crop',
      mean: Array.from({ length: tower.channels }, () => 0.5),
      std: Array.from({ length: tower.channels }, () => 0.25),
      outputs: { imageTokens: 'image_tokens' },
    },
    language: {
      file: language.slice(dir.length + 1),
      chat: 'llama2',
      systemPrompt: PUBLISHED_SYSTEM_PROMPTS.llama2,
      imageTokenIds: chooseImageSlots(benchTokenizer(), shape.imageTokens),
      contextTokens: shape.contextTokens,
    },
    sampling: { temperature: 0, topP: 1, maxTokens: 64 },
    sha256,
  };
  await writeFile(join(bundleDir, 'bundle.json'), JSON.stringify(manifest));
  return bundleDir;
}
