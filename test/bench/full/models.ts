// Writes random-weight models of given shapes as bundles: real files of the true size, made in minutes and without any licensed weights.
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '../../../engine/bundle.ts';
import { clipResnet } from '../../../engine/convert/clip-resnet.ts';
import { chooseImageSlots } from '../../../engine/convert/image-slots.ts';
import { createOnnxGraph } from '../../../engine/convert/onnx-graph.ts';
import { openClipVit } from '../../../engine/convert/open-clip-vit.ts';
import { bell, randomTokenizer, randomWeights, writeRandomLanguage } from '../../../engine/convert/random-language.ts';
import type { VisionTower } from '../../../engine/convert/vision-tower.ts';
import { PUBLISHED_SYSTEM_PROMPTS } from '../../../prompts/published.ts';
import type { BenchFormat, ModelShape } from './shapes.ts';

/** With the words of the prompts, so that prompts have as many tokens as LLaMA's vocabulary would make of them. */
const TOKENIZER = randomTokenizer(
  `${PUBLISHED_SYSTEM_PROMPTS.llama2} Write a radiologic report on the given chest radiograph Is there any effusion`,
);

function withoutLayerScale(weights: ReturnType<typeof randomWeights>): ReturnType<typeof randomWeights> {
  return { ...weights, has: (name) => !/\.ls_1\.gamma$/.test(name) && weights.has(name) };
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Writes a language model once; returns its path. */
export async function benchLanguage(
  dir: string,
  name: string,
  shape: ModelShape,
  format: BenchFormat,
): Promise<string> {
  const path = join(dir, `${name}-${format}.gguf`);
  if (await isThere(path)) return path;
  await mkdir(dir, { recursive: true });
  await writeRandomLanguage(path, name, shape.language, format, TOKENIZER);
  return path;
}

function towerOf({ encoder }: ModelShape): VisionTower {
  const weights = withoutLayerScale(randomWeights());
  if (encoder.kind === 'resnet') return clipResnet(weights, 'vision_tower.', encoder.config, encoder.embed);
  return openClipVit(weights, 'vision_tower.', encoder.config, 1, encoder.config.width, encoder.config.width);
}

/** Writes an encoder with its projection once; returns its path. */
export async function benchEncoder(dir: string, name: string, shape: ModelShape): Promise<string> {
  const path = join(dir, `${name}-encoder.onnx`);
  if (await isThere(path)) return path;
  await mkdir(dir, { recursive: true });
  const tower = towerOf(shape);
  const graph = createOnnxGraph({ name: 'image', shape: [1, tower.channels, tower.size, tower.size] });
  const { hidden } = shape.language;
  const projection = graph.weight('projection', [tower.width, hidden], async () =>
    bell(tower.width * hidden, 1 / tower.width),
  );
  const value = graph.node('MatMul', [tower.build(graph, 'image'), projection]);
  await graph.write(path, [{ name: 'image_tokens', value, shape: [1, tower.tokens, hidden] }]);
  return path;
}

/** A bundle folder around these files, for what runs through the engine. */
export async function benchBundle(dir: string, name: string, shape: ModelShape, format: BenchFormat): Promise<string> {
  const language = await benchLanguage(dir, name, shape, format);
  const encoder = await benchEncoder(dir, name, shape);
  const bundleDir = join(dir, `${name}-${format}`);
  if (await isThere(join(bundleDir, 'bundle.json'))) return bundleDir;
  await mkdir(bundleDir, { recursive: true });
  const { link } = await import('node:fs/promises');
  const files = [encoder, `${encoder}.data`, language];
  const sha256: Record<string, string> = {};
  for (const file of files) {
    if (!(await isThere(file))) continue;
    const base = file.slice(dir.length + 1);
    await link(file, join(bundleDir, base)).catch(() => {});
    sha256[base] = await sha256OfFile(file);
  }
  const tower = towerOf(shape);
  const manifest = {
    format: 'cxr-bundle/1',
    name: `bench-${name}`,
    version: '1',
    license: 'random weights, no licence needed',
    intendedUse: 'Measuring speed and memory; its words mean nothing.',
    encoder: {
      file: encoder.slice(dir.length + 1),
      input: 'image',
      size: tower.size,
      channels: tower.channels,
      fit: 'crop',
      mean: Array.from({ length: tower.channels }, () => 0.5),
      std: Array.from({ length: tower.channels }, () => 0.25),
      outputs: { imageTokens: 'image_tokens' },
    },
    language: {
      file: language.slice(dir.length + 1),
      chat: 'llama2',
      systemPrompt: PUBLISHED_SYSTEM_PROMPTS.llama2,
      imageTokenIds: chooseImageSlots(TOKENIZER, shape.imageTokens),
      contextTokens: shape.contextTokens,
    },
    sampling: { temperature: 0, topP: 1, maxTokens: 64 },
    sha256,
  };
  await writeFile(join(bundleDir, 'bundle.json'), JSON.stringify(manifest));
  return bundleDir;
}
