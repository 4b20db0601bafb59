// The program itself, `npm start`'s process, as a child: started with an environment, watched by its log, ended by signals.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface StartedProgram {
  readonly pid: number;
  /** Every line of the log so far, parsed where it is JSON. */
  readonly log: Record<string, unknown>[];
  opsUrl: string;
  ready(timeoutMs?: number): Promise<void>;
  /** Resolves with the exit code, or the signal's name. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string>;
}

const PACKAGE_ROOT = ((folder: string): string => {
  let root = folder;
  while (!existsSync(join(root, 'package.json'))) root = dirname(root);
  return root;
})(import.meta.dirname);

export const PROGRAM = join(PACKAGE_ROOT, 'dist/bot/main.js');

/** The shipped micro bundle, or the one that BUNDLE_DIR names; null where there is none. */
export function availableBundle(): string | null {
  const named = process.env.BUNDLE_DIR;
  const shipped = join(PACKAGE_ROOT, 'models/micro');
  return named ?? (existsSync(shipped) ? shipped : null);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts `dist/bot/main.js` with exactly this environment (and PATH, HOME). Throws if it was not built. */
export async function startProgram(environment: Record<string, string>): Promise<StartedProgram> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: run "npm run build" first`);
  const opsPort = await freePort();
  const child: ChildProcess = spawn(process.execPath, [PROGRAM], {
    cwd: dirname(PROGRAM),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OPS_PORT: String(opsPort), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: Record<string, unknown>[] = [];
  let partial = '';
  const take = (chunk: Buffer): void => {
    const lines = (partial + chunk.toString('utf8')).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) log.push(parsed(line));
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? -1));
  });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const opsUrl = `http://127.0.0.1:${opsPort}`;
  return {
    pid: child.pid ?? 0,
    log,
    opsUrl,
    async ready(timeoutMs = 180_000) {
      for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(100)) {
        if (isOver) throw new Error(`the program ended: ${JSON.stringify(log.slice(-5))}`);
        const answer = await fetch(`${opsUrl}/readyz`).catch(() => null);
        if (answer?.ok === true) return;
      }
      throw new Error(`the program did not get ready: ${JSON.stringify(log.slice(-10))}`);
    },
    async end(signal) {
      if (!isOver) child.kill(signal);
      return ended;
    },
  };
}

function parsed(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { text: line };
  }
}
