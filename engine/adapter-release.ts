// Frees a LoRA adapter after its context: node-llama-cpp 3.21 keeps every adapter in a private map for the model's whole life. All private API is in this file; test/engine/adapter-release.test.ts fails when it changes.
import { resolve } from 'node:path';
import type { LlamaModel } from 'node-llama-cpp';
import { CxrError } from './error.ts';

interface AddonAdapter {
  readonly disposed: boolean;
  dispose(): Promise<void>;
}

function adapterMap(model: LlamaModel): Map<string, AddonAdapter> {
  const map: unknown = Reflect.get(model, '_loraAdapters');
  if (map instanceof Map) return map as Map<string, AddonAdapter>;
  throw new CxrError(
    'internal',
    'The installed node-llama-cpp keeps adapters in another way than the engine expects.',
    {
      detail: { expected: 'LlamaModel._loraAdapters: Map<path, { dispose() }>' },
    },
  );
}

/** Frees the adapter that was loaded from `path`. Call it after every context that used it is disposed; the path must never be used again. */
export async function releaseAdapter(model: LlamaModel, path: string): Promise<void> {
  const map = adapterMap(model);
  const key = resolve(process.cwd(), path);
  const adapter = map.get(key);
  if (adapter === undefined) {
    throw new CxrError('internal', 'An image adapter that should be released is not known to node-llama-cpp.');
  }
  map.delete(key);
  await adapter.dispose();
}

/** Number of adapters the model holds, for tests and the doctor's report. */
export function adapterCount(model: LlamaModel): number {
  return adapterMap(model).size;
}
