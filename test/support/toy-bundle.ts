// A whole bundle on the disk for tests of the engine: the toy language model, a toy encoder, a manifest with true hashes.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundle, openBundle, sha256OfFile } from '../../engine/bundle.ts';
import type { EncodedImage } from '../../engine/engine.ts';
import { normalRandom, TOY_WIDTH, type ToyModelOptions, writeToyModel } from './toy-model.ts';
import { writeToyEncoder } from './toy-onnx-encoder.ts';

export interface ToyBundleOptions extends ToyModelOptions {
  name?: string;
  imageTokenIds?: readonly number[];
  systemPrompt?: string;
  maxImages?: number;
  maxTokens?: number;
}

export const TOY_FINDINGS = [
  { name: 'effusion', label: 'pleural effusion', assessed: true, threshold: 0.4 },
  { name: 'edema', label: 'edema', assessed: true, threshold: 0.3 },
  { name: 'pneumonia', label: 'pneumonia', assessed: false },
];

/** Writes a bundle into `dir` (made if missing) and returns the folder. */
export async function writeToyBundle(dir: string, options: ToyBundleOptions = {}): Promise<string> {
  const { imageTokenIds = [0], contextTokens = 512, maxTokens = 24, maxImages } = options;
  await mkdir(dir, { recursive: true });
  await writeToyModel(join(dir, 'language.gguf'), { ...options, contextTokens });
  await writeToyEncoder(join(dir, 'encoder.onnx'), {
    size: 32,
    imageTokens: imageTokenIds.length,
    width: TOY_WIDTH,
    findings: TOY_FINDINGS.length,
  });
  const manifest = {
    format: 'cxr-bundle/1',
    name: options.name ?? 'toy',
    version: '1',
    license: 'Apache-2.0',
    intendedUse: 'Tests of the engine; its answers mean nothing.',
    encoder: {
      file: 'encoder.onnx',
      input: 'pixels',
      size: 32,
      channels: 1,
      fit: 'crop',
      mean: [0.5],
      std: [0.25],
      outputs: { imageTokens: 'image_tokens', findings: 'findings', attention: 'attention' },
    },
    findings: TOY_FINDINGS,
    language: {
      file: 'language.gguf',
      chat: 'llama2',
      ...(options.systemPrompt === undefined ? {} : { systemPrompt: options.systemPrompt }),
      imageTokenIds,
      contextTokens,
      ...(maxImages === undefined ? {} : { maxImages }),
    },
    sampling: { temperature: 0.4, topP: 0.8, maxTokens },
    sha256: {
      'encoder.onnx': await sha256OfFile(join(dir, 'encoder.onnx')),
      'language.gguf': await sha256OfFile(join(dir, 'language.gguf')),
    },
  };
  await writeFile(join(dir, 'bundle.json'), JSON.stringify(manifest, null, 2));
  return dir;
}

export async function openToyBundle(dir: string, options: ToyBundleOptions = {}): Promise<Bundle> {
  return openBundle(await writeToyBundle(dir, options));
}

/** Random image tokens, float32 [count, width of the toy model]. */
export function randomImageTokens(count: number, seed: number): Float32Array {
  const random = normalRandom(seed);
  return Float32Array.from({ length: count * TOY_WIDTH }, () => random());
}

/** An encoded image as the encoder would give it, without running one. */
export function toyImage(seed: number, imageTokenCount = 1): EncodedImage {
  return {
    width: 800,
    height: 600,
    kind: 'png',
    isChestRadiograph: true,
    gateScore: null,
    findings: TOY_FINDINGS.map(({ name, label, assessed, threshold }) => ({
      name,
      label,
      assessed,
      probability: assessed ? 0.7 : null,
      threshold: threshold ?? null,
    })),
    imageTokens: randomImageTokens(imageTokenCount, seed),
    imageTokenCount,
    attention: null,
    display: { width: 1, height: 1, pixels: new Uint8Array(1) },
    inputSquare: { left: 0, top: 0, side: 1 },
    encodeMs: 1,
    warnings: [],
  };
}
