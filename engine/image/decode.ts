// Image intake: bytes of any supported file → one grey picture. Only pixels leave this folder: no EXIF, no DICOM attributes, no names.
import type { DecodeOptions } from '../engine.ts';
import { CxrError } from '../error.ts';
import { type ImageKind, recogniseKind } from './kind.ts';
import { DECODE_LIMITS } from './limits.ts';

export interface DecodedImage {
  kind: ImageKind;
  /** Pixels, after EXIF orientation. */
  width: number;
  height: number;
  /** width × height values row by row, 0 black … 255 white; fractions where the file has more than 8 bits. */
  grey: Float32Array;
  colour: Colourfulness;
  /** What kind of device made it, where that is certainly no plain radiography ("a CT slice"); null otherwise. */
  otherModality: string | null;
  /** Plain sentences for the person. */
  warnings: string[];
}

/** How colourful a picture is; a tinted film (one hue) is not colourful, a photograph is. */
export interface Colourfulness {
  /** Mean of max(R, G, B) − min(R, G, B) over all pixels, in [0, 1]. */
  chroma: number;
  /** Spread of the hues weighted by chroma, 0 (one hue) … 1 (all around the circle). */
  hueSpread: number;
}

/** Limits as they hold for one call; all positive. */
export type DecodeLimits = Required<DecodeOptions>;

export function checkPixels(width: number, height: number, limits: DecodeLimits): void {
  if (width * height > limits.maxPixels) {
    const millions = (pixels: number) => `${(pixels / 1e6).toFixed(pixels < 1e7 ? 1 : 0)} million`;
    throw new CxrError(
      'image-too-many-pixels',
      `This image is ${width} × ${height} pixels (${millions(width * height)}); at most ${millions(limits.maxPixels)} are read.`,
      { detail: { width, height, maxPixels: limits.maxPixels } },
    );
  }
}

/**
 * Decodes PNG, JPEG, WebP, TIFF or DICOM (CR/DX) to grey. Limits are checked before anything is decoded.
 * Throws CxrError `image-empty|too-large|too-many-pixels|truncated|corrupt|animated|unsupported`; no error carries
 * anything from the file but its sizes.
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<DecodedImage> {
  const limits: DecodeLimits = { ...DECODE_LIMITS, ...options };
  if (bytes.length > limits.maxBytes) {
    const megabytes = (count: number) => `${(count / 1048576).toFixed(1)} MB`;
    throw new CxrError(
      'image-too-large',
      `This file has ${megabytes(bytes.length)}; at most ${megabytes(limits.maxBytes)} are read.`,
      { detail: { bytes: bytes.length, maxBytes: limits.maxBytes } },
    );
  }
  const kind = recogniseKind(bytes);
  // Either family brings decoders of its own that take time to load.
  if (kind === 'dicom') return (await import('./dicom.ts')).decodeDicom(bytes, limits);
  return (await import('./raster.ts')).decodeRaster(bytes, kind, limits);
}
