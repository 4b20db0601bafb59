// Brings a sequence to a prompt, evaluating only what its KV cache lacks; an image's vectors go through a context of their own that carries the soft-token adapter (design: prefix hand-over).
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LlamaContextSequence } from 'node-llama-cpp';
import { releaseAdapter } from './adapter-release.ts';
import { imageOfItem, type PromptItem } from './chat-format.ts';
import { CxrError } from './error.ts';
import { asTokens, type LanguageModel } from './language-model.ts';
import { createQueue } from './queue.ts';
import type { Seat } from './sequence-pool.ts';
import { writeSoftToken } from './soft-token.ts';

export interface Prefill {
  /**
   * Evaluates all of `prompt` that `seat` does not hold, except its last few tokens, which are returned in `rest` (at least one)
   * for the caller to evaluate and sample from. `imageTokens(i)` gives the vectors of image i.
   */
  bring(
    seat: Seat,
    prompt: readonly PromptItem[],
    imageTokens: (image: number) => Float32Array,
    signal?: AbortSignal,
  ): Promise<{ rest: number[]; evaluated: number }>;
}

/** Text is evaluated in pieces of this many tokens, so that a long prompt can be aborted on a slow machine. */
const PIECE_TOKENS = 256;
/** llama.cpp pads contexts to this many tokens. */
const CONTEXT_STEP_TOKENS = 256;
/** Openings (BOS and system prompt) whose state is kept; conversations with a system prompt of their own are rare. */
const MAX_OPENINGS = 8;

export function createPrefill(language: LanguageModel, dir: string): Prefill {
  const { model, slots, runtime } = language;
  /** Opening → file with its state, computed once per process. */
  const openings = new Map<string, string>();
  let files = 0;
  /** One adapter context at a time: its KV cache is memory that nobody planned for twice. */
  const alone = createQueue();

  const fileName = (kind: string) => join(dir, `${kind}-${++files}`);

  async function evaluateText(
    sequence: LlamaContextSequence,
    ids: readonly number[],
    signal?: AbortSignal,
  ): Promise<void> {
    for (let at = 0; at < ids.length; at += PIECE_TOKENS) {
      signal?.throwIfAborted();
      await sequence.evaluateWithoutGeneratingNewTokens(asTokens(ids.slice(at, at + PIECE_TOKENS)));
    }
  }

  /**
   * Runs an image's vectors behind the `length` tokens that the state file `before` holds, and returns the file with the state
   * after them. Nothing but the slots is evaluated under the adapter: there, the slots' ids mean the image wherever they stand.
   */
  async function throughAdapter(
    before: string,
    length: number,
    vectors: Float32Array,
    signal?: AbortSignal,
  ): Promise<string> {
    const adapter = fileName('soft-token.gguf');
    const state = fileName('image.state');
    try {
      // A new path for every image: llama.cpp's binding would give the first image again for a path used twice.
      await writeSoftToken(adapter, slots, vectors);
      const context = await model.createContext({
        sequences: language.sequencesPerContext,
        contextSize: Math.ceil((length + slots.ids.length + 1) / CONTEXT_STEP_TOKENS) * CONTEXT_STEP_TOKENS,
        threads: runtime.threads,
        ...language.cache,
        lora: { adapters: [{ filePath: adapter, scale: 1 }] },
        failedCreationRemedy: false,
      });
      try {
        const sequence = context.getSequence();
        await sequence.loadStateFromFile(before, { acceptRisk: true });
        await evaluateText(sequence, slots.ids, signal);
        await sequence.saveStateToFile(state);
        return state;
      } finally {
        await context.dispose();
        await releaseAdapter(model, adapter);
      }
    } catch (error) {
      await rm(state, { force: true });
      throw error;
    } finally {
      await rm(adapter, { force: true });
    }
  }

  /** Evaluates an opening in an empty sequence and keeps its state; returns the state's file. */
  async function keepOpening(
    sequence: LlamaContextSequence,
    text: readonly number[],
    signal?: AbortSignal,
  ): Promise<string> {
    await evaluateText(sequence, text, signal);
    const file = fileName('opening.state');
    await sequence.saveStateToFile(file);
    openings.set(text.join(), file);
    for (const [key, old] of openings) {
      if (openings.size <= MAX_OPENINGS) break;
      openings.delete(key);
      await rm(old, { force: true });
    }
    return file;
  }

  /** Puts image vectors behind the `at` items that the sequence holds, or behind an opening if it holds none. */
  async function placeImage(
    seat: Seat,
    prompt: readonly PromptItem[],
    at: number,
    vectors: Float32Array,
    signal?: AbortSignal,
  ): Promise<number> {
    const { sequence } = seat;
    if (seat.held.length === 0) {
      const text = prompt.slice(0, at);
      const known = openings.get(text.join());
      const opening = known ?? (await keepOpening(sequence, text, signal));
      await enter(sequence, await throughAdapter(opening, at, vectors, signal));
      return slots.ids.length + (known === undefined ? text.length : 0);
    }
    const behind = fileName('behind.state');
    try {
      await sequence.saveStateToFile(behind);
      await enter(sequence, await throughAdapter(behind, at, vectors, signal));
      return slots.ids.length;
    } finally {
      await rm(behind, { force: true });
    }
  }

  async function enter(sequence: LlamaContextSequence, state: string): Promise<void> {
    try {
      await sequence.loadStateFromFile(state, { acceptRisk: true });
    } finally {
      await rm(state, { force: true });
    }
  }

  async function bring(
    seat: Seat,
    prompt: readonly PromptItem[],
    imageTokens: (image: number) => Float32Array,
    signal?: AbortSignal,
  ): Promise<{ rest: number[]; evaluated: number }> {
    const { sequence } = seat;
    let at = commonLength(seat.held, prompt, Math.min(sequence.nextTokenIndex, prompt.length - 1));
    if (at === 0) await sequence.clearHistory();
    else if (at < sequence.nextTokenIndex) {
      await sequence.eraseContextTokenRanges([{ start: at, end: sequence.nextTokenIndex }]);
    }
    seat.held = prompt.slice(0, at);
    let evaluated = 0;
    for (;;) {
      const next = prompt.findIndex((item, index) => index >= at && item < 0);
      if (next < 0) break;
      if (at > 0) {
        await evaluateText(sequence, prompt.slice(at, next), signal);
        evaluated += next - at;
        seat.held = prompt.slice(0, next);
      }
      const image = imageOfItem(prompt[next] as PromptItem) as number;
      signal?.throwIfAborted();
      evaluated += await alone(() => placeImage(seat, prompt, next, imageTokens(image), signal));
      at = next + slots.ids.length;
      seat.held = prompt.slice(0, at);
    }
    const whole = prompt.length - Math.max(1, (prompt.length - at) % PIECE_TOKENS);
    await evaluateText(sequence, prompt.slice(at, whole), signal);
    seat.held = prompt.slice(0, Math.max(at, whole));
    return { rest: prompt.slice(Math.max(at, whole)), evaluated: evaluated + prompt.length - at };
  }

  return {
    async bring(seat, prompt, imageTokens, signal) {
      try {
        return await bring(seat, prompt, imageTokens, signal);
      } catch (error) {
        // Whatever the cache holds now, it is not known exactly: the next question starts from nothing.
        seat.held = [];
        if (signal?.aborted) throw new CxrError('aborted', 'The answer was stopped.', { cause: error });
        throw error;
      }
    },
  };
}

function commonLength(held: readonly PromptItem[], wanted: readonly PromptItem[], most: number): number {
  let length = 0;
  while (length < most && held[length] === wanted[length]) length++;
  return length;
}
