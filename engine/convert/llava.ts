// LLaVA-1.5 with a LLaMA-2 or Vicuna inside, in its two published layouts: liuhaotian's own and Hugging Face's.
// Sources: https://github.com/haotian-liu/LLaVA (llava_arch.py, clip_encoder.py), transformers `LlavaForConditionalGeneration`.
import { z } from 'zod';
import { clipVisionSchema, type FeatureChoice, hfClipVit } from './hf-clip-vit.ts';
import type { Layout } from './layout.ts';
import { openProjector } from './projector.ts';
import { invalidCheckpoint } from './safetensors.ts';
import type { Weights } from './weights.ts';

const configSchema = z.looseObject({
  text_config: z.record(z.string(), z.unknown()).optional(),
  vision_config: z.record(z.string(), z.unknown()).optional(),
  mm_vision_select_layer: z.int().optional(),
  vision_feature_layer: z.int().optional(),
  mm_vision_select_feature: z.enum(['patch', 'cls_patch']).optional(),
  vision_feature_select_strategy: z.enum(['default', 'full']).optional(),
  projector_hidden_act: z.literal('gelu').optional(),
  mm_projector_type: z
    .string()
    .regex(/^(linear|mlp2x_gelu)$/, 'must be linear or mlp2x_gelu')
    .optional(),
  mm_use_im_start_end: z.literal(false, 'must be false: image start and end tokens are not supported').optional(),
  image_aspect_ratio: z.string().nullish(),
});

/** openai/clip-vit-large-patch14-336's preprocessing, LLaVA-1.5's default. */
const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD = [0.26862954, 0.26130258, 0.27577711];
/** LLaVA-1.5 takes the last layer but one. */
const DEFAULT_FEATURE_LAYER = -2;
/** CLIP's heads are 64 wide in every published size. */
const CLIP_HEAD_WIDTH = 64;

const TOWER_PREFIXES = [
  'vision_tower.vision_model.',
  'model.vision_tower.vision_tower.vision_model.',
  'model.vision_tower.vision_model.',
  'vision_model.',
];
const PROJECTORS = ['model.mm_projector', 'mm_projector', 'multi_modal_projector', 'model.multi_modal_projector'];

/** True where config.json is a LLaVA's. */
export function isLlava(json: Record<string, unknown>): boolean {
  return /^llava/i.test(String(json.model_type ?? '')) || 'mm_projector_type' in json || 'mm_hidden_size' in json;
}

/** The LlamaConfig inside: a part of its own (Hugging Face) or the top level (LLaVA's own layout). */
export function llavaLanguageConfig(json: Record<string, unknown>): unknown {
  return json.text_config ?? json;
}

/** What the tensors' shapes say of a tower whose configuration is not in the checkpoint. */
function configByShapes(weights: Weights, prefix: string): Record<string, unknown> {
  const [width = 0, channels, patch = 1] = weights.shape(`${prefix}embeddings.patch_embedding.weight`);
  const positions = weights.shape(`${prefix}embeddings.position_embedding.weight`)[0] ?? 1;
  let layers = 0;
  while (weights.has(`${prefix}encoder.layers.${layers}.layer_norm1.weight`)) layers += 1;
  return {
    hidden_size: width,
    intermediate_size: weights.shape(`${prefix}encoder.layers.0.mlp.fc1.weight`)[0],
    num_hidden_layers: layers,
    num_attention_heads: width / CLIP_HEAD_WIDTH,
    num_channels: channels,
    image_size: Math.sqrt(positions - 1) * patch,
    patch_size: patch,
  };
}

export interface LlavaParts {
  /** Weights of the vision tower: the checkpoint's own, or a CLIP folder's. */
  tower: Weights;
  /** `vision_config` of the CLIP folder, where there is one. */
  visionConfig?: unknown;
  /** preprocessor_config.json, where there is one. */
  preprocessor?: Record<string, unknown> | undefined;
}

function channelValues(values: unknown, otherwise: readonly number[], channels: number): number[] {
  const parsed = z.array(z.number()).length(channels).safeParse(values);
  return parsed.success ? parsed.data : otherwise.slice(0, channels);
}

export function llavaLayout(
  weights: Weights,
  json: Record<string, unknown>,
  hidden: number,
  parts: LlavaParts,
): Pick<Layout, 'name' | 'tower' | 'projector' | 'preprocess'> {
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidCheckpoint(`config.json: ${issue?.path.join('.')} is wrong: ${issue?.message}.`);
  }
  const config = parsed.data;
  const prefix = TOWER_PREFIXES.find((name) => parts.tower.has(`${name}embeddings.class_embedding`));
  if (prefix === undefined) {
    throw invalidCheckpoint(
      'The checkpoint holds no CLIP vision tower; give the folder of the one that config.json names (mm_vision_tower) with --vision.',
    );
  }
  const described = parts.visionConfig ?? config.vision_config ?? configByShapes(parts.tower, prefix);
  const vision = clipVisionSchema.safeParse(described);
  if (!vision.success) {
    const issue = vision.error.issues[0];
    throw invalidCheckpoint(`The vision configuration's ${issue?.path.join('.')} is wrong: ${issue?.message}.`);
  }
  const strategy = config.vision_feature_select_strategy === 'full' ? 'cls_patch' : 'patch';
  const choice: FeatureChoice = {
    layer: config.mm_vision_select_layer ?? config.vision_feature_layer ?? DEFAULT_FEATURE_LAYER,
    feature: config.mm_vision_select_feature ?? strategy,
  };
  const tower = hfClipVit(parts.tower, prefix, vision.data, choice);
  const projector = openProjector(weights, PROJECTORS, hidden);
  if (projector.in !== tower.width) {
    throw invalidCheckpoint(`The projector takes vectors of ${projector.in}, the vision tower gives ${tower.width}.`);
  }
  return {
    name: 'llava',
    tower,
    projector,
    preprocess: {
      mean: channelValues(parts.preprocessor?.image_mean, CLIP_MEAN, tower.channels),
      std: channelValues(parts.preprocessor?.image_std, CLIP_STD, tower.channels),
      fit: config.image_aspect_ratio === 'pad' ? 'pad' : 'crop',
    },
  };
}
