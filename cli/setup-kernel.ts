// `npm run setup:kernel`: halves the time that Q4_0 models need for long prompts on processors with AVX512-VNNI; `-- --undo` takes it back. What is installed is checked to change no answer.
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeRandomLanguage } from '../engine/convert/random-language.ts';
import { CxrError } from '../engine/error.ts';
import { asTokens } from '../engine/language-model.ts';
import { loadLlama, startLlama } from '../engine/llama-runtime.ts';
import { buildKernel, canRunKernel, loadedCpuLibrary, PREBUILT } from '../engine/native/build-kernel.ts';
import { PACKAGE_ROOT } from './package-root.ts';

const HEADER = join(PACKAGE_ROOT, 'engine', 'native', 'q4-gemm.h');
/** Not multiples of 16 rows, so that the kernel's remainder is compared as well. */
const PROMPTS = [515, 37];
const SMALL_LLAMA = {
  hidden: 2048,
  layers: 3,
  heads: 16,
  kvHeads: 16,
  headWidth: 128,
  feedForward: 5504,
  vocab: 32000,
  maxPositions: 1024,
  rmsEps: 1e-5,
  ropeTheta: 10000,
  prefix: 'model.',
  output: 'lm_head.weight',
};

interface Probe {
  library: string;
  /** Most likely next tokens with their probabilities, for each prompt. */
  next: string[];
  /** For the longest prompt. */
  seconds: number;
}

/** What llama.cpp, as it is installed now, makes of a model. */
async function probe(modelPath: string): Promise<Probe> {
  const log = (): void => {};
  const { llama, model, threads } = await loadLlama(await startLlama('off', log), modelPath, { log });
  const next: string[] = [];
  let seconds = 0;
  for (const count of PROMPTS) {
    const context = await model.createContext({ contextSize: 1024, batchSize: 1024, sequences: 1, threads });
    const sequence = context.getSequence();
    const id = (index: number): number => (index === 0 ? 1 : 300 + ((index * 7919) % 31_000));
    const start = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(asTokens(Array.from({ length: count }, (_, index) => id(index))));
    seconds = Math.max(seconds, (performance.now() - start) / 1000);
    const options = { temperature: 1, topK: 0, topP: 1, minP: 0 };
    const steps = await sequence.controlledEvaluate(
      asTokens([id(count)]).map((token) => [token, { generateNext: { probabilities: true, options } }]),
    );
    next.push(JSON.stringify([...(steps[0]?.next.probabilities ?? [])].slice(0, 200)));
    await context.dispose();
  }
  const library = await loadedCpuLibrary();
  await llama.dispose();
  return { library, next, seconds };
}

/** In a process of its own: a library that is loaded can't be exchanged. */
function probeElsewhere(modelPath: string): Promise<Probe> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['--probe', modelPath]);
    let result: Probe | undefined;
    child.on('message', (message) => {
      result = message as Probe;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0 && result !== undefined) resolve(result);
      else reject(new CxrError('backend-unavailable', `llama.cpp did not start (exit code ${code}).`));
    });
  });
}

async function install(say: (text: string) => void): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'cxr-kernel-check-'));
  const modelPath = join(dir, 'random-q4_0.gguf');
  try {
    await writeRandomLanguage(modelPath, 'random', SMALL_LLAMA, 'q4_0');
    const before = await probeElsewhere(modelPath);
    const { library } = before;
    const variant = /libggml-cpu-([a-z0-9]+)\.so$/.exec(library)?.[1] ?? '';
    const bytes = await buildKernel(variant, HEADER, say);
    if (!existsSync(library + PREBUILT)) await copyFile(library, library + PREBUILT);
    await writeFile(`${library}.new`, bytes);
    await rename(`${library}.new`, library);
    const after = await probeElsewhere(modelPath).catch(async (error: unknown) => {
      await rename(library + PREBUILT, library);
      throw error;
    });
    if (after.next.join() !== before.next.join()) {
      await rename(library + PREBUILT, library);
      throw new CxrError('internal', 'The new kernel gives other answers than the old one; the old one is back.');
    }
    const gain = (before.seconds / after.seconds).toFixed(1);
    say(
      `Installed: the same probabilities digit by digit, and ${PROMPTS[0]} tokens in ${after.seconds.toFixed(2)} s instead of ${before.seconds.toFixed(2)} s (${gain} ×).`,
    );
    say('`npm ci` puts the prebuilt library back; run this again then.');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function undo(say: (text: string) => void): Promise<void> {
  const llama = await startLlama('off', () => {});
  const library = await loadedCpuLibrary();
  await llama.dispose();
  if (!existsSync(library + PREBUILT)) return say('Nothing to undo: the prebuilt library is in place.');
  await rename(library + PREBUILT, library);
  say('The prebuilt library is back.');
}

async function main(): Promise<void> {
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  const [flag, value] = process.argv.slice(2);
  if (flag === '--probe') {
    const result = await probe(value ?? '');
    process.send?.(result, () => process.exit(0));
    return;
  }
  if (flag === '--undo') return undo(say);
  if (!(await canRunKernel())) {
    return say(
      'This processor has no AVX512-VNNI (or this is not Linux on x64): the prebuilt library is the right one.',
    );
  }
  await install(say);
}

await main().catch((error: unknown) => {
  if (!(error instanceof CxrError)) throw error;
  process.stderr.write(`${error.message}\n`);
  const { stderr } = (error.detail ?? {}) as { stderr?: string };
  if (stderr !== undefined) process.stderr.write(`${stderr}\n`);
  process.exitCode = 1;
});
