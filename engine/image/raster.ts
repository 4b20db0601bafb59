// PNG, JPEG, WebP and TIFF through sharp: oriented, alpha on black, 8 or 16 bit kept until the grey picture.
import sharp from 'sharp';
import { CxrError } from '../error.ts';
import { luminance } from './colour.ts';
import { checkPixels, type DecodedImage, type DecodeLimits } from './decode.ts';
import type { ImageKind } from './kind.ts';
import { animated, checkStructure, corrupt, kindName, truncated } from './structure.ts';

const CUT_SHORT =
  /premature end|truncat|past end|unexpected end|read error|not enough data|end of (file|input|stream)/i;

/**
 * The decoder's own message may quote metadata, so it is dropped: only the kind of failure goes on. Kinds other than
 * TIFF have been walked through to their end before.
 */
function decoderFailure(error: unknown, kind: ImageKind): CxrError {
  return kind === 'tiff' && error instanceof Error && CUT_SHORT.test(error.message) ? truncated(kind) : corrupt(kind);
}

/**
 * What libjpeg (jerror.h) only warns of, though it fills in grey or rubbish for what it could not read: data that end
 * early, impossible codes, lost restart markers. Its other warnings (bytes between segments, odd versions) harm no pixel.
 */
const JPEG_DAMAGE = /premature end|bad (huffman|arithmetic) code|instead of RST|inconsistent progression/i;

/** Grey made up by the decoder would be read as lung, so a JPEG is decoded strictly, and again where it warned of a trifle. */
async function strictlyFirst<T>(kind: ImageKind, decode: (failOn: 'warning' | 'error') => Promise<T>): Promise<T> {
  if (kind !== 'jpeg') return decode('error');
  return decode('warning').catch((error: unknown) => {
    if (error instanceof Error && JPEG_DAMAGE.test(error.message)) throw error;
    return decode('error');
  });
}

/** The number of bits that a 16-bit picture really uses: many exports put 12-bit values into 16-bit files. */
function whiteOf16Bit(samples: Uint16Array): number {
  let highest = 0;
  for (const sample of samples) if (sample > highest) highest = sample;
  const bitsUsed = Math.max(8, Math.ceil(Math.log2(highest + 1)));
  return bitsUsed >= 15 ? 65535 : 2 ** bitsUsed - 1;
}

export async function decodeRaster(
  bytes: Uint8Array,
  kind: Exclude<ImageKind, 'dicom'>,
  limits: DecodeLimits,
): Promise<DecodedImage> {
  checkStructure(bytes, kind);
  // ignoreIcc: viewers and training read the stored values; a grey profile would shift them.
  const options = { limitInputPixels: false, failOn: 'error', ignoreIcc: true, sequentialRead: true } as const;
  const header = await sharp(bytes, options)
    .metadata()
    .catch((error: unknown) => {
      throw decoderFailure(error, kind);
    });
  const frames = header.pages ?? 1;
  if (frames > limits.maxFrames)
    throw animated(kind === 'tiff' ? `${frames} pages` : `an animation of ${frames} frames`);
  checkPixels(header.width, header.height, limits);
  if (header.depth !== 'uchar' && header.depth !== 'ushort') {
    throw new CxrError(
      'image-unsupported',
      `This ${kindName(kind)} file has ${header.depth} samples; please export it with 8 or 16 bits per pixel.`,
    );
  }
  const is16Bit = header.depth === 'ushort';
  const isGrey = header.space === 'b-w' || header.space === 'grey16';
  const pixels = { ...options, autoOrient: true, limitInputPixels: limits.maxPixels, pages: 1 };
  const { data, info } = await strictlyFirst(kind, (failOn) =>
    sharp(bytes, { ...pixels, failOn })
      .flatten({ background: '#000' })
      .toColourspace(isGrey ? (is16Bit ? 'grey16' : 'b-w') : is16Bit ? 'rgb16' : 'srgb')
      .raw({ depth: is16Bit ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  ).catch((error: unknown) => {
    throw decoderFailure(error, kind);
  });
  const samples = is16Bit ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
  const white = samples instanceof Uint16Array ? whiteOf16Bit(samples) : 255;
  const { grey, colour } = luminance(samples, info.channels, 255 / white);
  const warnings =
    white < 65535 && is16Bit
      ? [`The 16-bit file holds only ${Math.log2(white + 1)}-bit values; they were stretched.`]
      : [];
  return { kind, width: info.width, height: info.height, grey, colour, otherModality: null, warnings };
}
