// One answer on one sequence: prefill what is missing, sample, stream, stop. It knows prompts, not conversations.
import { randomInt } from 'node:crypto';
import { createAnswerText } from './answer-text.ts';
import type { PromptItem } from './chat-format.ts';
import type { AskOptions, Sampling, Turn } from './engine.ts';
import { CxrError } from './error.ts';
import { createGrammars, NO, YES } from './grammar.ts';
import { asTokens, type LanguageModel } from './language-model.ts';
import type { Prefill } from './prefill.ts';
import type { Seat } from './sequence-pool.ts';

export interface AnswerRequest {
  prompt: readonly PromptItem[];
  imageTokens(image: number): Float32Array;
  sampling: Sampling;
  grammar?: AskOptions['grammar'];
  signal?: AbortSignal;
  onText(piece: string): void;
}

export type Answer = Omit<Turn, 'key' | 'question' | 'image'>;

export interface Dialogue {
  answer(seat: Seat, request: AnswerRequest): Promise<Answer>;
  /** P(yes) / (P(yes) + P(no)) where the two answers part, in [0, 1]. */
  probabilityOfYes(seat: Seat, request: Pick<AnswerRequest, 'prompt' | 'imageTokens' | 'signal'>): Promise<number>;
}

export function createDialogue(language: LanguageModel, prefill: Prefill): Dialogue {
  const grammars = createGrammars(language);

  async function answer(seat: Seat, request: AnswerRequest): Promise<Answer> {
    const { prompt, sampling, signal } = request;
    const started = performance.now();
    const room = language.contextTokens - prompt.length;
    const most = Math.min(sampling.maxTokens, room);
    const grammar = request.grammar === undefined ? undefined : await grammars.state(request.grammar);
    const { rest, evaluated } = await prefill.bring(seat, prompt, request.imageTokens, signal);
    const text = createAnswerText(language);
    const ids: number[] = [];
    let stopReason: Answer['stopReason'] = 'end';
    let firstAt = 0;
    try {
      const tokens = seat.sequence.evaluate(asTokens(rest), {
        temperature: sampling.temperature,
        topP: sampling.topP,
        topK: 0,
        minP: 0,
        seed: sampling.seed ?? randomInt(2 ** 32),
        ...(grammar === undefined ? {} : { grammarEvaluationState: grammar }),
      });
      for await (const token of tokens) {
        if (ids.length === 0) firstAt = performance.now();
        ids.push(token);
        const piece = text.push(token);
        if (piece !== '') request.onText(piece);
        if (signal?.aborted) stopReason = 'aborted';
        else if (ids.length >= most) stopReason = 'length';
        else continue;
        break;
      }
    } finally {
      seat.held = [...prompt, ...ids].slice(0, seat.sequence.nextTokenIndex);
    }
    const piece = text.end();
    if (piece !== '') request.onText(piece);
    const ended = performance.now();
    return {
      answer: text.text,
      answerTokenIds: ids,
      promptTokens: prompt.length,
      evaluatedTokens: evaluated,
      answerTokens: ids.length,
      msToFirstToken: (ids.length === 0 ? ended : firstAt) - started,
      tokensPerSecond: ids.length < 2 ? 0 : ((ids.length - 1) * 1000) / (ended - firstAt),
      stopReason,
    };
  }

  async function probabilityOfYes(
    seat: Seat,
    { prompt, imageTokens, signal }: Pick<AnswerRequest, 'prompt' | 'imageTokens' | 'signal'>,
  ): Promise<number> {
    const yes = language.tokenize(YES);
    const no = language.tokenize(NO);
    let shared = 0;
    while (yes[shared] !== undefined && yes[shared] === no[shared]) shared++;
    const upToParting = [...prompt, ...yes.slice(0, shared)];
    const { rest } = await prefill.bring(seat, upToParting, imageTokens, signal);
    // Under the grammar all but the two answers is masked; their ratio is that of the model's own probabilities.
    const steps = seat.sequence.evaluateWithMetadata(
      asTokens(rest),
      { probabilities: true },
      {
        temperature: 0,
        yieldEogToken: true,
        ...(shared === 0 ? { grammarEvaluationState: await grammars.state({ kind: 'yes-no' }) } : {}),
      },
    );
    try {
      const step = await steps.next();
      if (step.done === true) throw new CxrError('internal', 'The language model gave no probabilities.');
      const probabilities: ReadonlyMap<number, number> = step.value.probabilities;
      const [pYes, pNo] = [yes, no].map((ids) => probabilities.get(ids[shared] ?? -1) ?? 0) as [number, number];
      return pYes + pNo > 0 ? pYes / (pYes + pNo) : 0.5;
    } finally {
      await steps.return();
      seat.held = upToParting.slice(0, seat.sequence.nextTokenIndex);
    }
  }

  return { answer, probabilityOfYes };
}
