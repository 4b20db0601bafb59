// The published CXR-LLaVA layouts: v2 (ViT, grey, patch tokens).
// Source: config.json and modelling code of the published checkpoint, as gathered in the project's engine facts.
import { z } from 'zod';
import type { Layout } from './layout.ts';
import { openClipVit, vitConfigSchema } from './open-clip-vit.ts';
import { openProjector } from './projector.ts';
import { invalidCheckpoint } from './safetensors.ts';
import type { Weights } from './weights.ts';

const channelValues = z.union([z.number(), z.array(z.number()).min(1).max(3)]);
const configSchema = z.looseObject({
  clip_vision_cfg: vitConfigSchema,
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

export function cxrLlavaLayout(
  weights: Weights,
  json: Record<string, unknown>,
  hidden: number,
): Omit<Layout, 'language'> {
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidCheckpoint(`config.json: ${issue?.path.join('.')} is wrong: ${issue?.message}.`);
  }
  const config = parsed.data;
  const channels = weights.shape(`${TOWER}conv1.weight`)[1];
  if (channels !== 1 && channels !== 3) {
    throw invalidCheckpoint(`Tensor ${TOWER}conv1.weight takes ${channels} channels; images have 1 or 3.`);
  }
  const projector = openProjector(weights, ['mm_projector'], hidden);
  if (config.mm_projector_dim !== undefined && config.mm_projector_dim !== projector.in) {
    throw invalidCheckpoint(
      `config.json: mm_projector_dim is ${config.mm_projector_dim}, but the projector takes ${projector.in}.`,
    );
  }
  const embed = config.clip_embed_dim ?? projector.in;
  const tower = openClipVit(weights, TOWER, config.clip_vision_cfg, channels, embed, projector.in);
  const { mean, std } = config.image_preprocess_cfg;
  return {
    name: 'cxr-llava-v2',
    tower,
    projector,
    preprocess: {
      mean: perChannel(mean, channels, 'mean'),
      std: perChannel(std, channels, 'std'),
      fit: 'crop',
    },
  };
}
