// What machine the figures are from, and how fast it reads memory: the bound of decoding.
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { Worker } from 'node:worker_threads';

export interface Machine {
  processor: string;
  cores: number;
  memoryGiB: number;
  system: string;
  node: string;
  /** One-minute load before the measurement: above the number of cores, other programs took part of the time. */
  load: number;
}

export function machine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
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
