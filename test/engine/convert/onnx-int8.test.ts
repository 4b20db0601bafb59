// The 8-bit encoder against its float32 original: smaller, close, and not the same.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convertCheckpoint, type EncoderFormat } from '../../../engine/convert/convert.ts';
import { PUBLISHED_SYSTEM_PROMPTS } from '../../../prompts/published.ts';
import { fixtureDir, hasFixture } from './fixture.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cxr-int8-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function tokens(path: string): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(path, { executionProviders: ['cpu'], intraOpNumThreads: 1 });
  const image = Float32Array.from({ length: 64 * 64 }, (_, index) => Math.sin(index / 7));
  const outputs = await session.run({ image: new ort.Tensor('float32', image, [1, 1, 64, 64]) });
  await session.release();
  return outputs.image_tokens?.data as Float32Array;
}

test.skipIf(!hasFixture)('an 8-bit encoder is a quarter of the size and a few percent off', async () => {
  const convert = async (encoderFormat: EncoderFormat): Promise<string> => {
    const outDir = join(dir, encoderFormat);
    const options = {
      checkpoint: fixtureDir,
      outDir,
      quantization: 'f16',
      systemPrompts: PUBLISHED_SYSTEM_PROMPTS,
    } as const;
    const { manifest } = await convertCheckpoint({ ...options, encoderFormat });
    expect(Object.keys(manifest.sha256)).toEqual(['encoder.onnx', 'language.gguf']);
    return join(outDir, 'encoder.onnx');
  };
  const [path, int8] = [await convert('float32'), await convert('int8')];
  expect((await stat(int8)).size).toBeLessThan((await stat(path)).size / 2);
  const [exact, rounded] = [await tokens(path), await tokens(int8)];
  const square = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
  const error = Math.sqrt(square(rounded.map((value, index) => value - (exact[index] ?? 0))) / square(exact));
  expect(error).toBeGreaterThan(0);
  expect(error).toBeLessThan(0.1);
});
