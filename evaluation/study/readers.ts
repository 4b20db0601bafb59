// Who does the reading: engines in this process, or worker processes with an engine each; the study sees only `read`.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Engine } from '../../engine/engine.ts';
import { CxrError } from '../../engine/error.ts';
import { type ImageJob, readImage } from './read-image.ts';
import type { StudyRecord } from './records.ts';

export interface Reader {
  read(job: ImageJob, onRecord: (record: StudyRecord) => void): Promise<void>;
  close(): Promise<void>;
}

/** Reads with an engine that the caller owns. */
export function createLocalReader(engine: Engine, signal?: AbortSignal): Reader {
  return {
    async read(job, onRecord) {
      for await (const record of readImage(engine, job, signal)) onRecord(record);
    },
    async close() {},
  };
}

export type ToWorker = { open: { bundleDir: string; threads?: number } } | { job: ImageJob } | { close: true };
export type FromWorker = { opened: true } | { record: StudyRecord } | { done: true } | { failed: string };

/** Starts a worker process that opens the bundle for itself. Rejects with what the worker said when it cannot. */
export async function startWorkerReader(open: { bundleDir: string; threads?: number }): Promise<Reader> {
  const script = fileURLToPath(new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));
  const child = fork(script, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let settle: { onRecord(record: StudyRecord): void; resolve(): void; reject(error: Error): void } | null = null;
  child.on('message', (message: FromWorker) => {
    if ('record' in message) settle?.onRecord(message.record);
    else if ('failed' in message)
      settle?.reject(new CxrError('internal', `A worker process stopped: ${message.failed}`));
    else settle?.resolve();
  });
  child.on('exit', (code, signal) =>
    settle?.reject(
      new CxrError(
        'internal',
        `A worker process ended by itself (${signal ?? `code ${code}`}); run the same command again to go on.`,
      ),
    ),
  );
  const request = (message: ToWorker, onRecord: (record: StudyRecord) => void = () => {}) =>
    new Promise<void>((resolve, reject) => {
      settle = { onRecord, resolve, reject };
      send(child, message, reject);
    }).finally(() => {
      settle = null;
    });
  await request({ open });
  return {
    read: (job, onRecord) => request({ job }, onRecord),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      send(child, { close: true }, () => child.kill());
      await gone;
    },
  };
}

function send(child: ChildProcess, message: ToWorker, onError: (error: Error) => void): void {
  child.send(message, (error) => {
    if (error) onError(error);
  });
}
