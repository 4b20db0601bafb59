// The converted encoder against the independent implementation's image tokens: 1e-4 in float32.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBundle } from '../../../engine/bundle.ts';
import { convertCheckpoint } from '../../../engine/convert/convert.ts';
import { createEncoder } from '../../../engine/encoder.ts';
import { CXR_LLAVA_SYSTEM_PROMPT } from '../../../prompts/published.ts';
import { fixtureDir, hasFixture, largestDifference, readExpected } from './fixture.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cxr-convert-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test.skipIf(!hasFixture)('image tokens of the fixture are within 1e-4', async () => {
  const out = join(dir, 'bundle');
  await convertCheckpoint({
    checkpointDir: fixtureDir,
    outDir: out,
    quantization: 'f32',
    systemPrompts: { 'cxr-llava-v2': CXR_LLAVA_SYSTEM_PROMPT },
  });
  const encoder = await createEncoder(await openBundle(out), { threads: 1, backend: 'cpu' });
  const expected = readExpected();
  const image = await encoder.encode(await readFile(join(fixtureDir, 'image.png')), { force: true });
  expect([image.imageTokenCount, image.imageTokens.length / image.imageTokenCount]).toEqual(
    expected.image_tokens.shape,
  );
  expect(largestDifference(image.imageTokens, expected.imageTokens)).toBeLessThan(1e-4);
  await encoder.close();
});
