// RLE Lossless of DICOM PS3.5 Annex G: byte planes packed with PackBits. Written here because no kept npm library offers it alone.
import type { PixelFormat, Samples } from './dicom-frame.ts';
import { corrupt, truncated } from './structure.ts';

const HEADER_BYTES = 64;

/** PackBits, PS3.5 G.3.1; fills `out` at `offset`, `offset + stride`, …, `count` values. */
function unpack(segment: Uint8Array, out: Uint8Array, offset: number, stride: number, count: number): void {
  let at = 0;
  let written = 0;
  while (written < count) {
    const control = segment[at++];
    if (control === undefined) throw truncated('dicom');
    if (control === 128) continue;
    const isLiteral = control < 128;
    const length = Math.min(isLiteral ? control + 1 : 257 - control, count - written);
    if (at + (isLiteral ? length : 1) > segment.length) throw truncated('dicom');
    for (let i = 0; i < length; i++) {
      out[offset + (written + i) * stride] = segment[isLiteral ? at + i : at] ?? 0;
    }
    at += isLiteral ? control + 1 : 1;
    written += length;
  }
}

/**
 * One frame → samples, plane after plane for colour. The header (PS3.5 G.5) gives the number of segments and their
 * offsets; segments go from the most significant byte of the first sample to the least significant of the last.
 */
export function decodeRle(frame: Uint8Array, format: PixelFormat): Samples {
  if (frame.length < HEADER_BYTES) throw truncated('dicom');
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const bytesPerSample = format.bitsAllocated / 8;
  const segments = view.getUint32(0, true);
  if (segments !== bytesPerSample * format.samplesPerPixel) throw corrupt('dicom');
  const pixels = format.rows * format.columns;
  const out = new Uint8Array(pixels * segments);
  for (let segment = 0; segment < segments; segment++) {
    const from = view.getUint32(4 + segment * 4, true);
    const to = segment + 1 < segments ? view.getUint32(8 + segment * 4, true) : frame.length;
    if (from < HEADER_BYTES || to < from) throw corrupt('dicom');
    if (to > frame.length) throw truncated('dicom');
    const plane = Math.floor(segment / bytesPerSample);
    const significance = bytesPerSample - 1 - (segment % bytesPerSample);
    const offset = plane * pixels * bytesPerSample + significance;
    unpack(frame.subarray(from, to), out, offset, bytesPerSample, pixels);
  }
  return bytesPerSample === 1 ? out : new Uint16Array(out.buffer);
}
