// The thread of a large encoder: opens it, then answers one message per image. Its counterpart is encoder-thread.ts.
import { parentPort, workerData } from 'node:worker_threads';
import type { Encoder } from './encoder.ts';
import { openEncoderHere } from './encoder-here.ts';
import { type FromWorker, packError, type StartOptions, type ToWorker } from './encoder-messages.ts';

const port = parentPort;
if (!port) throw new Error('encoder-worker.ts runs as a worker thread only');

const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const running = new Map<number, AbortController>();

async function answer(encoder: Encoder, message: ToWorker): Promise<void> {
  if (message.kind === 'abort') {
    running.get(message.id)?.abort();
    return;
  }
  if (message.kind === 'close') {
    await encoder.close();
    port?.close();
    return;
  }
  const abort = new AbortController();
  running.set(message.id, abort);
  try {
    const image = await encoder.encode(message.bytes, { ...message.options, signal: abort.signal });
    send({ kind: 'encoded', id: message.id, image });
  } catch (error) {
    send({ kind: 'failed', id: message.id, error: packError(error) });
  } finally {
    running.delete(message.id);
  }
}

try {
  const { bundle, backend, threads } = workerData as StartOptions;
  const encoder = await openEncoderHere(bundle, {
    ...(backend === undefined ? {} : { backend }),
    ...(threads === undefined ? {} : { threads }),
  });
  port.on('message', (message: ToWorker) => void answer(encoder, message));
  send({ kind: 'ready', backend: encoder.backend, reason: encoder.backendReason });
} catch (error) {
  send({ kind: 'failed', id: 0, error: packError(error) });
  port.close();
}
