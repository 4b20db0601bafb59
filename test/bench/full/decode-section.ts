// Decoding: the engine against a bare loop over node-llama-cpp, in turns on one loaded model, and both against the bound that reading the weights sets.
import { stat } from 'node:fs/promises';
import { drawPhantom } from '../../../engine/phantom.ts';
import { decodeSeconds, prefillSeconds, promptIds } from './bare.ts';
import { memoryBandwidth } from './machine.ts';
import { benchBundle, benchLanguage } from './models.ts';
import { median, type Section, secondsText } from './section.ts';
import { MODEL_NAMES, SHAPES } from './shapes.ts';
import { openSharedWeights } from './shared-weights.ts';

const ANSWER_TOKENS = 32;
const ROUNDS = 6;
const QUESTION = 'Is there any effusion?';

export const decodeSection: Section = async ({ dir, shape, threads, log }) => {
  const rows: string[][] = [];
  const bandwidth = await memoryBandwidth(threads);
  const data: Record<string, unknown> = { bandwidth };
  for (const name of MODEL_NAMES) {
    const model = SHAPES[shape][name];
    const bundleDir = await benchBundle(dir, name, model, 'q4_0');
    const path = await benchLanguage(dir, name, model, 'q4_0');
    // The embedding table is looked up, not read through.
    const read = (await stat(path)).size - 2 * model.language.vocab * model.language.hidden;
    log(`${model.label}: engine and bare loop in turns`);
    const { engine, bareSequence } = await openSharedWeights(bundleDir, threads);
    const image = await engine.encode(await drawPhantom({ kind: 'normal' }), { force: true });
    const conversation = await engine.start(image);
    const bare = await bareSequence(model.contextTokens);
    const own: number[] = [];
    const loop: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const turn = await conversation.ask(QUESTION, { maxTokens: ANSWER_TOKENS, temperature: 0 }).turn;
      if (turn.answerTokens < 2) throw new Error('The answer is too short to be measured.');
      own.push(1 / turn.tokensPerSecond);
      // Behind as many tokens as the engine's answer, or attention would not cost the same.
      await prefillSeconds(bare, promptIds(turn.promptTokens).slice(bare.nextTokenIndex));
      loop.push(await decodeSeconds(bare, promptIds(2)[1] as never, ANSWER_TOKENS));
    }
    await engine.close();
    const [engineSeconds, bareSeconds] = [median(own), median(loop)];
    const shares = own.map((seconds, round) => (loop[round] ?? Number.NaN) / seconds);
    rows.push([
      model.label,
      `${secondsText(engineSeconds)}/token`,
      `${secondsText(bareSeconds)}/token`,
      `${median(shares).toFixed(2)} (${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)})`,
      `${secondsText(read / bandwidth)}/token`,
      `${((100 * read) / bandwidth / engineSeconds).toFixed(0)} %`,
    ]);
    data[name] = { engine: engineSeconds, bare: bareSeconds, bound: read / bandwidth, shares };
  }
  return {
    tables: [
      {
        caption: `Decoding, Q4_0; memory reads at ${(bandwidth / 1e9).toFixed(1)} GB/s`,
        head: ['model', 'engine', 'bare loop', 'engine ÷ bare (rounds)', 'bound', 'share of the bound'],
        rows,
      },
    ],
    data,
  };
};
