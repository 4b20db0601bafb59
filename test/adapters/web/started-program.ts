// The program as `npm start` runs it, in a process of its own, with the page as its only platform.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeToyBundle } from '../../support/toy-bundle.ts';

export interface StartedProgram {
  url: string;
  /** Standard output and error so far. */
  output(): string;
  /** Ends it as the operator would (SIGTERM), or the hard way. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const root = join(import.meta.dirname, '..', '..', '..');

/** The shipped bundle where it is, another one by BUNDLE_DIR, or a toy whose answers mean nothing. */
export async function bundleFolder(scratch: string): Promise<{ folder: string; isToy: boolean }> {
  const shipped = process.env.BUNDLE_DIR ?? join(root, 'models', 'micro');
  if (existsSync(join(shipped, 'bundle.json'))) return { folder: shipped, isToy: false };
  return { folder: await writeToyBundle(join(scratch, 'toy-bundle')), isToy: true };
}

export async function startProgram(folder: string, env: Record<string, string>): Promise<StartedProgram> {
  const child: ChildProcess = spawn(process.execPath, [join(root, 'dist', 'bot', 'main.js')], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      CI: 'true',
      WEB_PORT: '0',
      STATE_URL: `sqlite://${join(folder, 'state.sqlite')}`,
      GPU: 'off',
      RATE_LIMIT_PER_MINUTE: '1000',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (data: Buffer) => {
      text += data.toString();
      const [, found] = /The reading room is open: (\S+)/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('exit', (code) => reject(new Error(`the program ended with ${code}:\n${text}`)));
  });
  return {
    url,
    output: () => text,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
}
