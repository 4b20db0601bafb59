// CLIP's vision transformer by Hugging Face's names, as LLaVA-1.5 uses it: patch tokens of a hidden layer, before the last norm.
// Source: transformers `CLIPVisionTransformer` and LLaVA's `CLIPVisionTower.feature_select`.
import { z } from 'zod';
import type { LoadFloats } from './onnx-graph.ts';
import { torchLinear, torchNorm } from './open-clip-vit.ts';
import { invalidCheckpoint } from './safetensors.ts';
import type { VisionTower } from './vision-tower.ts';
import { type Vit, type VitBlock, vitTokens } from './vit-graph.ts';
import { transpose, type Weights } from './weights.ts';

const positive = z.int().positive();
/** Hugging Face's CLIPVisionConfig; defaults are those of openai/clip-vit-large-patch14-336, LLaVA-1.5's tower. */
export const clipVisionSchema = z.looseObject({
  hidden_size: positive.default(1024),
  intermediate_size: positive.default(4096),
  num_hidden_layers: positive.default(24),
  num_attention_heads: positive.default(16),
  num_channels: z.union([z.literal(1), z.literal(3)]).default(3),
  image_size: positive.default(336),
  patch_size: positive.default(14),
  hidden_act: z.enum(['quick_gelu', 'gelu']).default('quick_gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
});
export type ClipVisionConfig = z.infer<typeof clipVisionSchema>;

export interface FeatureChoice {
  /** Index into the hidden states as transformers counts them: 0 is the embedding, −1 the last layer. */
  layer: number;
  /** `patch` leaves out the class token. */
  feature: 'patch' | 'cls_patch';
}

/** Reads three tensors one after another into one. */
function stacked(loads: readonly LoadFloats[]): LoadFloats {
  return async () => {
    const parts = await Promise.all(loads.map((load) => load()));
    const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
}

function block(weights: Weights, name: string, config: ClipVisionConfig): VitBlock {
  const { hidden_size: width, intermediate_size: inner, layer_norm_eps: eps } = config;
  const part = (layer: string, from: number, to: number) =>
    torchLinear(weights, `${name}.${layer}.weight`, `${name}.${layer}.bias`, from, to);
  const names = ['q', 'k', 'v'].map((letter) => `${name}.self_attn.${letter}_proj`);
  const rows = stacked(names.map((proj) => weights.floats(`${proj}.weight`, [width, width])));
  return {
    norm1: torchNorm(weights, `${name}.layer_norm1`, width, eps),
    qkv: {
      name: `${name}.self_attn.qkv`,
      in: width,
      out: 3 * width,
      weight: async () => transpose(await rows(), 3 * width, width),
      bias: stacked(names.map((proj) => weights.floats(`${proj}.bias`, [width]))),
    },
    out: part('self_attn.out_proj', width, width),
    norm2: torchNorm(weights, `${name}.layer_norm2`, width, eps),
    up: part('mlp.fc1', width, inner),
    down: part('mlp.fc2', inner, width),
  };
}

/** Layers behind the chosen one and the last norm are not computed; their tensors are claimed, so that they count as known. */
export function hfClipVit(
  weights: Weights,
  prefix: string,
  config: ClipVisionConfig,
  choice: FeatureChoice,
): VisionTower {
  const {
    hidden_size: width,
    num_hidden_layers: layers,
    patch_size: patch,
    image_size: size,
    num_channels: channels,
  } = config;
  const depth = choice.layer < 0 ? layers + 1 + choice.layer : choice.layer;
  if (depth < 0 || depth > layers || size % patch !== 0 || width % config.num_attention_heads !== 0) {
    throw invalidCheckpoint(
      `The vision configuration does not fit: layer ${choice.layer} of ${layers}, image ${size} / patch ${patch}, width ${width} / ${config.num_attention_heads} heads.`,
    );
  }
  const patches = (size / patch) ** 2;
  const eps = config.layer_norm_eps;
  const blocks = Array.from({ length: layers }, (_, index) =>
    block(weights, `${prefix}encoder.layers.${index}`, config),
  );
  torchNorm(weights, `${prefix}post_layernorm`, width, eps);
  const vit: Vit = {
    size,
    channels,
    patch,
    width,
    heads: config.num_attention_heads,
    activation: config.hidden_act === 'quick_gelu' ? 'quick-gelu' : 'gelu',
    patchWeight: weights.floats(`${prefix}embeddings.patch_embedding.weight`, [width, channels, patch, patch]),
    classToken: weights.floats(`${prefix}embeddings.class_embedding`, [width]),
    positions: weights.floats(`${prefix}embeddings.position_embedding.weight`, [patches + 1, width]),
    // The misspelt name is CLIP's own.
    normPre: torchNorm(weights, `${prefix}pre_layrnorm`, width, eps),
    blocks: blocks.slice(0, depth),
  };
  const hasClass = choice.feature === 'cls_patch';
  return {
    channels,
    size,
    tokens: hasClass ? patches + 1 : patches,
    width,
    build: (graph, image) => {
      const tokens = vitTokens(graph, image, vit);
      if (hasClass) return tokens;
      return graph.node('Slice', [tokens, graph.integers([1]), graph.integers([patches + 1]), graph.integers([1])]);
    },
  };
}
