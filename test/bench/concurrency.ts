// Eight conversations at once against one alone: tokens per second together, side by side and in common batches.
import { readFile } from 'node:fs/promises';
import Keyv from 'keyv';
import { openEngine } from '../../engine/open-engine.ts';
import { REPORT_PROMPTS } from '../../prompts/paper.ts';
import { type BenchContext, type Measurement, median } from './measurement.ts';

const CONVERSATIONS = 8;
const ANSWER_TOKENS = 120;
const WAYS = [undefined, 'batched'] as const;

async function rates(context: BenchContext, decoding: (typeof WAYS)[number]): Promise<{ one: number; many: number }> {
  const engine = await openEngine({
    bundleDir: context.bundleDir,
    store: new Keyv(),
    sequences: CONVERSATIONS,
    ...(decoding === undefined ? {} : { decoding }),
  });
  try {
    const encoded = await engine.encode(await readFile(context.image), { force: true });

    async function together(count: number): Promise<number> {
      const conversations = await Promise.all(Array.from({ length: count }, () => engine.start(encoded)));
      const started = performance.now();
      const turns = await Promise.all(
        conversations.map(
          (conversation, seed) => conversation.ask(REPORT_PROMPTS.specific, { seed, maxTokens: ANSWER_TOKENS }).turn,
        ),
      );
      const seconds = (performance.now() - started) / 1000;
      await Promise.all(conversations.map((conversation) => conversation.close()));
      return turns.reduce((sum, { answerTokens }) => sum + answerTokens, 0) / seconds;
    }

    const one: number[] = [];
    const many: number[] = [];
    await together(CONVERSATIONS);
    for (let round = 0; round < context.rounds; round++) {
      one.push(await together(1));
      many.push(await together(CONVERSATIONS));
    }
    return { one: median(one), many: median(many) };
  } finally {
    await engine.close();
  }
}

export async function measureConcurrency(context: BenchContext): Promise<Measurement[]> {
  const [chosen, batched] = [await rates(context, WAYS[0]), await rates(context, WAYS[1])];
  return [
    { name: 'one conversation alone, first turn and all', value: chosen.one, unit: 'tokens/s' },
    {
      name: `${CONVERSATIONS} conversations at once, together`,
      value: chosen.many,
      unit: 'tokens/s',
      target: '> one alone',
      isMet: chosen.many > chosen.one,
    },
    { name: 'the same in common batches', value: batched.many, unit: 'tokens/s' },
  ];
}
