// Recognises which published layout a checkpoint folder has, and gathers what the converter needs of it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cxrLlavaLayout } from './cxr-llava.ts';
import { type LanguageSpec, languageSpec } from './language-spec.ts';
import type { Projector } from './projector.ts';
import { type Checkpoint, invalidCheckpoint } from './safetensors.ts';
import type { VisionTower } from './vision-tower.ts';
import type { Weights } from './weights.ts';

export const LAYOUT_NAMES = ['cxr-llava-v2', 'cxr-llava-v1', 'llava'] as const;
export type LayoutName = (typeof LAYOUT_NAMES)[number];

export interface Layout {
  name: LayoutName;
  tower: VisionTower;
  projector: Projector;
  language: LanguageSpec;
  preprocess: { mean: number[]; std: number[]; fit: 'crop' | 'pad' };
}

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

/** Reads config.json and describes the checkpoint. Throws `checkpoint-invalid`. */
export async function readLayout(checkpoint: Checkpoint, weights: Weights): Promise<Layout> {
  const config = await readJsonFile(checkpoint.dir, 'config.json');
  if (!config) throw invalidCheckpoint(`There is no readable config.json in ${checkpoint.dir}.`);
  const names = [...checkpoint.tensors.keys()];
  if ('clip_vision_cfg' in config) {
    const language = languageSpec(weights, names, config.llama ?? {});
    return { language, ...cxrLlavaLayout(weights, config, language.hidden) };
  }
  throw invalidCheckpoint(
    'config.json has no clip_vision_cfg (CXR-LLaVA) and is no LLaVA-1.5 configuration: the layout is not known.',
  );
}
