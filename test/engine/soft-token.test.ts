// The crux: with the soft-token adapter the model computes what it would compute with its embedding rows overwritten, at the published count of image tokens and at several.
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LlamaContextSequence } from 'node-llama-cpp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adapterCount } from '../../engine/adapter-release.ts';
import { asTokens, type LanguageModel, loadLanguageModel } from '../../engine/language-model.ts';
import { createPrefill } from '../../engine/prefill.ts';
import { createSequencePool } from '../../engine/sequence-pool.ts';
import { openToyBundle, randomImageTokens } from '../support/toy-bundle.ts';
import { TOY_WIDTH } from '../support/toy-model.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'soft-token-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const options = { sequences: 2, gpu: 'off', log: () => {} } as const;

async function probabilities(sequence: LlamaContextSequence, ids: readonly number[]): Promise<Map<number, number>> {
  const steps = sequence.evaluateWithMetadata(
    asTokens(ids),
    { probabilities: true },
    { temperature: 0, yieldEogToken: true },
  );
  const step = await steps.next();
  await steps.return();
  if (step.done === true) throw new Error('no probabilities');
  return step.value.probabilities;
}

function largestDifference(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): number {
  expect(a.size).toBe(b.size);
  return Math.max(...[...a].map(([id, p]) => Math.abs(p - (b.get(id) ?? Number.NaN))));
}

/** The prompt's ids as the overwritten twin sees them: slot ids instead of image items. */
function asIds(language: LanguageModel, items: readonly number[]): number[] {
  return items.map((item) => (item >= 0 ? item : (language.slots.ids[(-1 - item) % 4096] as number)));
}

test.each([
  { name: 'one image token at <unk>', ids: [0] },
  { name: 'four image tokens over rows that are not zero', ids: [262, 300, 271, 5] },
  { name: '32 image tokens (A in Q8_0 blocks)', ids: Array.from({ length: 32 }, (_, i) => 40 + 3 * i) },
])('$name: next-token probabilities equal those of the overwritten model', async ({ ids }) => {
  const vectors = randomImageTokens(ids.length, 7);
  const rows = Object.fromEntries(ids.map((id, i) => [id, vectors.slice(i * TOY_WIDTH, (i + 1) * TOY_WIDTH)]));
  const language = await loadLanguageModel(
    await openToyBundle(join(dir, `plain-${ids.length}`), { imageTokenIds: ids }),
    options,
  );
  const twin = await loadLanguageModel(
    await openToyBundle(join(dir, `twin-${ids.length}`), { imageTokenIds: ids, rows }),
    options,
  );
  try {
    const work = join(dir, `work-${ids.length}`);
    await mkdir(work);
    const prefill = createPrefill(language, work);
    const pool = createSequencePool(language.contexts, { dir: work, maxStateBytes: 0 });
    const prompt = language.format.first('You read radiographs.', 0, 'Is there any pleural effusion?');
    const seat = await pool.acquire('a');
    const { rest, evaluated } = await prefill.bring(seat, prompt, () => vectors);
    expect(evaluated).toBe(prompt.length);
    const soft = await probabilities(seat.sequence, rest);
    // In the same pieces, since llama.cpp rounds differently for batches of other sizes.
    const first = prompt.findIndex((item) => item < 0);
    const twins = createSequencePool(twin.contexts, { dir: work, maxStateBytes: 0 });
    const hardSequence = (await twins.acquire('a')).sequence;
    for (const piece of [prompt.slice(0, first), prompt.slice(first, first + ids.length)]) {
      await hardSequence.evaluateWithoutGeneratingNewTokens(asTokens(asIds(twin, piece)));
    }
    const hard = await probabilities(hardSequence, rest);
    expect(largestDifference(soft, hard)).toBeLessThanOrEqual(1e-6);

    const plain = await probabilities((await pool.acquire('b')).sequence, asIds(language, prompt));
    expect(largestDifference(plain, hard)).toBeGreaterThan(1e-3);

    expect(adapterCount(language.model)).toBe(0);
    expect((await readdir(work)).filter((name) => name.includes('gguf'))).toEqual([]);
  } finally {
    await language.close();
    await twin.close();
  }
});
