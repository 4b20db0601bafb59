// Decoding by the engine against a bare node-llama-cpp loop on the same file, in turns in one process, so that both see the same machine.
import { readFile } from 'node:fs/promises';
import Keyv from 'keyv';
import { readBundle } from '../../engine/bundle.ts';
import { asTokens, loadLanguageModel } from '../../engine/language-model.ts';
import { openEngine } from '../../engine/open-engine.ts';
import { REPORT_PROMPTS } from '../../prompts/paper.ts';
import { atLeast, type BenchContext, type Measurement, median } from './measurement.ts';

const MOST_TOKENS = 200;
const SMALLEST_SHARE = 0.95;
/** A median of many short answers: one answer of a tiny model lasts a tenth of a second. */
const ROUNDS_FACTOR = 6;

export async function measureDecode({ bundleDir, image, rounds }: BenchContext): Promise<Measurement[]> {
  const bundle = await readBundle(bundleDir);
  const bare = await loadLanguageModel(bundle, { sequences: 1, gpu: 'auto', log: () => {} });
  const engine = await openEngine({ bundleDir, store: new Keyv(), sequences: 1 });
  try {
    const encoded = await engine.encode(await readFile(image), { force: true });
    const [context] = bare.contexts;
    if (context === undefined) throw new Error('the language model has no context');
    const sequence = context.getSequence();
    const { temperature, topP } = bundle.manifest.sampling;
    const question = REPORT_PROMPTS.specific;
    const system = bundle.manifest.language.systemPrompt;
    const prompt = bare.format.first(system, undefined, question);

    /** Tokens per second after the first one, as the engine counts. */
    async function bareLoop(seed: number, tokens: number): Promise<number> {
      await sequence.clearHistory();
      let count = 0;
      let firstAt = 0;
      const options = { temperature, topP, topK: 0, minP: 0, seed, yieldEogToken: true };
      for await (const _ of sequence.evaluate(asTokens(prompt), options)) {
        if (count === 0) firstAt = performance.now();
        if (++count >= tokens) break;
      }
      return ((count - 1) * 1000) / (performance.now() - firstAt);
    }

    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round <= rounds * ROUNDS_FACTOR; round++) {
      const conversation = await engine.start(encoded);
      const turn = await conversation.ask(question, { seed: round, maxTokens: MOST_TOKENS }).turn;
      await conversation.close();
      const bareRate = await bareLoop(round, Math.max(2, turn.answerTokens));
      if (round === 0 || turn.answerTokens < 2) continue;
      ours.push(turn.tokensPerSecond);
      theirs.push(bareRate);
    }
    return [
      { name: 'decode by the engine', value: median(ours), unit: 'tokens/s' },
      { name: 'decode by a bare node-llama-cpp loop', value: median(theirs), unit: 'tokens/s' },
      atLeast(
        'engine against bare loop',
        median(ours.map((rate, i) => rate / (theirs[i] ?? rate))),
        '',
        SMALLEST_SHARE,
      ),
    ];
  } finally {
    await engine.close();
    await bare.close();
  }
}
