// DICOM pixel data in any transfer syntax of PS3.5 that films use → stored values of one frame. The decoding is the cornerstone codecs' and jpeg-lossless-decoder-js's.
import dicomParser, { type DataSet, type Element } from 'dicom-parser';
import { CxrError } from '../error.ts';
import { type Codec, decodeCodestream } from './codecs.ts';
import { decodeRle } from './rle.ts';
import { corrupt, truncated } from './structure.ts';

/** Image Pixel module of one file. */
export interface PixelFormat {
  rows: number;
  columns: number;
  samplesPerPixel: number;
  photometric: string;
  isPlanar: boolean;
  bitsAllocated: number;
  bitsStored: number;
  highBit: number;
  isSigned: boolean;
}

const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const NATIVE = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', BIG_ENDIAN]);
const RLE = '1.2.840.10008.1.2.5';
const COMPRESSED: Record<string, Codec> = {
  '1.2.840.10008.1.2.4.50': 'jpeg',
  '1.2.840.10008.1.2.4.51': 'jpeg',
  '1.2.840.10008.1.2.4.57': 'jpeg-lossless',
  '1.2.840.10008.1.2.4.70': 'jpeg-lossless',
  '1.2.840.10008.1.2.4.80': 'jpeg-ls',
  '1.2.840.10008.1.2.4.81': 'jpeg-ls',
  '1.2.840.10008.1.2.4.90': 'jpeg-2000',
  '1.2.840.10008.1.2.4.91': 'jpeg-2000',
};

export type Samples = Uint8Array | Uint16Array;

/** Uncompressed bytes → samples: 8 bit as they are, 16 bit by byte order (a copy: DICOM values may lie at odd offsets). */
function nativeSamples(bytes: Uint8Array, format: PixelFormat, isBigEndian: boolean): Samples {
  const count = format.rows * format.columns * format.samplesPerPixel;
  if (bytes.length < (count * format.bitsAllocated) / 8) throw truncated('dicom');
  if (format.bitsAllocated === 8) return bytes.subarray(0, count);
  const copy = new Uint8Array(bytes.subarray(0, count * 2));
  if (isBigEndian) Buffer.from(copy.buffer).swap16();
  return new Uint16Array(copy.buffer);
}

/** Fragments that are missing or go on behind the end of the file. */
function isCutShort(dataSet: DataSet, { fragments = [] }: Element): boolean {
  const last = fragments.at(-1);
  return last === undefined || last.position + last.length >= dataSet.byteArray.length;
}

/** The frame's codestream: all fragments together, for a file of one frame. */
function codestream(dataSet: DataSet, element: Element): Uint8Array {
  const fragments = element.fragments;
  if (!fragments || fragments.length === 0) throw truncated('dicom');
  const last = fragments[fragments.length - 1];
  if (last && last.position + last.length > dataSet.byteArray.length) throw truncated('dicom');
  return dicomParser.readEncapsulatedPixelDataFromFragments(dataSet, element, 0, fragments.length, fragments);
}

function interleave(samples: Samples, planes: number): Samples {
  const count = samples.length / planes;
  const out = samples.slice();
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < count; i++) out[i * planes + plane] = samples[plane * count + i] ?? 0;
  }
  return out;
}

/** YBR_FULL → RGB, PS3.3 C.7.6.3.1.2 (ITU-R BT.601, full range), in a copy. */
function ybrToRgb(samples: Samples): Samples {
  const out = new Uint8ClampedArray(samples.length);
  for (let i = 0; i + 2 < samples.length; i += 3) {
    const y = samples[i] ?? 0;
    const cb = (samples[i + 1] ?? 0) - 128;
    const cr = (samples[i + 2] ?? 0) - 128;
    out[i] = y + 1.402 * cr;
    out[i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    out[i + 2] = y + 1.772 * cb;
  }
  return new Uint8Array(out.buffer);
}

/** YBR_FULL_422 (two luma, then one Cb and one Cr, PS3.3 C.7.6.3.1.2) → three samples per pixel. */
function expand422(bytes: Uint8Array, pixels: number): Uint8Array {
  if (bytes.length < pixels * 2) throw truncated('dicom');
  const out = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const pair = (i >> 1) * 4;
    out[i * 3] = bytes[pair + (i & 1)] ?? 0;
    out[i * 3 + 1] = bytes[pair + 2] ?? 128;
    out[i * 3 + 2] = bytes[pair + 3] ?? 128;
  }
  return out;
}

function nativeFrame(dataSet: DataSet, element: Element, format: PixelFormat, transferSyntax: string): Samples {
  // Fragments under an uncompressed transfer syntax: their item headers would be read as pixels.
  if (element.encapsulatedPixelData) throw isCutShort(dataSet, element) ? truncated('dicom') : corrupt('dicom');
  const bytes = dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
  if (format.photometric === 'YBR_FULL_422') return ybrToRgb(expand422(bytes, format.rows * format.columns));
  let samples = nativeSamples(bytes, format, transferSyntax === BIG_ENDIAN);
  if (format.samplesPerPixel === 3 && format.isPlanar) samples = interleave(samples, 3);
  return format.photometric === 'YBR_FULL' ? ybrToRgb(samples) : samples;
}

/**
 * Stored values of the one frame, colour interleaved as RGB. Throws `image-truncated`, `image-corrupt` or
 * `image-unsupported`; a codestream whose own size differs from Rows × Columns is refused before it is decoded.
 */
export async function decodeFrame(
  dataSet: DataSet,
  element: Element,
  format: PixelFormat,
  transferSyntax: string,
): Promise<Samples> {
  if (NATIVE.has(transferSyntax)) return nativeFrame(dataSet, element, format, transferSyntax);
  const count = format.rows * format.columns * format.samplesPerPixel;
  if (transferSyntax === RLE) {
    const planes = decodeRle(codestream(dataSet, element), format);
    const samples = format.samplesPerPixel === 3 ? interleave(planes, 3) : planes;
    return format.photometric === 'YBR_FULL' ? ybrToRgb(samples) : samples;
  }
  const codec = COMPRESSED[transferSyntax];
  if (!codec) {
    throw new CxrError(
      'image-unsupported',
      'This DICOM file is compressed in a way that is not read here; please export it uncompressed or as JPEG 2000.',
      { detail: { transferSyntax } },
    );
  }
  const samples = await decodeCodestream(codec, codestream(dataSet, element), format);
  if (samples.length !== count) throw corrupt('dicom');
  return samples;
}
