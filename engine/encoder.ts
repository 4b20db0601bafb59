// The encoder as everybody uses it. A small model runs in the calling thread; a large one in a thread of its own, so that chat goes on meanwhile.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Bundle } from './bundle.ts';
import type { BackendChoice, EncoderBackend } from './encoder-backend.ts';
import type { DecodeOptions, EncodedImage, EncodeOptions } from './engine.ts';

export interface EncoderOptions {
  backend?: BackendChoice;
  /** Threads of the CPU backend, ≥ 1; default 2. */
  threads?: number;
  log?: (message: string, detail: Record<string, unknown>) => void;
  /** Where it runs; by default a model file of 32 MB or more gets a thread, since onnxruntime-node blocks the thread it runs in. */
  thread?: 'own' | 'calling';
}

export interface Encoder {
  readonly backend: EncoderBackend;
  /** Why that backend, in plain words. */
  readonly backendReason: string;
  /**
   * Decodes, gates and encodes one image; many may run at once. Throws CxrError with an `image-…` code for refused
   * bytes (`image-not-chest` for what is no chest radiograph, unless `force`), `aborted`, or `bundle-invalid`.
   */
  encode(bytes: Uint8Array, options?: EncodeOptions & DecodeOptions): Promise<EncodedImage>;
  close(): Promise<void>;
}

/** About 8 million weights: on two cores such an encoder answers within a tenth of a second, hardly more than a thread's start. */
const LARGE_MODEL_BYTES = 32 * 1024 * 1024;

/** The worker as built; run from source (tests), it is the build's, and without a build there is none. */
const WORKER_URL = new URL(
  import.meta.url.endsWith('.ts') ? '../dist/engine/encoder-worker.js' : './encoder-worker.js',
  import.meta.url,
);

/** Opens the bundle's encoder. Throws `bundle-invalid` where the model does not match the manifest. */
export async function createEncoder(
  bundle: Pick<Bundle, 'manifest' | 'encoderPath'>,
  options: EncoderOptions = {},
): Promise<Encoder> {
  const isLarge = async () => (await stat(bundle.encoderPath)).size >= LARGE_MODEL_BYTES;
  const wantsThread = options.thread === 'own' || (options.thread === undefined && (await isLarge()));
  if (wantsThread && existsSync(WORKER_URL)) {
    return (await import('./encoder-thread.ts')).openEncoderThread(WORKER_URL, bundle, options);
  }
  return (await import('./encoder-here.ts')).openEncoderHere(bundle, options);
}
