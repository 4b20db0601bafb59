// The GGUF writer against an independent reader: names, shapes, types, alignment and bytes come back as written.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gguf } from '@huggingface/gguf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ggufTensorBytes, writeGguf } from '../../engine/gguf.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gguf-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('a written file reads back with the same metadata, tensors and bytes', async () => {
  const path = join(dir, 'a.gguf');
  const vector = new Uint8Array(Float32Array.from([1, 2, 3]).buffer);
  const half = Uint8Array.from({ length: 2 * 5 * 2 }, (_, i) => i);
  await writeGguf(path, {
    metadata: {
      'general.architecture': { type: 'string', value: 'llama' },
      'llama.block_count': { type: 'uint32', value: 2 },
      'llama.rope.freq_base': { type: 'float32', value: 10000 },
      'tokenizer.ggml.tokens': { type: 'array', of: 'string', value: ['<unk>', '▁ä'] },
      'tokenizer.ggml.scores': { type: 'array', of: 'float32', value: [0, -1.5] },
    },
    tensors: [
      { name: 'a', shape: [3], type: 'F32', data: vector },
      {
        name: 'b.weight',
        shape: [5, 2],
        type: 'F16',
        data: async function* () {
          yield half.subarray(0, 7);
          yield half.subarray(7);
        },
      },
    ],
  });
  const read = await gguf(path, { allowLocalFile: true });
  expect(read.metadata).toMatchObject({
    'general.architecture': 'llama',
    'llama.block_count': 2,
    'llama.rope.freq_base': 10000,
    'tokenizer.ggml.tokens': ['<unk>', '▁ä'],
    'tokenizer.ggml.scores': [0, -1.5],
  });
  expect(read.tensorInfos.map(({ name, shape, dtype }) => [name, shape.map(Number), dtype])).toEqual([
    ['a', [3], 0],
    ['b.weight', [5, 2], 1],
  ]);
  const bytes = await readFile(path);
  expect(Number(read.tensorDataOffset) % 32).toBe(0);
  const at = (index: number) => Number(read.tensorDataOffset) + Number(read.tensorInfos[index]?.offset);
  expect(new Uint8Array(bytes.subarray(at(0), at(0) + 12))).toEqual(vector);
  expect(at(1) % 32).toBe(0);
  expect(new Uint8Array(bytes.subarray(at(1), at(1) + 20))).toEqual(half);
});

test.each([[4], [16]])('data of %i bytes for a shape of 12 bytes is refused by name', async (length) => {
  const tensors = [{ name: 'wrong', shape: [3], type: 'F32' as const, data: new Uint8Array(length) }];
  await expect(writeGguf(join(dir, 'b.gguf'), { metadata: {}, tensors })).rejects.toThrow(/wrong/);
});

test('block types count whole blocks', () => {
  expect(ggufTensorBytes('Q8_0', [64, 3])).toBe(2 * 34 * 3);
  expect(ggufTensorBytes('Q4_0', [32, 2])).toBe(18 * 2);
  expect(() => ggufTensorBytes('Q4_0', [33, 2])).toThrow(RangeError);
});
