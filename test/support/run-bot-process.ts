// Starts test/support/bot-process.ts as crash tests need it: events in, what was told out, killed or ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, vi } from 'vitest';
import type { InboundEvent } from '../../bot/contract.ts';

const PROGRAM = resolve(import.meta.dirname, '../../dist/test/support/bot-process.js');
export const eventually = { timeout: 100_000, interval: 50 };

export interface Running {
  child: ChildProcess;
  told: Record<string, unknown>[];
  ended: Promise<string | number | null>;
  send(event: InboundEvent): void;
}

/** `stage`: where it kills itself; empty for nowhere. */
export function run(folder: string, stage: string, env: Record<string, string> = {}): Running {
  if (!existsSync(PROGRAM)) throw new Error('dist/ is missing: run `npm run build` first (`npm test` does)');
  const child = spawn(process.execPath, [PROGRAM, folder], {
    env: { ...process.env, ...env, STAGE: stage },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const told: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line)));
  const ended = new Promise<string | number | null>((done) => child.on('exit', (code, signal) => done(signal ?? code)));
  child.stdin.on('error', () => undefined);
  return { child, told, ended, send: (event) => child.stdin.write(`${JSON.stringify(event)}\n`) };
}

export const started = (running: Running) =>
  vi.waitFor(() => expect(running.told).toContainEqual({ started: true }), eventually);
