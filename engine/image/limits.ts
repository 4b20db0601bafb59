// Limits of image intake, apart from the decoders so that a file's size can be checked before they are loaded.
import type { DecodeOptions } from '../engine.ts';

/** Defaults: a 4,300 × 3,500 DX film has 15 million pixels and 30 MB uncompressed; four times that is no film any more. */
export const DECODE_LIMITS: Required<DecodeOptions> = {
  maxBytes: 64 * 1024 * 1024,
  maxPixels: 40_000_000,
  maxFrames: 1,
};
