// Follow-up questions: only new tokens are evaluated, live conversations are switched at once, an evicted one is rebuilt at its price.
import Keyv from 'keyv';
import type { Conversation } from '../../../engine/engine.ts';
import { openEngine } from '../../../engine/open-engine.ts';
import { drawPhantom } from '../../../engine/phantom.ts';
import { benchBundle } from './models.ts';
import { median, type Section, secondsText } from './section.ts';
import { MODEL_NAMES, SHAPES } from './shapes.ts';

const ANSWER_TOKENS = 8;
/** Even, so that the last conversation asked is `b`. */
const SWITCHES = 24;

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
    const followUp = await b.ask('Is there any effusion?', sampling).turn;
    await a.ask('Is there any effusion?', sampling).turn;
    log(`${model.label}: switching`);
    // The same question again and again, each time taken back: one token is evaluated, so what a switch costs is not lost among others.
    const pairs: number[] = [];
    for (let pair = 0; pair <= SWITCHES; pair += 1) {
      const conversation = pair % 2 === 0 ? b : a;
      const switched = await askAgain(conversation);
      const stayed = await askAgain(conversation);
      // The first question to each evaluates all of itself.
      if (pair >= 2) pairs.push(switched - stayed);
    }
    const switchMs = Math.max(0, median(pairs));
    log(`${model.label}: eviction`);
    const third = await engine.start(image);
    await third.ask('Write a radiologic report.', sampling).turn;
    // The third took the seat of the one that was not asked last.
    const rebuilt = await a.ask('Is there any effusion?', sampling).turn;
    await engine.close();
    rows.push([
      model.label,
      `${secondsText(first.msToFirstToken / 1000)} (${first.evaluatedTokens} tokens)`,
      `${secondsText(followUp.msToFirstToken / 1000)} (${followUp.evaluatedTokens} tokens)`,
      `${switchMs.toFixed(0)} ms`,
      `${secondsText(rebuilt.msToFirstToken / 1000)} (${rebuilt.evaluatedTokens} tokens)`,
    ]);
    data[name] = { first, followUp, pairs, rebuilt, switchMs };
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

/** Milliseconds to the first word of an answer that is taken back at once. */
async function askAgain(conversation: Conversation): Promise<number> {
  const turn = await conversation.ask('Why?', { key: 'again', temperature: 0, maxTokens: 2 }).turn;
  await conversation.rewind('again');
  return turn.msToFirstToken;
}
