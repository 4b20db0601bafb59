// A reading room for tests: the real adapter on a free port over the scripted core, restartable over the same store.
import Keyv from 'keyv';
import { pino } from 'pino';
import { createWebAdapter, type WebAdapter, type WebAdapterOptions } from '../../../adapters/web/web-adapter.ts';
import { createScriptedCore, type ScriptedCore } from './scripted-core.ts';

export interface ReadingRoom {
  url: string;
  adapter: WebAdapter;
  core: ScriptedCore;
  /** Everything in the store, by key. */
  stored: Map<string, unknown>;
  logged: string[];
  /** Stops and starts over the same store and port; the core is a new one, which answers nothing by itself. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export const about = {
  bundle: 'scripted 1.0.0',
  hash: '0123abcd4567',
  intendedUse: 'A demonstration of the pipeline on drawn films; not a medical device and never for patients.',
};

export async function openReadingRoom(options: Partial<WebAdapterOptions> = {}): Promise<ReadingRoom> {
  const stored = new Map<string, unknown>();
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });

  async function start(port: number): Promise<Pick<ReadingRoom, 'adapter' | 'core' | 'url'>> {
    const adapter = createWebAdapter({
      host: '127.0.0.1',
      port,
      token: null,
      store: new Keyv({ store: stored, throwOnErrors: true }),
      log,
      about: async () => about,
      suggestions: ['What can be possible diagnosis?', 'What kind of further examination is required?'],
      ...options,
    });
    const core = createScriptedCore(() => adapter);
    await adapter.start((event) => core.receive(event));
    return { adapter, core, url: adapter.url };
  }

  const room: ReadingRoom = {
    ...(await start(0)),
    stored,
    logged,
    async restart() {
      const port = Number(new URL(room.url).port);
      await room.adapter.stop();
      Object.assign(room, await start(port));
    },
    close: () => room.adapter.stop(),
  };
  return room;
}
