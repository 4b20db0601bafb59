// A worker process of a study: opens the bundle and reads the images that its parent sends; ends when the parent does.
import Keyv from 'keyv';
import { toCxrError } from '../../engine/error.ts';
import { type OpenedEngine, openEngine } from '../../engine/open-engine.ts';
import { readImage } from './read-image.ts';
import type { FromWorker, ToWorker } from './readers.ts';

let engine: OpenedEngine | null = null;

function say(message: FromWorker): void {
  process.send?.(message);
}

async function handle(message: ToWorker): Promise<void> {
  if ('open' in message) {
    const { bundleDir, threads } = message.open;
    engine = await openEngine({
      bundleDir,
      store: new Keyv(),
      sequences: 1,
      ...(threads === undefined ? {} : { threads, encoderThreads: threads }),
    });
    await engine.ready();
    say({ opened: true });
  } else if ('job' in message) {
    if (!engine) throw new Error('a job came before the bundle was opened');
    for await (const record of readImage(engine, message.job)) say({ record });
    say({ done: true });
  } else {
    await engine?.close();
    process.exit(0);
  }
}

process.on('message', (message: ToWorker) => {
  handle(message).catch((error: unknown) => say({ failed: toCxrError(error).message }));
});
process.on('disconnect', () => process.exit(1));
// Ctrl-C is the parent's to handle: it lets the image in hand be finished.
process.on('SIGINT', () => {});
