// Follow-up questions: only new tokens are evaluated, live conversations are switched at once, an evicted one is rebuilt at its price.
import Keyv from 'keyv';
import { openEngine } from '../../../engine/open-engine.ts';
import { drawPhantom } from '../../../engine/phantom.ts';
import { benchBundle } from './models.ts';
import { type Section, secondsText } from './section.ts';
import { MODEL_NAMES, SHAPES } from './shapes.ts';

const ANSWER_TOKENS = 8;

export const followUpSection: Section = async ({ dir, shape, threads, log }) => {
  const rows: string[][] = [];
  const data: Record<string, unknown> = {};
  for (const name of MODEL_NAMES) {
    const model = SHAPES[shape][name];
    const bundleDir = await benchBundle(dir, name, model, 'q4_0');
    const options = { bundleDir, gpu: 'off', threads, backend: 'cpu', maxStateBytes: 0 } as const;
    log(`${model.label}: two live conversations`);
    const engine = await openEngine({ ...options, store: new Keyv(), sequences: 2 });
    const image = await engine.encode(await drawPhantom({ kind: 'normal' }), { force: true });
    const sampling = { temperature: 0, maxTokens: ANSWER_TOKENS };
    const [a, b] = [await engine.start(image), await engine.start(image)];
    const first = await a.ask('Write a radiologic report.', sampling).turn;
    await b.ask('Write a radiologic report.', sampling).turn;
    const stay = await b.ask('Is there any effusion?', sampling).turn;
    const switched = await a.ask('Is there any effusion?', sampling).turn;
    const back = await b.ask('Is there any effusion?', sampling).turn;
    // The same number of new tokens each: what is left is the cost of the switch.
    const perToken = stay.msToFirstToken / stay.evaluatedTokens;
    const switchMs = Math.max(
      0,
      (switched.msToFirstToken / switched.evaluatedTokens - perToken) * switched.evaluatedTokens,
    );
    log(`${model.label}: eviction`);
    const third = await engine.start(image);
    await third.ask('Write a radiologic report.', sampling).turn;
    const rebuilt = await a.ask('Is there any effusion?', sampling).turn;
    await engine.close();
    rows.push([
      model.label,
      `${secondsText(first.msToFirstToken / 1000)} (${first.evaluatedTokens} tokens)`,
      `${secondsText(back.msToFirstToken / 1000)} (${back.evaluatedTokens} tokens)`,
      `${switchMs.toFixed(0)} ms`,
      `${secondsText(rebuilt.msToFirstToken / 1000)} (${rebuilt.evaluatedTokens} tokens)`,
    ]);
    data[name] = { first, stay, switched, back, rebuilt, switchMs };
  }
  return {
    tables: [
      {
        caption: 'Follow-up questions: time to the first word, Q4_0',
        head: ['model', 'first question', 'follow-up', 'switching conversations', 'after eviction (rebuilt)'],
        rows,
      },
    ],
    data,
  };
};
