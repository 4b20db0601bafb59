// A large encoder in a thread of its own, seen from the caller: the event loop stays free while a model of seconds runs.
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

/** Starts the thread and waits until its model is open. Throws what the model's opening throws. */
export async function openEncoderThread(
  workerUrl: URL,
  bundle: Pick<Bundle, 'manifest' | 'encoderPath'>,
  options: EncoderOptions,
): Promise<Encoder> {
  const workerData: StartOptions = {
    bundle: { manifest: bundle.manifest, encoderPath: bundle.encoderPath },
    backend: options.backend,
    threads: options.threads,
  };
  const worker = new Worker(workerUrl, { workerData });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let isClosed = false;

  const [first] = (await once(worker, 'message')) as [FromWorker];
  if (first.kind === 'failed') throw unpackError(first.error);
  if (first.kind !== 'ready') throw new CxrError('internal', 'The encoder did not start.');
  options.log?.('encoder backend chosen', { backend: first.backend, reason: first.reason, thread: 'own' });

  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'ready') return;
    const call = waiting.get(message.id);
    if (message.kind === 'encoded') call?.resolve(message.image);
    else call?.reject(unpackError(message.error));
  });
  const fail = (cause: unknown) => {
    isClosed = true;
    for (const call of waiting.values())
      call.reject(new CxrError('internal', 'The encoder stopped working.', { cause }));
  };
  worker.on('error', fail);
  worker.on('exit', (code) => fail(`the encoder's thread ended with code ${code}`));
  // An idle encoder keeps no program alive.
  worker.unref();

  const send = (message: ToWorker) => worker.postMessage(message);

  async function encode(bytes: Uint8Array, call: EncodeOptions & DecodeOptions = {}): Promise<EncodedImage> {
    const { signal, ...rest } = call;
    if (isClosed) throw new CxrError('internal', 'The encoder is closed.');
    if (signal?.aborted) throw stopped(signal);
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
    backend: first.backend,
    backendReason: first.reason,
    encode,
    async close() {
      if (isClosed) return;
      isClosed = true;
      worker.ref();
      const ended = once(worker, 'exit');
      send({ kind: 'close' });
      await ended;
    },
  };
}

function stopped(signal: AbortSignal): CxrError {
  return new CxrError('aborted', 'The reading was stopped.', { cause: signal.reason });
}
