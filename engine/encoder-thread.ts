// The encoder in a thread of its own, seen from the caller: the event loop stays free while a film is decoded and a model of seconds runs.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Bundle } from './bundle.ts';
import type { Encoder, EncoderOptions } from './encoder.ts';
import { type FromWorker, type StartOptions, type ToWorker, unpackError } from './encoder-messages.ts';
import type { DecodeOptions, EncodedImage, EncodeOptions } from './engine.ts';
import { CxrError } from './error.ts';

interface Waiting {
  resolve(image: EncodedImage): void;
  reject(error: CxrError): void;
}

/** One life of the thread. */
interface Thread {
  ready: Extract<FromWorker, { kind: 'ready' }>;
  encode(bytes: Uint8Array, call: EncodeOptions & DecodeOptions): Promise<EncodedImage>;
  hasEnded(): boolean;
  close(): Promise<void>;
}

/** Starts the thread and waits until its model is open. Throws what the model's opening throws. A thread that dies fails the images it had; the next image starts another. */
export async function openEncoderThread(
  workerUrl: URL,
  bundle: Pick<Bundle, 'manifest' | 'encoderPath'>,
  options: EncoderOptions,
): Promise<Encoder> {
  const startOptions: StartOptions = {
    bundle: { manifest: bundle.manifest, encoderPath: bundle.encoderPath },
    backend: options.backend,
    threads: options.threads,
  };
  const log = ({ backend, reason }: Thread['ready']) =>
    options.log?.('encoder backend chosen', { backend, reason, thread: 'own' });

  let current = startThread(workerUrl, startOptions);
  let isClosed = false;
  const { ready } = await current;
  log(ready);

  async function living(): Promise<Thread> {
    const known = current;
    const thread = await known.catch(() => null);
    if (thread !== null && !thread.hasEnded()) return thread;
    // The first to see it starts the next one; everybody else waits for that.
    if (current === known) {
      current = startThread(workerUrl, startOptions);
      current.then((next) => log(next.ready)).catch(() => {});
    }
    return current;
  }

  return {
    backend: ready.backend,
    backendReason: ready.reason,
    async encode(bytes, call = {}) {
      if (isClosed) throw new CxrError('internal', 'The encoder is closed.');
      return (await living()).encode(bytes, call);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await (await current.catch(() => null))?.close();
    },
  };
}

async function startThread(workerUrl: URL, workerData: StartOptions): Promise<Thread> {
  const worker = new Worker(workerUrl, { workerData });
  const [ready] = (await once(worker, 'message')) as [FromWorker];
  if (ready.kind === 'failed') throw unpackError(ready.error);
  if (ready.kind !== 'ready') throw new CxrError('internal', 'The encoder did not start.');

  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ended = false;
  const end = (cause: unknown) => {
    ended = true;
    for (const call of waiting.values())
      call.reject(new CxrError('internal', 'The encoder stopped working.', { cause }));
  };
  worker.on('error', end);
  worker.on('exit', (code) => end(`the encoder's thread ended with code ${code}`));
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'ready') return;
    const call = waiting.get(message.id);
    if (message.kind === 'encoded') call?.resolve(message.image);
    else call?.reject(unpackError(message.error));
  });
  // An idle encoder keeps no program alive.
  worker.unref();
  const send = (message: ToWorker) => worker.postMessage(message);

  async function encode(bytes: Uint8Array, call: EncodeOptions & DecodeOptions): Promise<EncodedImage> {
    const { signal, ...rest } = call;
    if (signal?.aborted) throw stopped(signal);
    if (ended) throw new CxrError('internal', 'The encoder stopped working.');
    lastId += 1;
    const id = lastId;
    const abort = () => {
      send({ kind: 'abort', id });
      if (signal) waiting.get(id)?.reject(stopped(signal));
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise<EncodedImage>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.ref();
        send({ kind: 'encode', id, bytes, options: rest });
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      waiting.delete(id);
      if (waiting.size === 0) worker.unref();
    }
  }

  return {
    ready,
    encode,
    hasEnded: () => ended,
    async close() {
      if (ended) return;
      ended = true;
      worker.ref();
      const gone = once(worker, 'exit');
      send({ kind: 'close' });
      await gone;
    },
  };
}

function stopped(signal: AbortSignal): CxrError {
  return new CxrError('aborted', 'The reading was stopped.', { cause: signal.reason });
}
