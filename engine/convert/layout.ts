// Recognises which published layout a checkpoint folder has, and gathers what the converter needs of it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cxrLlavaLayout } from './cxr-llava.ts';
import { type LanguageSpec, languageSpec } from './language-spec.ts';
import { isLlava, llavaLanguageConfig, llavaLayout } from './llava.ts';
import type { Projector } from './projector.ts';
import { openReadyGguf, type ReadyGguf } from './ready-gguf.ts';
import { type Checkpoint, invalidCheckpoint, openCheckpoint } from './safetensors.ts';
import { readTokenizer, type Tokenizer } from './tokenizer.ts';
import type { VisionTower } from './vision-tower.ts';
import { createWeights, type Weights } from './weights.ts';

export const LAYOUT_NAMES = ['cxr-llava-v2', 'cxr-llava-v1', 'llava'] as const;
export type LayoutName = (typeof LAYOUT_NAMES)[number];

/** One checkpoint folder, open. */
export interface Source {
  checkpoint: Checkpoint;
  weights: Weights;
  config: Record<string, unknown>;
}

/** The language model: tensors to convert, or a file to copy. */
export type LanguageSource =
  | { kind: 'tensors'; source: Source; spec: LanguageSpec; tokenizer: Tokenizer; hidden: number; maxPositions: number }
  | ({ kind: 'gguf' } & ReadyGguf);

export interface Layout {
  name: LayoutName;
  tower: VisionTower;
  projector: Projector;
  language: LanguageSource;
  preprocess: { mean: number[]; std: number[]; fit: 'crop' | 'pad' };
  /** Folders that the layout was read from, the checkpoint itself first. */
  sources: readonly Source[];
}

export interface LayoutFolders {
  checkpoint: string;
  /** Where the language model is not in the checkpoint: a Hugging Face folder or a GGUF file. */
  language?: string;
  /** Where the vision tower is not in the checkpoint: a Hugging Face CLIP folder. */
  vision?: string;
}

/** Throws `checkpoint-invalid` where the file is there and no JSON object; undefined where it is not there. */
export async function readJsonFile(dir: string, name: string): Promise<Record<string, unknown> | undefined> {
  const text = await readFile(join(dir, name), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalidCheckpoint(`${name} is not valid JSON.`, {}, cause);
  }
  if (typeof json !== 'object' || json === null) throw invalidCheckpoint(`${name} is no JSON object.`);
  return json as Record<string, unknown>;
}

async function openSource(dir: string): Promise<Source> {
  const config = await readJsonFile(dir, 'config.json');
  if (!config) throw invalidCheckpoint(`There is no readable config.json in ${dir}.`);
  const checkpoint = await openCheckpoint(dir);
  return { checkpoint, weights: createWeights(checkpoint), config };
}

async function languageSource(source: Source, config: unknown): Promise<LanguageSource> {
  const spec = languageSpec(source.weights, [...source.checkpoint.tensors.keys()], config);
  const tokenizer = await readTokenizer(source.checkpoint.dir, spec.vocab);
  return { kind: 'tensors', source, spec, tokenizer, hidden: spec.hidden, maxPositions: spec.maxPositions };
}

/** Opens the folders and describes the model in them. The caller closes it with `closeLayout`. Throws `checkpoint-invalid`. */
export async function openLayout(folders: LayoutFolders): Promise<Layout> {
  const sources: Source[] = [];
  async function open(dir: string): Promise<Source> {
    const source = await openSource(dir);
    sources.push(source);
    return source;
  }
  try {
    const main = await open(folders.checkpoint);
    const isCxrLlava = 'clip_vision_cfg' in main.config;
    if (!isCxrLlava && !isLlava(main.config)) {
      throw invalidCheckpoint(
        'config.json has no clip_vision_cfg (CXR-LLaVA) and is no LLaVA-1.5 configuration: the layout is not known.',
      );
    }
    let language: LanguageSource;
    if (folders.language?.endsWith('.gguf')) {
      language = { kind: 'gguf', ...(await openReadyGguf(folders.language)) };
    } else if (folders.language !== undefined) {
      const source = await open(folders.language);
      language = await languageSource(source, source.config);
    } else {
      language = await languageSource(main, isCxrLlava ? main.config.llama : llavaLanguageConfig(main.config));
    }
    if (isCxrLlava) {
      return { sources, language, ...cxrLlavaLayout(main.weights, main.config, language.hidden) };
    }
    const vision = folders.vision === undefined ? undefined : await open(folders.vision);
    const parts = {
      tower: (vision ?? main).weights,
      ...(vision ? { visionConfig: vision.config.vision_config ?? vision.config } : {}),
      preprocessor: await readJsonFile(folders.vision ?? folders.checkpoint, 'preprocessor_config.json'),
    };
    return { sources, language, ...llavaLayout(main.weights, main.config, language.hidden, parts) };
  } catch (error) {
    await Promise.all(sources.map(({ checkpoint }) => checkpoint.close()));
    throw error;
  }
}

export async function closeLayout(layout: Layout): Promise<void> {
  await Promise.all(layout.sources.map(({ checkpoint }) => checkpoint.close()));
}
