// Decoding: the engine against a bare loop over node-llama-cpp, and both against the bound that reading the weights sets.
import { stat } from 'node:fs/promises';
import Keyv from 'keyv';
import { openEngine } from '../../../engine/open-engine.ts';
import { drawPhantom } from '../../../engine/phantom.ts';
import { decodeSeconds, loadBare, prefillSeconds, promptIds } from './bare.ts';
import { memoryBandwidth } from './machine.ts';
import { benchBundle, benchLanguage } from './models.ts';
import { median, type Section, secondsText } from './section.ts';
import { MODEL_NAMES, SHAPES } from './shapes.ts';

const ANSWER_TOKENS = 32;
const ROUNDS = 3;

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
    log(`${model.label}: engine`);
    const engine = await openEngine({
      bundleDir,
      store: new Keyv(),
      sequences: 1,
      gpu: 'off',
      threads,
      backend: 'cpu',
    });
    const image = await engine.encode(await drawPhantom({ kind: 'normal' }), { force: true });
    const conversation = await engine.start(image);
    const own: number[] = [];
    let promptTokens = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const turn = await conversation.ask('Is there any effusion?', { maxTokens: ANSWER_TOKENS, temperature: 0 }).turn;
      promptTokens = turn.promptTokens;
      if (turn.answerTokens > 4) own.push(1 / turn.tokensPerSecond);
    }
    await engine.close();
    log(`${model.label}: bare loop`);
    const bare = await loadBare(path, threads);
    const { sequence, close } = await bare.open({ contextSize: promptTokens + ROUNDS * (ANSWER_TOKENS + 2) });
    await prefillSeconds(sequence, promptIds(promptTokens - ANSWER_TOKENS));
    const loop: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      loop.push(await decodeSeconds(sequence, promptIds(2)[1] as never, ANSWER_TOKENS));
    }
    await close();
    await bare.close();
    const [engineSeconds, bareSeconds] = [median(own), median(loop)];
    rows.push([
      model.label,
      `${secondsText(engineSeconds)}/token`,
      `${secondsText(bareSeconds)}/token`,
      (bareSeconds / engineSeconds).toFixed(2),
      `${secondsText(read / bandwidth)}/token`,
      `${((100 * read) / bandwidth / engineSeconds).toFixed(0)} %`,
    ]);
    data[name] = { engine: engineSeconds, bare: bareSeconds, bound: read / bandwidth };
  }
  return {
    tables: [
      {
        caption: `Decoding, Q4_0; memory reads at ${(bandwidth / 1e9).toFixed(1)} GB/s`,
        head: ['model', 'engine', 'bare loop', 'engine ÷ bare', 'bound', 'share of the bound'],
        rows,
      },
    ],
    data,
  };
};
