// Resident memory with 1, 4 and 16 live conversations, by the type of the KV cache; and what a smaller cache does to the next word.
import { freemem } from 'node:os';
import { loadBare, prefillSeconds, promptIds } from './bare.ts';
import { benchLanguage } from './models.ts';
import { gibText, type Section } from './section.ts';
import { MODEL_NAMES, SHAPES } from './shapes.ts';

const CONVERSATIONS = [1, 4, 16];
const CACHES = ['F16', 'Q8_0'] as const;
const PROMPT_TOKENS = 96;

export const memorySection: Section = async ({ dir, shape, threads, log }) => {
  const memory: string[][] = [];
  const quality: string[][] = [];
  const data: Record<string, unknown> = {};
  for (const name of MODEL_NAMES) {
    const model = SHAPES[shape][name];
    const path = await benchLanguage(dir, name, model, 'q4_0');
    const bare = await loadBare(path, threads);
    // Every page of the weights is touched once, so that they count.
    const warm = await bare.open({ contextSize: 64 });
    await prefillSeconds(warm.sequence, promptIds(16));
    await warm.close();
    const weights = process.memoryUsage.rss();
    const nextWords: Map<number, number>[] = [];
    for (const cache of CACHES) {
      const cells: string[] = [];
      for (const sequences of CONVERSATIONS) {
        log(`${model.label}: ${cache} cache, ${sequences} conversation(s)`);
        const tokens =
          shape === 'true' && sequences === 16
            ? Math.min(model.contextTokens, model.imageTokens + 512)
            : model.contextTokens;
        const free = freemem();
        const { kvHeads, headWidth, layers } = model.language;
        const expected = 2 * layers * kvHeads * headWidth * (cache === 'F16' ? 2 : 34 / 32) * tokens * sequences;
        if (expected > free - 3 * 2 ** 30) {
          cells.push(`${gibText(weights + expected)} (by calculation)`);
          continue;
        }
        const { close } = await bare.open({
          sequences,
          contextSize: tokens,
          flashAttention: true,
          experimentalKvCacheKeyType: cache,
          experimentalKvCacheValueType: cache,
        });
        const rss = process.memoryUsage.rss();
        cells.push(gibText(rss));
        data[`${name}-${cache}-${sequences}`] = { rss, weights, cache: expected };
        await close();
      }
      const { sequence, close } = await bare.open({
        contextSize: PROMPT_TOKENS + 32,
        flashAttention: true,
        experimentalKvCacheKeyType: cache,
        experimentalKvCacheValueType: cache,
      });
      const ids = promptIds(PROMPT_TOKENS);
      const prefill = await prefillSeconds(sequence, ids.slice(0, -1));
      const asked = {
        generateNext: { probabilities: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } },
      } as const;
      const steps = await sequence.controlledEvaluate([[ids.at(-1) as never, asked]]);
      nextWords.push(new Map(steps[0]?.next.probabilities ?? []) as Map<number, number>);
      await close();
      memory.push([model.label, cache.toLowerCase(), gibText(weights), ...cells]);
      data[`${name}-${cache}-prefill`] = prefill;
    }
    const [full, small] = nextWords;
    const differences = [...(full ?? new Map<number, number>())].map(([id, p]) => Math.abs(p - (small?.get(id) ?? 0)));
    const largest = differences.reduce((most, difference) => Math.max(most, difference), 0);
    const total = differences.reduce((sum, difference) => sum + difference, 0) / 2;
    quality.push([model.label, largest.toExponential(1), total.toExponential(1)]);
    data[`${name}-q8_0-change`] = { largest, total };
    await bare.close();
  }
  return {
    tables: [
      {
        caption: 'Memory with live conversations, Q4_0 weights',
        head: ['model', 'KV cache', 'weights', ...CONVERSATIONS.map((n) => `${n} live`)],
        rows: memory,
      },
      {
        caption: `What a q8_0 cache changes in the next word's probabilities after ${PROMPT_TOKENS} tokens`,
        head: ['model', 'largest change', 'total variation'],
        rows: quality,
      },
    ],
    data,
  };
};
