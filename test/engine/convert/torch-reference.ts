// Runs reference.py, the independent PyTorch implementation, where Debian's Python has what it needs.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const PYTHON = '/usr/bin/python3';
export const hasTorch = await run(PYTHON, ['-c', 'import torch, numpy, PIL']).then(
  () => true,
  () => false,
);
if (!hasTorch) console.warn(`skipped: ${PYTHON} has no torch, numpy and PIL (Debian: python3-torch, python3-pil)`);

/** Writes a random checkpoint of the given layout and what PyTorch answers on it; the keys are documented in reference.py. */
export async function writeReference(spec: Record<string, unknown>, dir: string): Promise<void> {
  await run(PYTHON, [join(import.meta.dirname, 'reference.py'), JSON.stringify(spec), dir]);
}
