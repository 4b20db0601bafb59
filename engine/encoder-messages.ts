// What the encoder's thread and its owner say to each other, and how an error crosses between them.
import type { Bundle } from './bundle.ts';
import type { BackendChoice, EncoderBackend } from './encoder-backend.ts';
import type { DecodeOptions, EncodedImage } from './engine.ts';
import { CxrError, type CxrErrorCode, toCxrError } from './error.ts';

export interface StartOptions {
  bundle: Pick<Bundle, 'manifest' | 'encoderPath'>;
  backend: BackendChoice | undefined;
  threads: number | undefined;
}

export type ToWorker =
  | { kind: 'encode'; id: number; bytes: Uint8Array; options: DecodeOptions & { force?: boolean } }
  | { kind: 'abort'; id: number }
  | { kind: 'close' };

export type FromWorker =
  | { kind: 'ready'; backend: EncoderBackend; reason: string }
  | { kind: 'encoded'; id: number; image: EncodedImage }
  /** Id 0: the encoder could not be opened. */
  | { kind: 'failed'; id: number; error: PackedError };

export interface PackedError {
  code: CxrErrorCode;
  sentence: string;
  detail: Readonly<Record<string, unknown>>;
  cause: string;
}

export function packError(error: unknown): PackedError {
  const known = toCxrError(error);
  const { cause } = known;
  const causeText = cause instanceof Error ? (cause.stack ?? cause.message) : cause === undefined ? '' : String(cause);
  return { code: known.code, sentence: known.message, detail: known.detail, cause: causeText };
}

export function unpackError({ code, sentence, detail, cause }: PackedError): CxrError {
  return new CxrError(code, sentence, { detail, ...(cause === '' ? {} : { cause }) });
}
