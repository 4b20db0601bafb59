// Encode, prefill and what a follow-up costs, in one process; a follow-up must evaluate nothing of what was said before.
import { readFile } from 'node:fs/promises';
import Keyv from 'keyv';
import { openEngine } from '../../engine/open-engine.ts';
import { DIFFERENTIAL_QUESTION, EXAMINATION_QUESTION, REPORT_PROMPTS } from '../../prompts/paper.ts';
import { atMost, type BenchContext, type Measurement, median, timed } from './measurement.ts';

const REPORT_TOKENS = 120;

export async function measureStages({ bundleDir, image, rounds }: BenchContext): Promise<Measurement[]> {
  const started = performance.now();
  const engine = await openEngine({ bundleDir, store: new Keyv(), sequences: 1 });
  const loadMs = performance.now() - started;
  try {
    const bytes = await readFile(image);
    const encoded = await engine.encode(bytes, { force: true });
    const encodeMs = median(await timed(rounds, () => engine.encode(bytes, { force: true })));
    const firsts: number[] = [];
    const perToken: number[] = [];
    const followUps: number[] = [];
    let again = 0;
    for (let round = 0; round <= rounds; round++) {
      const conversation = await engine.start(encoded);
      const options = { temperature: 0, maxTokens: REPORT_TOKENS };
      const report = await conversation.ask(REPORT_PROMPTS.specific, options).turn;
      let before = report;
      for (const question of [DIFFERENTIAL_QUESTION, EXAMINATION_QUESTION]) {
        const turn = await conversation.ask(question, options).turn;
        const cutOff = before.stopReason === 'length' ? 1 : 0;
        again += turn.evaluatedTokens - (turn.promptTokens - before.promptTokens - before.answerTokens) - cutOff;
        // The first conversation warms up and computes the opening.
        if (round > 0) followUps.push(turn.msToFirstToken);
        before = turn;
      }
      if (round > 0) {
        firsts.push(report.msToFirstToken);
        perToken.push((report.evaluatedTokens * 1000) / report.msToFirstToken);
      }
      await conversation.close();
    }
    return [
      { name: 'load both models (in a running process)', value: loadMs, unit: 'ms' },
      { name: 'encode one film, decoding included', value: encodeMs, unit: 'ms' },
      { name: 'report: image and question to first token', value: median(firsts), unit: 'ms' },
      { name: 'prefill of the first turn', value: median(perToken), unit: 'tokens/s' },
      { name: 'follow-up: question to first token', value: median(followUps), unit: 'ms' },
      atMost('follow-up: tokens of the history evaluated again', again, 'tokens', 0),
    ];
  } finally {
    await engine.close();
  }
}
