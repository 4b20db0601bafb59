// The CXR-LLaVA layouts: v2 as published (ViT, grey, patch tokens), and the paper's v1 in the same form (ResNet with attention pooling, one vector).
// Source: config.json and modelling code of the published v2 checkpoint; v1 was never published, so its layout is v2's with the paper's encoder.
import { z } from 'zod';
import { clipResnet, resnetConfigSchema } from './clip-resnet.ts';
import type { Layout } from './layout.ts';
import { openClipVit, vitConfigSchema } from './open-clip-vit.ts';
import { openProjector } from './projector.ts';
import { invalidCheckpoint } from './safetensors.ts';
import type { Weights } from './weights.ts';

const channelValues = z.union([z.number(), z.array(z.number()).min(1).max(3)]);
const configSchema = z.looseObject({
  clip_vision_cfg: z.union([resnetConfigSchema, vitConfigSchema]),
  clip_embed_dim: z.int().positive().optional(),
  mm_projector_dim: z.int().positive().optional(),
  image_preprocess_cfg: z.looseObject({ mean: channelValues, std: channelValues }),
});

const TOWER = 'vision_tower.';

/** One value for each channel. */
function perChannel(values: number | number[], channels: number, field: string): number[] {
  const list = typeof values === 'number' ? [values] : values;
  if (list.length === channels) return list;
  const [only] = list;
  if (list.length === 1 && only !== undefined) return Array.from({ length: channels }, () => only);
  throw invalidCheckpoint(
    `config.json: image_preprocess_cfg.${field} has ${list.length} values for ${channels} channels.`,
  );
}

/** Throws `checkpoint-invalid`. */
export function cxrLlavaLayout(
  weights: Weights,
  json: Record<string, unknown>,
  hidden: number,
): Pick<Layout, 'name' | 'tower' | 'projector' | 'preprocess'> {
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidCheckpoint(`config.json: ${issue?.path.join('.')} is wrong: ${issue?.message}.`);
  }
  const { clip_vision_cfg: vision, clip_embed_dim: embed, mm_projector_dim: from, image_preprocess_cfg } = parsed.data;
  const channels = weights.shape(`${TOWER}conv1.weight`)[1];
  if (channels !== 1 && channels !== 3) {
    throw invalidCheckpoint(`Tensor ${TOWER}conv1.weight takes ${channels} channels; images have 1 or 3.`);
  }
  const projector = openProjector(weights, ['mm_projector'], hidden);
  if (from !== undefined && from !== projector.in) {
    throw invalidCheckpoint(`config.json: mm_projector_dim is ${from}, but the projector takes ${projector.in}.`);
  }
  const isResnet = Array.isArray(vision.layers);
  const tower = isResnet
    ? clipResnet(weights, TOWER, resnetConfigSchema.parse(vision), embed ?? projector.in)
    : openClipVit(weights, TOWER, vitConfigSchema.parse(vision), channels, embed ?? projector.in, projector.in);
  if (tower.width !== projector.in) {
    throw invalidCheckpoint(`The projector takes vectors of ${projector.in}, the encoder gives ${tower.width}.`);
  }
  return {
    name: isResnet ? 'cxr-llava-v1' : 'cxr-llava-v2',
    tower,
    projector,
    preprocess: {
      mean: perChannel(image_preprocess_cfg.mean, channels, 'mean'),
      std: perChannel(image_preprocess_cfg.std, channels, 'std'),
      fit: 'crop',
    },
  };
}
