// The engine's preprocessing against Pillow's, which the published code uses: at most one grey level apart on real radiographs.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { decodeImage } from '../../../engine/image/decode.ts';
import { encoderInput } from '../../../engine/image/prepare.ts';
import { hasTorch, PYTHON } from './torch-reference.ts';

const samples = resolve('../shared/data/samples');
const hasSamples = existsSync(samples);
if (!hasSamples) console.warn(`skipped: there are no radiographs in ${samples}`);
const files = hasSamples ? (await readdir(samples)).filter((name) => /\.(png|jpe?g)$/i.test(name)) : [];

const SIZE = 512;
const ENCODER = {
  file: 'encoder.onnx',
  input: 'image',
  size: SIZE,
  channels: 1,
  fit: 'crop',
  mean: [0],
  std: [1],
  outputs: { imageTokens: 'image_tokens' },
} as const;

test.skipIf(!hasSamples || !hasTorch).each(files)('%s', async (name) => {
  const path = join(samples, name);
  const { stdout } = await promisify(execFile)(
    PYTHON,
    [join(import.meta.dirname, 'preprocess.py'), String(SIZE), path],
    {
      encoding: 'buffer',
      maxBuffer: 2 * SIZE * SIZE,
    },
  );
  const film = await decodeImage(await readFile(path), {});
  const input = encoderInput(film, { ...ENCODER, mean: [0], std: [1] });
  expect(stdout).toHaveLength(SIZE * SIZE);
  const differences = stdout.map((grey, index) => Math.abs(Math.round((input[index] ?? 0) * 255) - grey));
  expect(differences.reduce((largest, difference) => Math.max(largest, difference))).toBeLessThanOrEqual(1);
  expect(differences.filter((difference) => difference > 0).length / differences.length).toBeLessThan(0.25);
});
