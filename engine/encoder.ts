// The encoder as everybody uses it: in a thread of its own, so that chat goes on while a film is decoded and read.
import { existsSync } from 'node:fs';
import type { Bundle } from './bundle.ts';
import type { BackendChoice, EncoderBackend } from './encoder-backend.ts';
import type { DecodeOptions, EncodedImage, EncodeOptions } from './engine.ts';

export interface EncoderOptions {
  backend?: BackendChoice;
  /** Threads of the CPU backend, ≥ 1; default 2. */
  threads?: number;
  log?: (message: string, detail: Record<string, unknown>) => void;
  /** Where it runs; by default in its own thread, but from source (tests) in the calling one: the thread runs the build, which may be older. */
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

/**
 * onnxruntime (1.30 on Linux) carries its makers' telemetry, on unless told not to be. Names of films and questions must not be within its reach,
 * and where the command line fills some pages it crashes (seen; what it reads and sends was not traced). Said before any file that loads it, and in the calling thread:
 * a worker's environment is a copy that native code does not see.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';

const IS_SOURCE = import.meta.url.endsWith('.ts');
/** The worker as built, also when run from source. */
const WORKER_URL = new URL(IS_SOURCE ? '../dist/engine/encoder-worker.js' : './encoder-worker.js', import.meta.url);

/** Opens the bundle's encoder. Throws `bundle-invalid` where the model does not match the manifest. */
export async function createEncoder(
  bundle: Pick<Bundle, 'manifest' | 'encoderPath'>,
  options: EncoderOptions = {},
): Promise<Encoder> {
  const { thread = IS_SOURCE ? 'calling' : 'own' } = options;
  if (thread === 'own' && existsSync(WORKER_URL)) {
    return (await import('./encoder-thread.ts')).openEncoderThread(WORKER_URL, bundle, options);
  }
  return (await import('./encoder-here.ts')).openEncoderHere(bundle, options);
}
