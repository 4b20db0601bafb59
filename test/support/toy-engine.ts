// Opens the real engine on the toy bundle, with a store in memory unless one is given.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Keyv from 'keyv';
import { type EngineOptions, type OpenedEngine, openEngine } from '../../engine/open-engine.ts';
import { type ToyBundleOptions, writeToyBundle } from './toy-bundle.ts';

export interface ToyFolder {
  dir: string;
  /** Writes the bundle once for each set of options and opens an engine on it. */
  open(bundle?: ToyBundleOptions, options?: Partial<EngineOptions>): Promise<OpenedEngine>;
  remove(): Promise<void>;
}

export async function toyFolder(): Promise<ToyFolder> {
  const dir = await mkdtemp(join(tmpdir(), 'toy-engine-'));
  const opened: OpenedEngine[] = [];
  return {
    dir,
    async open(bundle = {}, options = {}) {
      const name = join(dir, `bundle-${Buffer.from(JSON.stringify(bundle)).toString('base64url').slice(0, 60)}`);
      await writeToyBundle(name, { systemPrompt: 'You read radiographs.', ...bundle });
      const engine = await openEngine({ bundleDir: name, store: new Keyv(), gpu: 'off', backend: 'cpu', ...options });
      opened.push(engine);
      return engine;
    },
    async remove() {
      for (const engine of opened) await engine.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
