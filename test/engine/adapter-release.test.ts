// Contract with node-llama-cpp's private parts: fails loudly when an update changes how adapters are kept, so that no image leaks or is taken for another.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adapterCount, releaseAdapter } from '../../engine/adapter-release.ts';
import { type LanguageModel, loadLanguageModel } from '../../engine/language-model.ts';
import { writeSoftToken } from '../../engine/soft-token.ts';
import { openToyBundle, randomImageTokens } from '../support/toy-bundle.ts';

let dir = '';
let language: LanguageModel;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'adapter-'));
  language = await loadLanguageModel(await openToyBundle(dir), { sequences: 1, gpu: 'off', log: () => {} });
});
afterAll(async () => {
  await language.close();
  await rm(dir, { recursive: true, force: true });
});

test('an adapter is held by the model under its path until it is released, and its memory is freed', async () => {
  const path = join(dir, 'adapter.gguf');
  await writeSoftToken(path, language.slots, randomImageTokens(1, 3));
  const context = await language.model.createContext({ contextSize: 64, lora: { adapters: [{ filePath: path }] } });
  expect(adapterCount(language.model)).toBe(1);
  const adapter = [...(Reflect.get(language.model, '_loraAdapters') as Map<string, { disposed: boolean }>).values()][0];
  await context.dispose();
  expect(adapter?.disposed).toBe(false);
  await releaseAdapter(language.model, path);
  expect(adapter?.disposed).toBe(true);
  expect(adapterCount(language.model)).toBe(0);
  await expect(releaseAdapter(language.model, path)).rejects.toMatchObject({ code: 'internal' });
});
