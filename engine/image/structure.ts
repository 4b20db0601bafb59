// Checks a PNG, JPEG or WebP container from end to end before decoding: cut short, or an animation?
import { CxrError } from '../error.ts';
import type { ImageKind } from './kind.ts';

const KIND_NAMES: Record<ImageKind, string> = { png: 'PNG', jpeg: 'JPEG', webp: 'WebP', tiff: 'TIFF', dicom: 'DICOM' };

export function kindName(kind: ImageKind): string {
  return KIND_NAMES[kind];
}

export function truncated(kind: ImageKind): CxrError {
  return new CxrError(
    'image-truncated',
    `This ${KIND_NAMES[kind]} file is cut short: its end is missing; please send it again.`,
  );
}

export function corrupt(kind: ImageKind): CxrError {
  return new CxrError(
    'image-corrupt',
    `This ${KIND_NAMES[kind]} file is damaged and can't be read; please export or send it again.`,
  );
}

export function animated(what: string): CxrError {
  return new CxrError('image-animated', `This file holds ${what}; please send the one film to read as a single image.`);
}

/** PNG (ISO/IEC 15948 clause 5): chunks of length, type, data, CRC; IEND is last; acTL before IDAT makes it an APNG. */
function checkPng(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 8;
  for (;;) {
    if (position + 12 > bytes.length) throw truncated('png');
    const length = view.getUint32(position);
    const type = view.getUint32(position + 4);
    if (position + 12 + length > bytes.length) throw truncated('png');
    if (type === 0x6163544c) {
      const frames = length >= 4 ? view.getUint32(position + 8) : 0;
      if (frames > 1) throw animated(`an animation of ${frames} frames`);
    }
    if (type === 0x49454e44) return;
    position += 12 + length;
  }
}

/** JPEG (ITU-T T.81 annex B): segments up to the first scan, and an EOI marker after it (stuffing keeps FF D9 out of the data). */
function checkJpeg(bytes: Uint8Array): void {
  let position = 2;
  for (;;) {
    while (bytes[position] === 0xff && bytes[position + 1] === 0xff) position += 1;
    if (position + 4 > bytes.length) throw truncated('jpeg');
    if (bytes[position] !== 0xff) throw corrupt('jpeg');
    const marker = bytes[position + 1];
    if (marker === 0xd9) throw corrupt('jpeg');
    if (marker === 0xda) break;
    position += 2 + (((bytes[position + 2] ?? 0) << 8) | (bytes[position + 3] ?? 0));
  }
  for (let i = bytes.length - 2; i > position; i--) {
    if (bytes[i] === 0xff && bytes[i + 1] === 0xd9) return;
  }
  throw truncated('jpeg');
}

/** WebP (RFC 9649): RIFF size, then chunks; the animation flag lives in VP8X. */
function checkWebp(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 20 || view.getUint32(4, true) + 8 > bytes.length) throw truncated('webp');
  const isExtended = view.getUint32(12) === 0x56503858;
  if (isExtended && ((bytes[20] ?? 0) & 0x02) !== 0) throw animated('an animation');
}

/** Throws `image-truncated`, `image-corrupt` or `image-animated`; TIFF is left to the decoder. */
export function checkStructure(bytes: Uint8Array, kind: ImageKind): void {
  if (kind === 'png') checkPng(bytes);
  else if (kind === 'jpeg') checkJpeg(bytes);
  else if (kind === 'webp') checkWebp(bytes);
}
