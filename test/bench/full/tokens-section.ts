// What one image token saves: the same prompt with 1, 576 (LLaVA-1.5) and 1024 (v2) tokens in the image's place.
import { loadBare, prefillSeconds, promptIds } from './bare.ts';
import { benchLanguage } from './models.ts';
import { type Section, secondsText } from './section.ts';
import { MODEL_NAMES, SHAPES } from './shapes.ts';

/** Tokens of opening and question together. */
const TEXT_TOKENS = 64;

export const tokensSection: Section = async ({ dir, shape, threads, log }) => {
  const rows: string[][] = [];
  const data: Record<string, unknown> = {};
  const counts = shape === 'true' ? [1, 576, 1024] : [1, 36, 64];
  for (const name of MODEL_NAMES) {
    const model = SHAPES[shape][name];
    const bare = await loadBare(await benchLanguage(dir, name, model, 'q4_0'), threads);
    const measured: number[] = [];
    for (const count of counts) {
      log(`${model.label}: ${count} image token(s)`);
      const total = TEXT_TOKENS + count;
      const { sequence, close } = await bare.open({ contextSize: total + 8 });
      measured.push(await prefillSeconds(sequence, promptIds(total)));
      await close();
    }
    const single = measured[0] ?? Number.NaN;
    rows.push([
      model.label,
      ...measured.map(
        (value, index) => `${secondsText(value)}${index === 0 ? '' : ` (${(value / single).toFixed(1)} ×)`}`,
      ),
    ]);
    data[name] = Object.fromEntries(counts.map((count, index) => [count, measured[index]]));
    await bare.close();
  }
  return {
    tables: [
      {
        caption: `Prefill of ${TEXT_TOKENS} text tokens and the image, Q4_0`,
        head: ['model', ...counts.map((count) => `${count} image token${count === 1 ? '' : 's'}`)],
        rows,
      },
    ],
    data,
  };
};
