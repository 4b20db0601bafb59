// Runs the PyTorch halves of the comparisons where Debian's Python has PyTorch.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PYTHON = '/usr/bin/python3';

/** The script's JSON, or undefined where PyTorch is not installed. */
export async function runTorch(
  script: 'torch_encoder.py' | 'torch_llama.py',
  args: readonly string[],
): Promise<Record<string, number> | undefined> {
  const run = promisify(execFile);
  const hasTorch = await run(PYTHON, ['-c', 'import torch']).then(
    () => true,
    () => false,
  );
  if (!hasTorch) return undefined;
  // From the built tree the scripts are still in the sources.
  const here = [import.meta.dirname, join(import.meta.dirname, '../../../../test/bench/full')].find((dir) =>
    existsSync(join(dir, script)),
  );
  const { stdout } = await run(PYTHON, [join(here ?? '.', script), ...args], { maxBuffer: 1 << 20 });
  return JSON.parse(stdout) as Record<string, number>;
}
