// A LLaMA inside a checkpoint: its configuration and where its tensors are; strict, so that a wrong file never becomes a wrong model.
import { z } from 'zod';
import { invalidCheckpoint } from './safetensors.ts';
import type { Weights } from './weights.ts';

const positive = z.int().positive();
const ropeScaling = z.looseObject({
  type: z.string().optional(),
  rope_type: z.string().optional(),
  factor: z.number().optional(),
});
/** Hugging Face's LlamaConfig with its defaults (LLaMA-2 7B). */
export const llamaConfigSchema = z.looseObject({
  hidden_size: positive.default(4096),
  num_hidden_layers: positive.default(32),
  num_attention_heads: positive.default(32),
  num_key_value_heads: positive.nullish(),
  head_dim: positive.nullish(),
  intermediate_size: positive.default(11008),
  vocab_size: positive.default(32000),
  max_position_embeddings: positive.default(2048),
  rms_norm_eps: z.number().positive().default(1e-6),
  hidden_act: z.string().default('silu'),
  rope_theta: z.number().positive().optional(),
  rope_parameters: z
    .looseObject({ rope_theta: z.number().positive().optional(), rope_type: z.string().optional() })
    .nullish(),
  rope_scaling: ropeScaling.nullish(),
  tie_word_embeddings: z.boolean().default(false),
});

export interface LanguageSpec {
  hidden: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headWidth: number;
  feedForward: number;
  vocab: number;
  maxPositions: number;
  rmsEps: number;
  ropeTheta: number;
  /** Linear position scaling (> 1: longer contexts than trained on). */
  ropeFactor?: number;
  /** Name before `embed_tokens.weight`, `layers.0.…`, `norm.weight`. */
  prefix: string;
  /** The output matrix; `embed_tokens` itself where the two are tied. */
  output: string;
}

function ropeFactorOf(config: z.infer<typeof llamaConfigSchema>): number | undefined {
  const scaling = config.rope_scaling;
  const type = scaling?.rope_type ?? scaling?.type ?? config.rope_parameters?.rope_type ?? 'default';
  if (type === 'default') return undefined;
  if (type === 'linear' && scaling?.factor !== undefined) return scaling.factor;
  throw invalidCheckpoint(`The language model scales positions by "${type}"; only linear scaling is supported.`);
}

/** Reads a LlamaConfig and finds the model's tensors. Throws `checkpoint-invalid`. */
export function languageSpec(weights: Weights, names: readonly string[], json: unknown): LanguageSpec {
  const parsed = llamaConfigSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidCheckpoint(`config.json: the language model's ${issue?.path.join('.')} is wrong: ${issue?.message}.`);
  }
  const config = parsed.data;
  if (config.hidden_act !== 'silu') {
    throw invalidCheckpoint(`The language model's activation is ${config.hidden_act}; a LLaMA has silu.`);
  }
  const embeddings = names.filter((name) => /(^|\.)embed_tokens\.weight$/.test(name));
  const embedding = embeddings[0];
  if (embedding === undefined || embeddings.length > 1) {
    throw invalidCheckpoint(
      `The checkpoint should have exactly one tensor …embed_tokens.weight, it has ${embeddings.length}.`,
    );
  }
  const prefix = embedding.slice(0, -'embed_tokens.weight'.length);
  const head = names.find((name) => /(^|\.)lm_head\.weight$/.test(name));
  if (head === undefined && !config.tie_word_embeddings) {
    throw invalidCheckpoint(
      'The checkpoint lacks tensor lm_head.weight, and config.json does not say that input and output embeddings are tied.',
    );
  }
  const heads = config.num_attention_heads;
  const headWidth = config.head_dim ?? config.hidden_size / heads;
  const kvHeads = config.num_key_value_heads ?? heads;
  if (!Number.isInteger(headWidth) || headWidth % 2 !== 0 || heads % kvHeads !== 0) {
    throw invalidCheckpoint(
      `config.json: hidden_size ${config.hidden_size}, ${heads} heads and ${kvHeads} key/value heads do not fit together.`,
    );
  }
  const ropeFactor = ropeFactorOf(config);
  return {
    hidden: config.hidden_size,
    layers: config.num_hidden_layers,
    heads,
    kvHeads,
    headWidth,
    feedForward: config.intermediate_size,
    vocab: weights.shape(embedding)[0] ?? config.vocab_size,
    maxPositions: config.max_position_embeddings,
    rmsEps: config.rms_norm_eps,
    ropeTheta: config.rope_theta ?? config.rope_parameters?.rope_theta ?? 10000,
    ...(ropeFactor === undefined ? {} : { ropeFactor }),
    prefix,
    output: head ?? embedding,
  };
}
