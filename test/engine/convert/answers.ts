// Asks a converted bundle through the real engine and compares with what an independent implementation answered.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Keyv from 'keyv';
import { openBundle } from '../../../engine/bundle.ts';
import { buildPrompt, type PromptTurn } from '../../../engine/context-window.ts';
import { createEncoder } from '../../../engine/encoder.ts';
import { asTokens, loadLanguageModel } from '../../../engine/language-model.ts';
import { openEngine } from '../../../engine/open-engine.ts';
import { createPrefill } from '../../../engine/prefill.ts';
import { createSequencePool } from '../../../engine/sequence-pool.ts';
import { makeWorkFolder } from '../../../engine/work-folder.ts';
import { largestDifference, readExpected } from './fixture.ts';

export interface Comparison {
  /** Largest difference of an image token's number. */
  imageTokens: number;
  /** By turn: whether the prompt's ids are those expected, slots standing for the image. */
  promptsEqual: boolean[];
  /** By turn: greedy ids of the engine's answer, and those expected. */
  answers: { actual: readonly number[]; expected: readonly number[] }[];
  /** Largest difference of a first step's five best logits, all turns. */
  logits: number;
}

/** `expectedDir` holds expected.json, the image tokens and image.png. */
export async function compareAnswers(bundleDir: string, expectedDir: string): Promise<Comparison> {
  const expected = readExpected(expectedDir);
  const image = await readFile(join(expectedDir, 'image.png'));
  const bundle = await openBundle(bundleDir);

  const encoder = await createEncoder(bundle, { threads: 1, backend: 'cpu' });
  const encoded = await encoder.encode(image, { force: true });
  await encoder.close();
  const imageTokens = largestDifference(encoded.imageTokens, expected.imageTokens);

  const engine = await openEngine({ bundleDir, store: new Keyv(), sequences: 2, gpu: 'off', backend: 'cpu' });
  const answers: Comparison['answers'] = [];
  try {
    const conversation = await engine.start(await engine.encode(image, { force: true }));
    for (const { question, answer_ids } of expected.greedy) {
      const turn = await conversation.ask(question, { temperature: 0, maxTokens: answer_ids.length }).turn;
      answers.push({ actual: turn.answerTokenIds, expected: answer_ids });
    }
  } finally {
    await engine.close();
  }

  const language = await loadLanguageModel(bundle, { sequences: 1, gpu: 'off', log: () => {} });
  const folder = await makeWorkFolder();
  const pool = createSequencePool(language.contexts, { dir: folder.path, maxStateBytes: 0 });
  const prefill = createPrefill(language, folder.path);
  const promptsEqual: boolean[] = [];
  let logits = 0;
  try {
    const seat = await pool.acquire('comparison');
    const turns: PromptTurn[] = [];
    for (const turn of expected.greedy) {
      const image = turns.length === 0 ? 0 : undefined;
      const { systemPrompt } = bundle.manifest.language;
      const { items } = buildPrompt(
        language.format,
        { systemPrompt, turns, keptFrom: 1 },
        { question: turn.question, image },
        { contextTokens: language.contextTokens, maxTokens: 1 },
      );
      const slots = items.filter((item) => item < 0);
      const wanted = turn.prompt_ids.flatMap((id) => (id === 'IMG' ? slots : [id]));
      promptsEqual.push(JSON.stringify(items) === JSON.stringify(wanted));
      const { rest } = await prefill.bring(seat, items, () => encoded.imageTokens);
      const last = rest.at(-1) as number;
      const steps = await seat.sequence.controlledEvaluate([
        ...asTokens(rest.slice(0, -1)),
        [
          asTokens([last])[0] as never,
          { generateNext: { probabilities: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } } },
        ],
      ]);
      const probabilities: ReadonlyMap<number, number> | undefined = steps.at(-1)?.next.probabilities;
      const offset = (turn.first_logits_top5[0]?.[1] ?? 0) - turn.first_logprob_top;
      for (const [id, logit] of turn.first_logits_top5) {
        const actual = Math.log(probabilities?.get(id) ?? 0) + offset;
        logits = Math.max(logits, Math.abs(actual - logit));
      }
      seat.held = items.slice(0, seat.sequence.nextTokenIndex);
      turns.push({
        question: turn.question,
        answerTokenIds: turn.answer_ids,
        ...(image === undefined ? {} : { image }),
      });
    }
  } finally {
    await language.close();
    await folder.remove();
  }
  return { imageTokens, promptsEqual, answers, logits };
}
