// `cxr bundle check` passes a sound bundle and finds a changed file, a wrong shape and an encoder that does not look.
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sha256OfFile } from '../../engine/bundle.ts';
import { checkBundle } from '../../engine/bundle-check.ts';
import { convertCheckpoint } from '../../engine/convert/convert.ts';
import { createOnnxGraph } from '../../engine/convert/onnx-graph.ts';
import { describeLanguageFile } from '../../engine/language-file.ts';
import { memoryNeed } from '../../engine/memory-need.ts';
import { languageBytes, PUBLISHED_SHAPES } from '../../engine/published-shapes.ts';
import { PUBLISHED_SYSTEM_PROMPTS } from '../../prompts/published.ts';
import { fixtureDir, hasFixture } from './convert/fixture.ts';

// Loading both models several times over is slow on a busy machine.
vi.setConfig({ testTimeout: 600_000 });

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cxr-bundle-check-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function bundle(name: string): Promise<string> {
  const outDir = join(dir, name);
  await convertCheckpoint({
    checkpoint: fixtureDir,
    outDir,
    quantization: 'f16',
    systemPrompts: PUBLISHED_SYSTEM_PROMPTS,
  });
  return outDir;
}

async function failures(bundleDir: string): Promise<string[]> {
  const failed: string[] = [];
  const steps = checkBundle(bundleDir, { images: [], gpu: 'off', question: 'Write a radiologic report.' });
  for await (const { name, passed } of steps) if (!passed) failed.push(name);
  return failed;
}

/** Puts an encoder in place that gives the same `tokens` × 64 numbers for every picture. */
async function blindEncoder(bundleDir: string, tokens: number): Promise<void> {
  const graph = createOnnxGraph({ name: 'image', shape: [1, 1, 64, 64] });
  const nothing = graph.node('Mul', [graph.node('ReduceMean', ['image'], { keepdims: 0 }), graph.floats([0], [])]);
  const values = graph.floats(
    Array.from({ length: tokens * 64 }, (_, index) => Math.sin(index)),
    [1, tokens, 64],
  );
  const path = join(bundleDir, 'encoder.onnx');
  await graph.write(path, [
    { name: 'image_tokens', value: graph.node('Add', [values, nothing]), shape: [1, tokens, 64] },
  ]);
  const manifest = JSON.parse(await readFile(join(bundleDir, 'bundle.json'), 'utf8'));
  manifest.sha256['encoder.onnx'] = await sha256OfFile(path);
  await writeFile(join(bundleDir, 'bundle.json'), JSON.stringify(manifest));
}

test.skipIf(!hasFixture)('a converted bundle is sound', async () => {
  expect(await failures(await bundle('sound'))).toEqual([]);
});

test.skipIf(!hasFixture)('a changed file fails the hashes', async () => {
  const changed = await bundle('changed');
  await appendFile(join(changed, 'language.gguf'), 'x');
  expect(await failures(changed)).toEqual(['hashes']);
});

test.skipIf(!hasFixture)('an encoder that does not look at its image fails the control', async () => {
  const blind = await bundle('blind');
  await blindEncoder(blind, 16);
  expect(await failures(blind)).toEqual(['image control']);
});

test.skipIf(!hasFixture)('an encoder of another shape fails', async () => {
  const wrong = await bundle('wrong');
  await blindEncoder(wrong, 32);
  expect(await failures(wrong)).toContain('shapes');
});

test('no bundle at all fails the first step only', async () => {
  expect(await failures(join(dir, 'nothing'))).toEqual(['manifest']);
});

test.skipIf(!hasFixture)('what the file says of itself fits the checkpoint', async () => {
  const file = await describeLanguageFile(join(await bundle('described'), 'language.gguf'));
  expect(file.shape).toEqual({ hidden: 64, layers: 2, kvHeads: 4, headWidth: 16, feedForward: 160, vocab: 640 });
  expect(file.parameters).toBe(2 * 640 * 64 + 2 * (4 * 64 * 64 + 3 * 64 * 160 + 2 * 64) + 64);
});

test('the published models need what llama.cpp’s own files have, and half a MiB of cache per 7B token', () => {
  const { language } = PUBLISHED_SHAPES.v2;
  // llama-2-7b Q4_0 as llama.cpp writes it has 3.56 GiB; here the embedding table stays F16 (+ 0.17 GiB).
  expect(languageBytes(language, 'q4_0') / 2 ** 30).toBeCloseTo(3.56 + 0.17, 1);
  const need = memoryNeed({
    language,
    languageBytes: 0,
    encoderBytes: 0,
    encoderSize: 0,
    imageTokens: 0,
    contextTokens: 1024,
    conversations: 2,
    cacheNumberBytes: 2,
  });
  expect(need.cache).toBe(2 * 1024 * 2 ** 19);
});
