// open_clip's VisionTransformer by its tensor names, as published with CXR-LLaVA v2 (engine facts: the patch tokens after ln_post).
import { z } from 'zod';
import { invalidCheckpoint } from './safetensors.ts';
import type { VisionTower } from './vision-tower.ts';
import { type LinearWeights, type NormWeights, type Vit, type VitBlock, vitTokens } from './vit-graph.ts';
import type { Weights } from './weights.ts';

const positive = z.int().positive();
/** open_clip's `CLIPVisionCfg` with its defaults; what is not listed does not change the computation at inference. */
export const vitConfigSchema = z.looseObject({
  layers: positive.default(12),
  width: positive.default(768),
  head_width: positive.default(64),
  mlp_ratio: z.number().positive().default(4),
  patch_size: positive.default(16),
  image_size: z.union([positive, z.tuple([positive, positive])]).default(224),
  ls_init_value: z.number().nullable().default(null),
  attentional_pool: z.union([z.boolean(), z.string()]).default(false),
  no_ln_pre: z.boolean().default(false),
  final_ln_after_pool: z.boolean().default(false),
  pool_type: z.enum(['tok', 'avg', 'none', '']).default('tok'),
  output_tokens: z.boolean().default(false),
  act_kwargs: z.record(z.string(), z.unknown()).nullable().default(null),
  norm_kwargs: z.looseObject({ eps: z.number().positive().optional() }).nullable().default(null),
  timm_model_name: z.null().optional(),
});
export type VitConfig = z.infer<typeof vitConfigSchema>;

const DEFAULT_NORM_EPS = 1e-5;

export function squareSize(size: number | [number, number]): number {
  if (typeof size === 'number') return size;
  if (size[0] !== size[1])
    throw invalidCheckpoint(`The encoder's input is ${size[0]} × ${size[1]}; it must be square.`);
  return size[0];
}

/** One linear layer as PyTorch stores it: weight [out, in], bias [out]. */
export function torchLinear(
  weights: Weights,
  weight: string,
  bias: string | undefined,
  from: number,
  to: number,
): LinearWeights {
  return {
    name: weight.replace(/[._]weight$/, ''),
    in: from,
    out: to,
    weight: weights.transposed(weight, to, from),
    ...(bias === undefined ? {} : { bias: weights.floats(bias, [to]) }),
  };
}

export function torchNorm(weights: Weights, name: string, width: number, eps: number): NormWeights {
  return {
    name,
    width,
    eps,
    weight: weights.floats(`${name}.weight`, [width]),
    bias: weights.floats(`${name}.bias`, [width]),
  };
}

function openClipBlock(weights: Weights, name: string, width: number, config: VitConfig, eps: number): VitBlock {
  const inner = Math.trunc(width * config.mlp_ratio);
  const part = (weight: string, from: number, to: number): LinearWeights =>
    torchLinear(weights, `${name}.${weight}.weight`, `${name}.${weight}.bias`, from, to);
  return {
    norm1: torchNorm(weights, `${name}.ln_1`, width, eps),
    qkv: torchLinear(weights, `${name}.attn.in_proj_weight`, `${name}.attn.in_proj_bias`, width, 3 * width),
    out: part('attn.out_proj', width, width),
    norm2: torchNorm(weights, `${name}.ln_2`, width, eps),
    up: part('mlp.c_fc', width, inner),
    down: part('mlp.c_proj', inner, width),
    ...(weights.has(`${name}.ls_1.gamma`)
      ? {
          scale1: weights.floats(`${name}.ls_1.gamma`, [width]),
          scale2: weights.floats(`${name}.ls_2.gamma`, [width]),
        }
      : {}),
  };
}

/**
 * @param prefix of the tensors' names, e.g. `vision_tower.`
 * @param channels of the first convolution: 1 as published (grey), 3 in CLIP itself
 * @param embed `clip_embed_dim`, the width of the pooled vector
 * @param projectorIn width that the projector expects: the published code projects the patch tokens whatever `output_tokens`
 *   says; where the projector fits the pooled vector only, that one is the image's single token
 */
export function openClipVit(
  weights: Weights,
  prefix: string,
  config: VitConfig,
  channels: 1 | 3,
  embed: number,
  projectorIn: number,
): VisionTower {
  const { width, layers, patch_size: patch, pool_type: pool } = config;
  const size = squareSize(config.image_size);
  if (config.attentional_pool !== false) {
    throw invalidCheckpoint('The encoder pools by attention (attentional_pool), which this converter does not know.');
  }
  if (width % config.head_width !== 0 || size % patch !== 0) {
    throw invalidCheckpoint(
      `clip_vision_cfg does not fit: width ${width} / head_width ${config.head_width}, image_size ${size} / patch_size ${patch}.`,
    );
  }
  const patches = (size / patch) ** 2;
  const eps = config.norm_kwargs?.eps ?? DEFAULT_NORM_EPS;
  const isPooled = projectorIn !== width;
  if (isPooled && projectorIn !== embed) {
    throw invalidCheckpoint(
      `The projector takes vectors of ${projectorIn}; the encoder gives patch tokens of ${width} and a pooled vector of ${embed}.`,
    );
  }
  const approximate = config.act_kwargs?.approximate;
  if (approximate !== undefined && approximate !== 'none') {
    throw invalidCheckpoint(
      `The encoder's activation is an approximated GELU (${String(approximate)}), which is not supported.`,
    );
  }
  const vit: Vit = {
    size,
    channels,
    patch,
    width,
    heads: width / config.head_width,
    activation: config.quick_gelu === true ? 'quick-gelu' : 'gelu',
    patchWeight: weights.floats(`${prefix}conv1.weight`, [width, channels, patch, patch]),
    classToken: weights.floats(`${prefix}class_embedding`, [width]),
    positions: weights.floats(`${prefix}positional_embedding`, [patches + 1, width]),
    ...(config.no_ln_pre ? {} : { normPre: torchNorm(weights, `${prefix}ln_pre`, width, eps) }),
    blocks: Array.from({ length: layers }, (_, index) =>
      openClipBlock(weights, `${prefix}transformer.resblocks.${index}`, width, config, eps),
    ),
    ...(config.final_ln_after_pool ? {} : { normPost: torchNorm(weights, `${prefix}ln_post`, width, eps) }),
  };
  const pooledNorm =
    config.final_ln_after_pool && isPooled ? torchNorm(weights, `${prefix}ln_post`, width, eps) : undefined;
  const projection = isPooled ? weights.floats(`${prefix}proj`, [width, embed]) : undefined;
  const hasAll = pool === 'none' || pool === '';
  if (isPooled && hasAll)
    throw invalidCheckpoint('clip_vision_cfg.pool_type none leaves no pooled vector for the projector.');
  return {
    channels,
    size,
    tokens: isPooled ? 1 : hasAll ? patches + 1 : patches,
    width: projectorIn,
    build: (graph, image) => {
      const tokens = vitTokens(graph, image, vit);
      const slice = (from: number, to: number): string =>
        graph.node('Slice', [tokens, graph.integers([from]), graph.integers([to]), graph.integers([1])]);
      if (!projection) return hasAll ? tokens : slice(1, patches + 1);
      let pooled =
        pool === 'avg' ? graph.node('ReduceMean', [slice(1, patches + 1)], { axes: [1], keepdims: 1 }) : slice(0, 1);
      if (pooledNorm) {
        const scale = graph.weight('pooled.weight', [width], pooledNorm.weight);
        const bias = graph.weight('pooled.bias', [width], pooledNorm.bias);
        pooled = graph.node('LayerNormalization', [pooled, scale, bias], { axis: -1, epsilon: { float: eps } });
      }
      return graph.node('MatMul', [pooled, graph.weight('pooled.projection', [width, embed], projection)]);
    },
  };
}
