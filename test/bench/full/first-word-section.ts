// From an uploaded film to the first word, split into its parts; and what the stored opening saves against evaluating the whole prompt.
import sharp from 'sharp';
import { openBundle } from '../../../engine/bundle.ts';
import { createEncoder } from '../../../engine/encoder.ts';
import { decodeImage } from '../../../engine/image/decode.ts';
import { asTokens, loadLanguageModel } from '../../../engine/language-model.ts';
import { drawPhantom } from '../../../engine/phantom.ts';
import { createPrefill } from '../../../engine/prefill.ts';
import { createSequencePool } from '../../../engine/sequence-pool.ts';
import { makeWorkFolder } from '../../../engine/work-folder.ts';
import { seconds } from './bare.ts';
import { benchBundle } from './models.ts';
import { type Section, secondsText } from './section.ts';
import { MODEL_NAMES, SHAPES } from './shapes.ts';

/** As large as a digital detector's film. */
const FILM_SIDE = 2048;
const QUESTION = 'Write a radiologic report on the given chest radiograph.';

export const firstWordSection: Section = async ({ dir, shape, threads, log }) => {
  const rows: string[][] = [];
  const data: Record<string, unknown> = {};
  const film = await sharp(await drawPhantom({ kind: 'effusion' }))
    .resize(FILM_SIDE, FILM_SIDE)
    .png()
    .toBuffer();
  for (const name of MODEL_NAMES) {
    const model = SHAPES[shape][name];
    log(`${model.label}: writing the bundle`);
    const bundle = await openBundle(await benchBundle(dir, name, model, 'q4_0'));
    const encoder = await createEncoder(bundle, { threads, backend: 'cpu' });
    const language = await loadLanguageModel(bundle, { sequences: 1, gpu: 'off', threads, log: () => {} });
    const folder = await makeWorkFolder();
    const pool = createSequencePool(language.contexts, { dir: folder.path, maxStateBytes: 0 });
    const prefill = createPrefill(language, folder.path);
    log(`${model.label}: measuring`);
    const decode = await seconds(() => decodeImage(film, {}));
    await encoder.encode(film, { force: true });
    let tokens = new Float32Array();
    const encode = await seconds(async () => {
      tokens = Float32Array.from((await encoder.encode(film, { force: true })).imageTokens);
    });
    const system = bundle.manifest.language.systemPrompt;
    const prompt = language.format.first(system, 0, QUESTION);
    /** A new conversation: everything but a stored opening is evaluated, then one token is sampled. */
    async function firstWord(id: string): Promise<{ bring: number; sample: number; evaluated: number }> {
      const seat = await pool.acquire(id);
      let rest: number[] = [];
      let evaluated = 0;
      const bring = await seconds(async () => {
        ({ rest, evaluated } = await prefill.bring(seat, prompt, () => tokens));
      });
      const sample = await seconds(async () => {
        for await (const _ of seat.sequence.evaluate(asTokens(rest), { temperature: 0, yieldEogToken: true })) break;
      });
      pool.release(id);
      await pool.drop(id);
      return { bring, sample, evaluated };
    }
    // In the same run: the first conversation of the process evaluates the opening too, the second finds its state.
    const cold = await firstWord('cold');
    const warm = await firstWord('warm');
    const whole = cold.bring + cold.sample;
    const stored = warm.bring + warm.sample;
    rows.push([
      model.label,
      secondsText(decode),
      secondsText(encode - decode),
      `${secondsText(whole - stored)} (${cold.evaluated - warm.evaluated} tokens)`,
      `${secondsText(stored)} (${warm.evaluated} tokens)`,
      secondsText(encode + stored),
      `${(whole / stored).toFixed(2)} ×`,
    ]);
    data[name] = {
      decode,
      encode: encode - decode,
      whole,
      stored,
      cold,
      warm,
      total: encode + stored,
      gain: whole / stored,
    };
    await language.close();
    await encoder.close();
    await folder.remove();
  }
  return {
    tables: [
      {
        caption: `From a film of ${FILM_SIDE} × ${FILM_SIDE} px to the first word, Q4_0`,
        head: [
          'model',
          'decode image',
          'encode',
          'prefix (once a process)',
          'prefill, sample',
          'first word after',
          'stored prefix gains',
        ],
        rows,
      },
    ],
    data,
  };
};
