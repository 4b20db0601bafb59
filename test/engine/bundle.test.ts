// Opening a bundle: what is wrong is named with field and file, and altered weights are refused.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBundle } from '../../engine/bundle.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bundle-'));
  await writeFile(join(dir, 'encoder.onnx'), 'encoder');
  await writeFile(join(dir, 'language.gguf'), 'language');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

function manifest() {
  return {
    format: 'cxr-bundle/1',
    name: 'test',
    version: '1',
    license: 'none',
    intendedUse: 'tests',
    encoder: {
      file: 'encoder.onnx',
      input: 'pixels',
      size: 64,
      channels: 1,
      fit: 'crop',
      mean: [0.5],
      std: [0.25],
      outputs: { imageTokens: 'image_tokens' } as Record<string, string>,
    },
    language: { file: 'language.gguf', chat: 'llama2', imageTokenIds: [0], contextTokens: 256 },
    sampling: { temperature: 0.4, topP: 0.8, maxTokens: 16 },
    sha256: { 'encoder.onnx': sha('encoder'), 'language.gguf': sha('language') } as Record<string, string>,
  };
}
const write = (contents: unknown) => writeFile(join(dir, 'bundle.json'), JSON.stringify(contents));

test('a sound bundle opens; its hash follows its files and not the wording of the manifest', async () => {
  await write(manifest());
  const bundle = await openBundle(dir);
  expect(bundle.languagePath).toBe(join(dir, 'language.gguf'));
  expect(bundle.manifest.findings).toEqual([]);
  await write({ ...manifest(), intendedUse: 'other' });
  expect((await openBundle(dir)).hash).toBe(bundle.hash);
  await writeFile(join(dir, 'language.gguf'), 'other');
  await write({ ...manifest(), sha256: { ...manifest().sha256, 'language.gguf': sha('other') } });
  expect((await openBundle(dir)).hash).not.toBe(bundle.hash);
});

test('a missing folder, manifest or file is bundle-missing', async () => {
  await expect(openBundle(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'bundle-missing' });
  await write(manifest());
  await rm(join(dir, 'encoder.onnx'));
  await expect(openBundle(dir)).rejects.toMatchObject({
    code: 'bundle-missing',
    message: expect.stringContaining('encoder.onnx'),
  });
});

test('a changed file is bundle-hash and named', async () => {
  await write(manifest());
  await writeFile(join(dir, 'language.gguf'), 'altered!');
  await expect(openBundle(dir)).rejects.toMatchObject({
    code: 'bundle-hash',
    message: expect.stringContaining('language.gguf'),
  });
});

test.each([
  ['encoder.size', (m: ReturnType<typeof manifest>) => ({ ...m, encoder: { ...m.encoder, size: 'big' } })],
  ['encoder.file', (m: ReturnType<typeof manifest>) => ({ ...m, encoder: { ...m.encoder, file: '../encoder.onnx' } })],
  ['encoder.mean', (m: ReturnType<typeof manifest>) => ({ ...m, encoder: { ...m.encoder, mean: [0, 0, 0] } })],
  [
    'encoder.gateThreshold',
    (m: ReturnType<typeof manifest>) => ({ ...m, encoder: { ...m.encoder, gateThreshold: 0.5 } }),
  ],
  [
    'language.imageTokenIds',
    (m: ReturnType<typeof manifest>) => ({ ...m, language: { ...m.language, imageTokenIds: [3, 3] } }),
  ],
  ['language.chat', (m: ReturnType<typeof manifest>) => ({ ...m, language: { ...m.language, chat: 'other' } })],
  ['sha256', (m: ReturnType<typeof manifest>) => ({ ...m, sha256: { 'encoder.onnx': sha('encoder') } })],
])('a wrong %s is bundle-invalid and named', async (field, spoil) => {
  await write(spoil(manifest()));
  await expect(openBundle(dir)).rejects.toMatchObject({
    code: 'bundle-invalid',
    message: expect.stringMatching(new RegExp(`bundle\\.json.*${field}`)),
  });
});

test('a manifest that is not JSON is bundle-invalid', async () => {
  await writeFile(join(dir, 'bundle.json'), '{');
  await expect(openBundle(dir)).rejects.toMatchObject({ code: 'bundle-invalid' });
});
