// What `cxr doctor` checks on a loaded bundle: that the soft token is exact on this machine, and that answers depend on the image.
import { confirmationPrompt } from '../prompts/paper.ts';
import type { Bundle } from './bundle.ts';
import type { PromptItem } from './chat-format.ts';
import { createDialogue, type Dialogue } from './dialogue.ts';
import type { EncodedImage } from './engine.ts';
import { CxrError } from './error.ts';
import { asTokens, type LanguageModel } from './language-model.ts';
import { createPrefill } from './prefill.ts';
import { createSequencePool, type Seat } from './sequence-pool.ts';

export interface SelfCheck {
  /**
   * Injects embedding rows of ordinary tokens as if they were an image and compares with a prompt that holds these tokens:
   * the largest difference of a next-token probability, which is 0 but for rounding.
   */
  injection(): Promise<number>;
  /** P(yes) of the paper's confirmation for each assessed finding of the bundle, in [0, 1]. */
  confirmations(image: EncodedImage): Promise<number[]>;
  /**
   * The first image's greedy answer, and how likely each image makes it: the mean natural logarithm of its tokens'
   * probabilities. Equal values for different images mean that the model does not look at them.
   */
  likelihoods(images: readonly Float32Array[], question: string, maxTokens: number): Promise<number[]>;
  /** One greedy answer, for its timings. */
  answer(image: EncodedImage, question: string): ReturnType<Dialogue['answer']>;
}

export function createSelfCheck(bundle: Bundle, language: LanguageModel, dir: string): SelfCheck {
  const prefill = createPrefill(language, dir);
  const dialogue = createDialogue(language, prefill);
  const pool = createSequencePool(language.contexts, { dir, maxStateBytes: 0 });
  const system = bundle.manifest.language.systemPrompt;

  async function onFreshSeat<T>(work: (seat: Seat) => Promise<T>): Promise<T> {
    const seat = await pool.acquire('check');
    try {
      return await work(seat);
    } finally {
      pool.release('check');
      await pool.drop('check');
    }
  }

  async function nextToken(seat: Seat, rest: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const steps = seat.sequence.evaluateWithMetadata(
      asTokens(rest),
      { probabilities: true },
      { temperature: 0, yieldEogToken: true },
    );
    try {
      const step = await steps.next();
      if (step.done === true) throw new CxrError('internal', 'The language model gave no probabilities.');
      return step.value.probabilities;
    } finally {
      await steps.return();
    }
  }

  async function injection(): Promise<number> {
    const { slots } = language;
    // The last ids of a vocabulary are ordinary pieces in every SentencePiece model.
    const standIns = slots.ids.map((_, index) => slots.vocabSize - 1 - (index % Math.floor(slots.vocabSize / 2)));
    const rows = await language.embeddingRows(standIns);
    const prompt = language.format.first(system, 0, 'What is this?');
    const imageAt = prompt.findIndex((item) => item < 0);
    const injected = await onFreshSeat(async (seat) => {
      const { rest } = await prefill.bring(seat, prompt, () => rows);
      return nextToken(seat, rest);
    });
    const plain = await onFreshSeat(async (seat) => {
      for (const piece of [prompt.slice(0, imageAt), standIns]) {
        await seat.sequence.evaluateWithoutGeneratingNewTokens(asTokens(piece));
      }
      return nextToken(seat, prompt.slice(imageAt + standIns.length));
    });
    return Math.max(...[...plain].map(([id, p]) => Math.abs(p - (injected.get(id) ?? 0))));
  }

  async function greedyIds(prompt: readonly PromptItem[], image: Float32Array, maxTokens: number): Promise<number[]> {
    return onFreshSeat(async (seat) => {
      const { answerTokenIds } = await dialogue.answer(seat, {
        prompt,
        imageTokens: () => image,
        sampling: { temperature: 0, topP: 1, maxTokens },
        onText: () => {},
      });
      return answerTokenIds;
    });
  }

  async function meanLogProbability(
    prompt: readonly PromptItem[],
    image: Float32Array,
    answer: readonly number[],
  ): Promise<number> {
    return onFreshSeat(async (seat) => {
      const { rest } = await prefill.bring(seat, prompt, () => image);
      const asked = {
        generateNext: { probabilities: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } },
      } as const;
      const ids = [...rest, ...answer.slice(0, -1)];
      const input = asTokens(ids).map((token, at) =>
        at < rest.length - 1 ? token : ([token, asked] as [typeof token, typeof asked]),
      );
      const steps = (await seat.sequence.controlledEvaluate(input)).slice(rest.length - 1);
      const logs = asTokens(answer).map((token, at) => Math.log(steps[at]?.next.probabilities?.get(token) ?? 0));
      return logs.reduce((sum, log) => sum + log, 0) / logs.length;
    });
  }

  async function likelihoods(images: readonly Float32Array[], question: string, maxTokens: number): Promise<number[]> {
    const [first] = images;
    if (first === undefined) return [];
    const prompt = language.format.first(system, 0, question);
    const answer = await greedyIds(prompt, first, maxTokens);
    if (answer.length === 0) throw new CxrError('internal', 'The language model gave an empty answer.');
    const means: number[] = [];
    for (const image of images) means.push(await meanLogProbability(prompt, image, answer));
    return means;
  }

  return {
    injection,
    likelihoods,
    confirmations: (image) =>
      onFreshSeat(async (seat) => {
        const probabilities: number[] = [];
        for (const { label, assessed } of bundle.manifest.findings) {
          if (!assessed) continue;
          const prompt = language.format.first(system, 0, confirmationPrompt(label));
          probabilities.push(await dialogue.probabilityOfYes(seat, { prompt, imageTokens: () => image.imageTokens }));
        }
        return probabilities;
      }),
    answer: (image, question) =>
      onFreshSeat((seat) =>
        dialogue.answer(seat, {
          prompt: language.format.first(system, 0, question),
          imageTokens: () => image.imageTokens,
          sampling: { ...bundle.manifest.sampling, temperature: 0 },
          onText: () => {},
        }),
      ),
  };
}
