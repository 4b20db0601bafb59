// Converted checkpoints answer as independent PyTorch implementations do: the shared fixture, and random ones of every layout.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { convertCheckpoint } from '../../../engine/convert/convert.ts';
import { PUBLISHED_SYSTEM_PROMPTS } from '../../../prompts/published.ts';
import { type Comparison, compareAnswers } from './answers.ts';
import { fixtureDir, hasFixture } from './fixture.ts';
import { hasTorch, writeReference } from './torch-reference.ts';

if (!hasFixture) console.warn(`skipped: there is no fixture in ${fixtureDir}`);

// Slow on a busy machine, and that is no failure.
vi.setConfig({ testTimeout: 600_000 });

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cxr-answers-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function convert(checkpoint: string, name: string, language?: string): Promise<string> {
  const outDir = join(dir, `${name}-bundle`);
  await convertCheckpoint({
    checkpoint,
    outDir,
    quantization: 'f32',
    ...(language === undefined ? {} : { language }),
    systemPrompts: PUBLISHED_SYSTEM_PROMPTS,
  });
  return outDir;
}

function expectEqual({ imageTokens, promptsEqual, answers, logits }: Comparison): void {
  expect(imageTokens).toBeLessThan(1e-4);
  expect(promptsEqual).toEqual(promptsEqual.map(() => true));
  for (const { actual, expected } of answers) expect(actual).toEqual(expected);
  expect(logits).toBeLessThan(1e-3);
}

test.skipIf(!hasFixture)('the shared fixture: image tokens, prompts, greedy answers and first logits', async () => {
  expectEqual(await compareAnswers(await convert(fixtureDir, 'fixture'), fixtureDir));
});

const VARIANTS = {
  'v2, float32 in one file': { layout: 'v2', dtype: 'F32' },
  'v2, half precision in three files, grouped heads, tied embeddings, spare rows': {
    layout: 'v2',
    dtype: 'F16',
    shards: 3,
    extra_rows: 5,
    llama: { num_key_value_heads: 2, tie_word_embeddings: true, rope_theta: 500 },
  },
  'v2, other sizes, layer scale, no class token dropped, one key head': {
    layout: 'v2',
    dtype: 'BF16',
    merges: 90,
    llama: {
      num_key_value_heads: 1,
      hidden_size: 96,
      num_attention_heads: 6,
      intermediate_size: 200,
      num_hidden_layers: 3,
    },
    vision: {
      image_size: 96,
      patch_size: 32,
      ls_init_value: 0.1,
      pool_type: 'none',
      width: 96,
      mlp_ratio: 3,
      layers: 3,
    },
  },
  'v2, norm after pooling, mean pool, three channels': {
    layout: 'v2',
    dtype: 'BF16',
    channels: 3,
    vision: { final_ln_after_pool: true, pool_type: 'avg', no_ln_pre: true, output_tokens: false },
  },
  'v2, no space after special tokens, more image tokens than rare pieces': {
    layout: 'v2',
    dtype: 'F32',
    legacy: false,
    merges: 40,
    vision: { image_size: 128, patch_size: 8, width: 32, head_width: 16 },
  },
  'v2 with the pooled vector as its one token': {
    layout: 'v2',
    dtype: 'F32',
    vision: { pooled: true, output_tokens: false },
  },
  'v1, ResNet with attention pooling to one vector': { layout: 'v1', dtype: 'BF16' },
  'v1 with the language model in a folder of its own': {
    layout: 'v1',
    dtype: 'F16',
    separate_language: true,
    vision: { image_size: 96, width: 16, head_width: 64, layers: [1, 1, 2, 1] },
  },
  'LLaVA-1.5 in its own layout, two-layer projector': { layout: 'llava', dtype: 'BF16' },
  'LLaVA-1.5 in its own layout, linear projector': {
    layout: 'llava',
    dtype: 'F32',
    linear: true,
    shards: 2,
    legacy: false,
  },
  "LLaVA-1.5 in Hugging Face's layout": { layout: 'llava-hf', dtype: 'F16', llama: { num_key_value_heads: 2 } },
} satisfies Record<string, unknown>;

test.skipIf(!hasTorch).each(Object.entries(VARIANTS))('%s', async (name, spec) => {
  const checkpoint = join(dir, name.replace(/\W+/g, '-'));
  await writeReference(spec, checkpoint);
  const language = 'separate_language' in spec ? join(checkpoint, 'language') : undefined;
  expectEqual(await compareAnswers(await convert(checkpoint, name.replace(/\W+/g, '-'), language), checkpoint));
});
