// Number formats: our own conversions against ggml's and IEEE's, ggml's blocks against what the engine reads of them, and quantised bundles in llama.cpp.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gguf } from '@huggingface/gguf';
import Keyv from 'keyv';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { convertCheckpoint } from '../../../engine/convert/convert.ts';
import { decodeFloats, encodeBfloats, encodeHalves } from '../../../engine/convert/floats.ts';
import { loadGgml } from '../../../engine/convert/ggml.ts';
import { rotaryRows } from '../../../engine/convert/language-gguf.ts';
import { MIXTURES, QUANTIZATION_NAMES, quantizationName, tensorType } from '../../../engine/convert/mixture.ts';
import { readRows } from '../../../engine/embedding-rows.ts';
import { GGUF_TENSOR_TYPES } from '../../../engine/gguf.ts';
import { openEngine } from '../../../engine/open-engine.ts';
import { PUBLISHED_SYSTEM_PROMPTS } from '../../../prompts/published.ts';
import { fixtureDir, hasFixture } from './fixture.ts';

// Slow on a busy machine, and that is no failure.
vi.setConfig({ testTimeout: 600_000 });

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cxr-quantize-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Deterministic numbers of a bell's shape. */
function noise(length: number, seed = 1): Float32Array {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from({ length }, () => uniform() + uniform() + uniform() - 1.5);
}

test('half precision: every value survives, rounding is to nearest even, beyond the range is infinite', () => {
  const all = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits).filter((bits) => (bits & 0x7c00) !== 0x7c00);
  const floats = decodeFloats('F16', new Uint8Array(all.buffer));
  expect(encodeHalves(floats)).toEqual(all);
  const ties = new Float32Array([
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
    65519,
    65520,
    2 ** -25,
    3 * 2 ** -25,
    -(2 ** -24),
    6.1e-5,
  ]);
  expect([...decodeFloats('F16', new Uint8Array(encodeHalves(ties).buffer))].slice(0, 7)).toEqual([
    1,
    1 + 2 ** -9,
    65504,
    Number.POSITIVE_INFINITY,
    0,
    2 ** -23,
    -(2 ** -24),
  ]);
});

test('bfloat16 rounds to nearest even and is decoded exactly', () => {
  const values = new Float32Array([1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -0.1, 3e38]);
  const back = decodeFloats('BF16', new Uint8Array(encodeBfloats(values).buffer));
  expect([...back].slice(0, 3)).toEqual([1, 1, 1 + 2 ** -6]);
  expect(Math.abs((back[3] ?? 0) + 0.1)).toBeLessThan(0.1 * 2 ** -8);
});

/** Root mean square error over root mean square, of a bell-shaped row: what the format is known to lose. */
const LOSS = { Q8_0: 0.006, Q6_K: 0.022, Q5_K: 0.045, Q5_0: 0.055, Q4_K: 0.085, Q4_0: 0.11 } as const;

test.each(Object.keys(LOSS) as (keyof typeof LOSS)[])(
  '%s: ggml quantises, and the engine reads its rows as ggml does',
  async (type) => {
    const ggml = loadGgml();
    const values = noise(512 * 3);
    const blocks = await ggml.quantize(type, values, 512);
    const back = ggml.dequantize(type, blocks);
    const square = (numbers: Float32Array): number => numbers.reduce((sum, value) => sum + value * value, 0);
    const error = Math.sqrt(square(back.map((value, index) => value - (values[index] ?? 0))) / square(values));
    expect(error).toBeLessThan(LOSS[type]);
    expect(error).toBeGreaterThan(LOSS[type] / 4);
    if (type === 'Q5_0') return; // No ready-made file stores embeddings in it.
    const path = join(dir, `${type}.rows`);
    await writeFile(path, blocks);
    const rows = await readRows({ path, offset: 0, type: GGUF_TENSOR_TYPES[type].id, width: 512, rows: 3 }, [2, 0]);
    expect(rows).toEqual(Float32Array.from([...back.slice(1024), ...back.slice(0, 512)]));
  },
);

test('rows of one head come into pairs, head by head', () => {
  const heads = 2;
  const rows = Float32Array.from({ length: heads * 6 }, (_, row) => row);
  expect([...rotaryRows(rows, 6, 1)]).toEqual([0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
});

test('the mixtures are llama.cpp’s, and the embedding table is never quantised', () => {
  const layers = 32;
  const careful = Array.from({ length: layers }, (_, layer) => layer).filter(
    (layer) => tensorType(`blk.${layer}.ffn_down.weight`, 11008, layers, MIXTURES.q4_k_m) === 'Q6_K',
  );
  expect(careful).toEqual([0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31]);
  expect(tensorType('blk.5.attn_q.weight', 4096, layers, MIXTURES.q4_k_m)).toBe('Q4_K');
  expect(tensorType('output.weight', 4096, layers, MIXTURES.q4_0)).toBe('Q6_K');
  expect(tensorType('token_embd.weight', 4096, layers, MIXTURES.q4_0)).toBe('F16');
  expect(tensorType('blk.5.attn_q.weight', 160, layers, MIXTURES.q4_k_m)).toBe('Q5_0');
  expect(() => quantizationName('q3')).toThrow(/q4_0/);
});

test.skipIf(!hasFixture).each(QUANTIZATION_NAMES)('a %s bundle answers in llama.cpp', async (quantization) => {
  const outDir = join(dir, quantization);
  await convertCheckpoint({ checkpoint: fixtureDir, outDir, quantization, systemPrompts: PUBLISHED_SYSTEM_PROMPTS });
  const { tensorInfos, metadata } = await gguf(join(outDir, 'language.gguf'), { allowLocalFile: true });
  expect(Reflect.get(metadata, 'general.file_type')).toBe(MIXTURES[quantization].fileType);
  expect(tensorInfos).toHaveLength(21);
  const engine = await openEngine({ bundleDir: outDir, store: new Keyv(), sequences: 1, gpu: 'off', backend: 'cpu' });
  const image = await engine.encode(await readFile(join(fixtureDir, 'image.png')), { force: true });
  const conversation = await engine.start(image);
  const turn = await conversation.ask('Is there any effusion?', { temperature: 0, maxTokens: 4 }).turn;
  expect(turn.answerTokens).toBeGreaterThan(0);
  await engine.close();
});
