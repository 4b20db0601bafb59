// Where a language model is loaded: on the GPU with the cache counted in, and on the CPU when it does not fit there. The GPU is played; none is at hand.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Llama, LlamaModelOptions } from 'node-llama-cpp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadLlama } from '../../engine/llama-runtime.ts';

let dir = '';
let path = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cxr-runtime-'));
  path = join(dir, 'language.gguf');
  await writeFile(path, 'weights');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A llama.cpp on a card with so much room, in layers. */
function llamaOnCard(freeLayers: number): { llama: Llama; asked: LlamaModelOptions[]; disposed: () => boolean } {
  const asked: LlamaModelOptions[] = [];
  let isDisposed = false;
  const llama = {
    gpu: 'cuda',
    cpuMathCores: 2,
    maxThreads: 1,
    async loadModel(options: LlamaModelOptions) {
      asked.push(options);
      if (options.gpuLayers === 0) return { gpuLayers: 0 };
      if (freeLayers < 0) throw new Error('the card is full');
      return { gpuLayers: freeLayers };
    },
    async dispose() {
      isDisposed = true;
    },
  };
  return { llama: llama as unknown as Llama, asked, disposed: () => isDisposed };
}

test('layers are placed by free memory, with room for the cache', async () => {
  const { llama, asked } = llamaOnCard(20);
  const runtime = await loadLlama(llama, path, { cacheTokens: 4096, log: () => {} });
  expect(asked[0]?.gpuLayers).toEqual({ min: 0, fitContext: { contextSize: 4096 } });
  expect(runtime.backend).toBe('cuda');
});

test('a model that does not fit runs on the CPU, and that is said once', async () => {
  const { llama, asked, disposed } = llamaOnCard(-1);
  const said: string[] = [];
  const runtime = await loadLlama(llama, path, { log: (level, message) => level === 'warn' && said.push(message) });
  expect(runtime.backend).toBe('cpu');
  expect(asked).toHaveLength(2);
  expect(said).toEqual(['the language model does not fit on the GPU (cuda); it runs on the CPU']);
  expect(disposed()).toBe(false);
});

test('no layer on the card counts as the CPU', async () => {
  const { llama } = llamaOnCard(0);
  expect((await loadLlama(llama, path, { log: () => {} })).backend).toBe('cpu');
});
