// What every test of the started program needs: a folder for its state, a bundle, and an end of the program and its platform after each test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { availableBundle, type StartedProgram, startProgram } from './started-program.ts';
import { writeToyBundle } from './toy-bundle.ts';

/** A small model on two CPU cores takes its time. */
export const eventually = { timeout: 240_000, interval: 100 };
export const TEST_TIMEOUT_MS = 600_000;

export interface ProgramBench {
  /** For the program's state; removed at the end. */
  readonly folder: string;
  /** Starts the program on the CPU with the shipped bundle (or a toy) and `environment`; resolves once it is ready. */
  start(environment: Record<string, string>): Promise<StartedProgram>;
  /** Ends the program that was started last. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string | undefined>;
}

/** Registers the hooks of the calling test file. `closePlatform`: ends the platform's local server of a test. */
export function createProgramBench(closePlatform: () => Promise<void>): ProgramBench {
  const folder = mkdtempSync(join(tmpdir(), 'cxr-program-'));
  let bundle = '';
  let program: StartedProgram | null = null;

  beforeAll(async () => {
    const shipped = availableBundle();
    if (shipped === null)
      console.warn('No models/micro and no BUNDLE_DIR: the program runs with a toy bundle of random weights.');
    bundle = shipped ?? (await writeToyBundle(join(folder, 'bundle'), { contextTokens: 1_024 }));
  }, TEST_TIMEOUT_MS);
  afterEach(async () => {
    await program?.end('SIGKILL');
    program = null;
    await closePlatform();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  return {
    folder,
    async start(environment) {
      program = await startProgram({ BUNDLE_DIR: bundle, GPU: 'off', LOG_LEVEL: 'debug', ...environment });
      await program.ready();
      return program;
    },
    end: async (signal) => program?.end(signal),
  };
}
