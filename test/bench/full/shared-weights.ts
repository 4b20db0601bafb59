// An engine and bare contexts on one loaded model, so that both can be measured in turns: two copies of 13B would not fit into memory.
import Keyv from 'keyv';
import type { LlamaContextSequence } from 'node-llama-cpp';
import { assembleEngine } from '../../../engine/assemble-engine.ts';
import { readBundle } from '../../../engine/bundle.ts';
import { createEncoder } from '../../../engine/encoder.ts';
import { loadLlama, startLlama } from '../../../engine/llama-runtime.ts';
import type { OpenedEngine } from '../../../engine/open-engine.ts';
import { createTalking } from '../../../engine/talking.ts';

export interface SharedWeights {
  engine: OpenedEngine;
  /** The only sequence of a context as node-llama-cpp makes it when asked for nothing; it closes with the engine. */
  bareSequence(contextSize: number): Promise<LlamaContextSequence>;
}

export async function openSharedWeights(bundleDir: string, threads: number): Promise<SharedWeights> {
  const log = () => {};
  const bundle = await readBundle(bundleDir);
  const runtime = await loadLlama(await startLlama('off', log), bundle.languagePath, { threads, log });
  const engine = await assembleEngine(
    {
      bundle,
      // The benchmark wrote the files itself.
      verified: Promise.resolve(),
      loadingEncoder: createEncoder(bundle, { backend: 'cpu', threads, log }),
      loadingLanguage: createTalking(bundle, runtime, { sequences: 1 }, log),
    },
    { store: new Keyv() },
    log,
  );
  return {
    engine,
    async bareSequence(contextSize) {
      const context = await runtime.model.createContext({
        threads,
        sequences: 1,
        contextSize,
        failedCreationRemedy: false,
      });
      return context.getSequence();
    },
  };
}
