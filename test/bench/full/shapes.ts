// The models that are measured: the published ones' true shapes, and a tiny set for trying the benchmark itself out.
import type { ResnetConfig } from '../../../engine/convert/clip-resnet.ts';
import type { LanguageSpec } from '../../../engine/convert/language-spec.ts';
import type { QuantizationName } from '../../../engine/convert/mixture.ts';
import { type VitConfig, vitConfigSchema } from '../../../engine/convert/open-clip-vit.ts';

export const SHAPE_NAMES = ['true', 'tiny'] as const;
export type ShapeName = (typeof SHAPE_NAMES)[number];
export const MODEL_NAMES = ['v1', 'v2'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

export interface ModelShape {
  label: string;
  language: LanguageSpec;
  encoder: { kind: 'resnet'; config: ResnetConfig; embed: number } | { kind: 'vit'; config: VitConfig };
  imageTokens: number;
  contextTokens: number;
}

function llama(hidden: number, layers: number, heads: number, feedForward: number): LanguageSpec {
  return {
    hidden,
    layers,
    heads,
    kvHeads: heads,
    headWidth: hidden / heads,
    feedForward,
    vocab: 32000,
    maxPositions: 4096,
    rmsEps: 1e-5,
    ropeTheta: 10000,
    prefix: 'model.',
    output: 'lm_head.weight',
  };
}

const resnet = (size: number, width: number, layers: number[]): ResnetConfig => ({
  layers,
  width,
  head_width: 64,
  image_size: size,
});

/** Sources: the paper (v1), the published v2 config.json, LLaMA-2's model cards. */
export const SHAPES: Readonly<Record<ShapeName, Readonly<Record<ModelName, ModelShape>>>> = {
  true: {
    v1: {
      label: 'CXR-LLaVA v1: RN50 at 512 px, 1 token, LLaMA-2 13B',
      language: llama(5120, 40, 40, 13824),
      encoder: { kind: 'resnet', config: resnet(512, 64, [3, 4, 6, 3]), embed: 1024 },
      imageTokens: 1,
      contextTokens: 2048,
    },
    v2: {
      label: 'CXR-LLaVA v2: ViT-L/16 at 512 px, 1024 tokens, LLaMA-2 7B',
      language: llama(4096, 32, 32, 11008),
      encoder: { kind: 'vit', config: vitConfigSchema.parse({ image_size: 512, width: 1024, layers: 24 }) },
      imageTokens: 1024,
      contextTokens: 2048,
    },
  },
  tiny: {
    v1: {
      label: 'tiny v1',
      language: llama(320, 5, 5, 864),
      encoder: { kind: 'resnet', config: resnet(64, 8, [1, 1, 1, 1]), embed: 64 },
      imageTokens: 1,
      contextTokens: 512,
    },
    v2: {
      label: 'tiny v2',
      language: llama(256, 4, 4, 704),
      encoder: { kind: 'vit', config: vitConfigSchema.parse({ image_size: 128, width: 128, layers: 2 }) },
      imageTokens: 64,
      contextTokens: 512,
    },
  },
};

/** Formats of the language model that sections ask for. */
export const BENCH_FORMATS = ['q4_0', 'q4_k_m', 'q8_0', 'bf16', 'f16'] as const satisfies readonly QuantizationName[];
export type BenchFormat = (typeof BENCH_FORMATS)[number];
