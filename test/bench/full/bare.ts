// Thin use of node-llama-cpp for measuring: one model, one context, nothing of the engine's.
import type { LlamaContextOptions, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';

export interface Bare {
  model: LlamaModel;
  /** A fresh context's only sequence; `close` disposes the context. */
  open(options?: LlamaContextOptions): Promise<{ sequence: LlamaContextSequence; close(): Promise<void> }>;
  close(): Promise<void>;
}

export async function loadBare(modelPath: string, threads: number): Promise<Bare> {
  const { getLlama } = await import('node-llama-cpp');
  const llama = await getLlama({ gpu: false, maxThreads: threads, build: 'never', progressLogs: false });
  const model = await llama.loadModel({ modelPath });
  return {
    model,
    async open(options = {}) {
      const context = await model.createContext({ threads, sequences: 1, failedCreationRemedy: false, ...options });
      return { sequence: context.getSequence(), close: () => context.dispose() };
    },
    async close() {
      await model.dispose();
      await llama.dispose();
    },
  };
}

/** Ordinary ids, the same each time. */
export function promptIds(count: number, vocab = 32000): Token[] {
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? 1 : 300 + ((index * 7919) % (vocab - 300)),
  ) as Token[];
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Evaluates without sampling and returns the seconds it took. */
export function prefillSeconds(sequence: LlamaContextSequence, ids: Token[]): Promise<number> {
  return seconds(() => sequence.evaluateWithoutGeneratingNewTokens(ids));
}

/** Seconds a token of greedy generation, the first token left out. */
export async function decodeSeconds(sequence: LlamaContextSequence, last: Token, count: number): Promise<number> {
  let start = 0;
  let tokens = 0;
  for await (const _ of sequence.evaluate([last], { temperature: 0, yieldEogToken: true })) {
    if (tokens === 0) start = performance.now();
    tokens += 1;
    if (tokens > count) break;
  }
  return (performance.now() - start) / 1000 / Math.max(1, tokens - 1);
}
