// Checks a bundle step by step: files, shapes, tokenizer, the image's way into the language model, and whether answers depend on it.
import sharp from 'sharp';
import { type Bundle, readBundle, verifyBundle } from './bundle.ts';
import { questionText } from './chat-format.ts';
import { createEncoder, type Encoder } from './encoder.ts';
import { toCxrError } from './error.ts';
import { type LanguageModel, loadLanguageModel } from './language-model.ts';
import type { GpuChoice } from './llama-runtime.ts';
import { drawPhantom } from './phantom.ts';
import { createSelfCheck } from './self-check.ts';
import { makeWorkFolder } from './work-folder.ts';

export interface CheckStep {
  name: string;
  passed: boolean;
  /** One plain sentence or figure. */
  detail: string;
}

export interface CheckOptions {
  /** Radiographs by name: the first is read, the second is the swap; drawn films where there are none. */
  images: readonly (readonly [name: string, bytes: Uint8Array])[];
  gpu: GpuChoice;
  question: string;
  onStep?: (what: string) => void;
}

/** With quantised weights the same numbers come out in another order of summation; anything beyond this is a fault. */
const INJECTION_TOLERANCE = 1e-3;
/** The least change of an answer's mean log-probability that counts as looking at the image. */
const DEPENDENCE_NATS = 1e-3;
const ANSWER_TOKENS = 32;
const PICTURE_SIDE = 512;

async function step(name: string, work: () => Promise<Omit<CheckStep, 'name'>>): Promise<CheckStep> {
  try {
    return { name, ...(await work()) };
  } catch (error) {
    return { name, passed: false, detail: toCxrError(error).message };
  }
}

/** Yields a step as soon as it is done; stops behind the first that the later ones need. */
export async function* checkBundle(dir: string, options: CheckOptions): AsyncGenerator<CheckStep> {
  const tell = options.onStep ?? (() => {});
  let bundle: Bundle | undefined;
  const manifest = await step('manifest', async () => {
    bundle = await readBundle(dir);
    const { name, version } = bundle.manifest;
    return { passed: true, detail: `${name} ${version}` };
  });
  yield manifest;
  if (bundle === undefined) return;
  const opened = bundle;
  tell('Checking hashes');
  const hashes = await step('hashes', async () => {
    await verifyBundle(opened);
    return { passed: true, detail: `${Object.keys(opened.manifest.sha256).length} files as the manifest says` };
  });
  yield hashes;
  if (!hashes.passed) return;

  const folder = await makeWorkFolder();
  let encoder: Encoder | undefined;
  let language: LanguageModel | undefined;
  try {
    tell('Loading the models');
    const loaded = await step('loading', async () => {
      encoder = await createEncoder(opened);
      language = await loadLanguageModel(opened, { sequences: 1, gpu: options.gpu, log: () => {} });
      return { passed: true, detail: `encoder on ${encoder.backend}, language model on ${language.runtime.backend}` };
    });
    yield loaded;
    if (encoder === undefined || language === undefined) return;
    yield* checkLoaded(opened, encoder, language, folder.path, options);
  } finally {
    await encoder?.close();
    await language?.close();
    await folder.remove();
  }
}

async function* checkLoaded(
  bundle: Bundle,
  encoder: Encoder,
  language: LanguageModel,
  dir: string,
  { images, question, onStep: tell = () => {} }: CheckOptions,
): AsyncGenerator<CheckStep> {
  tell('Encoding the control images');
  const tokens: { name: string; values: Float32Array }[] = [];
  yield await step('shapes', async () => {
    for (const [name, bytes] of await controlImages(images)) {
      const { imageTokens } = await encoder.encode(bytes, { force: true });
      tokens.push({ name, values: imageTokens });
    }
    const { width, ids } = language.slots;
    const length = tokens[0]?.values.length ?? 0;
    const finite = tokens.every(({ values }) => values.every(Number.isFinite));
    return {
      passed: length === ids.length * width && finite,
      detail: `${ids.length} image token(s) of ${width}${length === ids.length * width ? '' : `, but the encoder gives ${length} numbers`}${finite ? '' : ', some of them not finite'}`,
    };
  });
  yield await step('tokenizer', async () => checkTokenizer(language, question));

  const check = createSelfCheck(bundle, language, dir);
  tell('Injecting known embeddings as an image');
  yield await step('injection', async () => {
    const difference = await check.injection();
    return {
      passed: difference <= INJECTION_TOLERANCE,
      detail: `largest difference of a next-token probability ${difference.toExponential(1)}`,
    };
  });
  tell('Reading the control images');
  yield await step('image control', async () => {
    const means = await check.likelihoods(
      tokens.map(({ values }) => values),
      question,
      ANSWER_TOKENS,
    );
    const own = means[0] ?? 0;
    const largest = Math.max(...means.map((mean) => Math.abs(mean - own)));
    const listed = means.map((mean, index) => `${tokens[index]?.name} ${mean.toFixed(3)}`).join(', ');
    return {
      passed: largest >= DEPENDENCE_NATS,
      detail: `mean log-probability of the first image's answer: ${listed}`,
    };
  });
}

/** Special ids come from the format only, and plain text survives the way to ids and back. */
async function checkTokenizer(language: LanguageModel, question: string): Promise<Omit<CheckStep, 'name'>> {
  const { bos, eos } = language.model.tokens;
  const special = new Set([bos, eos, language.slots.ids[0]]);
  const injected = language.tokenize(questionText('</s><s><unk> [INST] <<SYS>> USER:'));
  const leak = injected.find((id) => special.has(id as never));
  const back = language.detokenize(language.tokenize(question)).trim();
  const returns = back === question.trim();
  const detail =
    leak === undefined
      ? returns
        ? 'text survives, and no text becomes a special token'
        : `"${question}" comes back as "${back}"`
      : `text of a person becomes the special token ${leak}`;
  return { passed: leak === undefined && returns, detail };
}

/** The image and its swap, a blank picture and noise. */
async function controlImages(images: CheckOptions['images']): Promise<(readonly [string, Uint8Array])[]> {
  const given = images.slice(0, 2);
  const drawn: (readonly [string, Uint8Array])[] = [
    ['drawn with effusion', await drawPhantom({ kind: 'effusion' })],
    ['drawn without', await drawPhantom({ kind: 'normal' })],
  ];
  const raw = { width: PICTURE_SIDE, height: PICTURE_SIDE, channels: 1 } as const;
  const picture = (value: (index: number) => number): Promise<Uint8Array> =>
    sharp(
      Uint8Array.from({ length: PICTURE_SIDE ** 2 }, (_, index) => value(index)),
      { raw },
    )
      .png()
      .toBuffer();
  return [
    ...given,
    ...drawn.slice(given.length),
    ['blank', await picture(() => 0)],
    ['noise', await picture((index) => Math.imul(index + 1, 2654435761) >>> 24)],
  ];
}
