// What machine the figures are from, and how fast it reads memory: the bound of decoding.
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { loadedCpuLibrary, PREBUILT } from '../../../engine/native/build-kernel.ts';

export interface Machine {
  processor: string;
  cores: number;
  memoryGiB: number;
  system: string;
  node: string;
  /** Cores that other programs kept busy in the second before the measurement. */
  busyCores: number;
}

/** Cores at work during a second in which this process sleeps. */
async function busyCores(): Promise<number> {
  const worked = (): number => cpus().reduce((sum, { times }) => sum + times.user + times.sys + times.nice, 0);
  const [before, start] = [worked(), performance.now()];
  await setTimeout(1000);
  return Number(((worked() - before) / (performance.now() - start)).toFixed(1));
}

export async function machine(): Promise<Machine> {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    busyCores: await busyCores(),
  };
}

/** Which kernel multiplies Q4_0 weights in this process; undefined where llama.cpp was not loaded. */
export async function q4Kernel(): Promise<string | undefined> {
  const library = await loadedCpuLibrary().catch(() => undefined);
  if (library === undefined) return undefined;
  return existsSync(library + PREBUILT) ? 'Q4_0 kernel of npm run setup:kernel' : 'prebuilt Q4_0 kernel';
}

/** Searches a byte that is not there: the C library's memchr reads at memory speed. */
const READER = `
const { parentPort, workerData } = require('node:worker_threads');
const bytes = Buffer.alloc(workerData.bytes, 1);
parentPort.postMessage('ready');
parentPort.on('message', () => {
  const start = process.hrtime.bigint();
  for (let run = 0; run < workerData.runs; run++) if (bytes.indexOf(2) !== -1) throw new Error('found');
  parentPort.postMessage(Number(process.hrtime.bigint() - start) / 1e9);
  process.exit();
});`;

/** Bytes a second that all cores together read from memory. */
export async function memoryBandwidth(threads: number): Promise<number> {
  const bytes = 512 * 1024 * 1024;
  const runs = 6;
  const workers = Array.from(
    { length: threads },
    () => new Worker(READER, { eval: true, workerData: { bytes, runs } }),
  );
  const message = (worker: Worker): Promise<unknown> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  await Promise.all(workers.map(message));
  const seconds = Promise.all(workers.map(message));
  for (const worker of workers) worker.postMessage('go');
  return (threads * runs * bytes) / Math.max(...((await seconds) as number[]));
}
