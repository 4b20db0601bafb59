// Writes small DICOM files for tests (PS3.5, PS3.10), with pixel data packed by real encoders; the counterpart of what the engine reads.
import { deflateRawSync } from 'node:zlib';

/** [group, element, VR, value]: numbers for US and SS, text for the others, bytes for OB and OW, items for SQ. */
export type Element = readonly [number, number, string, number | number[] | string | Uint8Array | Element[][]];

const LONG_VRS = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);

export interface FileOptions {
  transferSyntax?: string;
  /** Codestream of the one frame: written as encapsulated pixel data. */
  codestream?: Uint8Array;
  /** The frame uncompressed, in the file's byte order already. */
  pixels?: Uint8Array;
}

function valueBytes(vr: string, value: Element[3], isBig: boolean): Buffer {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (typeof value === 'string')
    return Buffer.from(value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' '));
  const numbers = (typeof value === 'number' ? [value] : value) as number[];
  const bytes = Buffer.alloc(numbers.length * 2);
  numbers.forEach((number, i) => {
    const unsigned = number & 0xffff;
    if (isBig) bytes.writeUInt16BE(unsigned, i * 2);
    else bytes.writeUInt16LE(unsigned, i * 2);
  });
  return bytes;
}

function header(group: number, element: number, vr: string | null, length: number, isBig: boolean): Buffer {
  const isLong = vr === null || LONG_VRS.has(vr);
  const bytes = Buffer.alloc(vr !== null && isLong ? 12 : 8);
  const u16 = (value: number, at: number) => (isBig ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at));
  const u32 = (value: number, at: number) => (isBig ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at));
  u16(group, 0);
  u16(element, 2);
  if (vr === null) {
    u32(length, 4);
  } else {
    bytes.write(vr, 4, 'latin1');
    if (isLong) u32(length, 8);
    else u16(length, 6);
  }
  return bytes;
}

function encode([group, element, vr, value]: Element, isImplicit: boolean, isBig: boolean): Buffer {
  let body: Buffer;
  if (vr === 'SQ') {
    const items = (value as Element[][]).map((item) => {
      const content = Buffer.concat(item.map((inner) => encode(inner, isImplicit, isBig)));
      return Buffer.concat([header(0xfffe, 0xe000, null, content.length, isBig), content]);
    });
    body = Buffer.concat(items);
  } else {
    body = valueBytes(vr, value, isBig);
  }
  return Buffer.concat([header(group, element, isImplicit ? null : vr, body.length, isBig), body]);
}

function encapsulated(codestream: Uint8Array): Buffer {
  const even = codestream.length % 2 === 0 ? codestream : Buffer.concat([codestream, Buffer.alloc(1)]);
  return Buffer.concat([
    header(0x7fe0, 0x0010, 'OB', 0xffffffff, false),
    header(0xfffe, 0xe000, null, 0, false),
    header(0xfffe, 0xe000, null, even.length, false),
    even,
    header(0xfffe, 0xe0dd, null, 0, false),
  ]);
}

/** A Part 10 file; elements are sorted by tag. */
export function dicomFile(elements: readonly Element[], options: FileOptions): Uint8Array {
  const { transferSyntax = '1.2.840.10008.1.2.1', codestream, pixels } = options;
  const isImplicit = transferSyntax === '1.2.840.10008.1.2';
  const isBig = transferSyntax === '1.2.840.10008.1.2.2';
  const sorted = [...elements].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const body = sorted.map((element) => encode(element, isImplicit, isBig));
  if (codestream) body.push(encapsulated(codestream));
  if (pixels) body.push(encode([0x7fe0, 0x0010, 'OW', pixels], isImplicit, isBig));
  const isDeflated = transferSyntax === '1.2.840.10008.1.2.1.99';
  const dataSet = isDeflated ? deflateRawSync(Buffer.concat(body)) : Buffer.concat(body);
  const meta = encode([0x0002, 0x0010, 'UI', transferSyntax], false, false);
  const groupLength = Buffer.alloc(12);
  groupLength.writeUInt16LE(0x0002, 0);
  groupLength.write('UL', 4, 'latin1');
  groupLength.writeUInt16LE(4, 6);
  groupLength.writeUInt32LE(meta.length, 8);
  return new Uint8Array(Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), groupLength, meta, dataSet]));
}

export interface Picture {
  rows: number;
  columns: number;
  bitsAllocated: 8 | 16;
  bitsStored?: number;
  samplesPerPixel?: 1 | 3;
  photometric?: string;
  isSigned?: boolean;
  isPlanar?: boolean;
}

/** The Image Pixel module of a picture. */
export function imagePixelModule(picture: Picture): Element[] {
  const { rows, columns, bitsAllocated, bitsStored = bitsAllocated, samplesPerPixel = 1 } = picture;
  return [
    [0x0028, 0x0002, 'US', samplesPerPixel],
    [0x0028, 0x0004, 'CS', picture.photometric ?? 'MONOCHROME2'],
    [0x0028, 0x0010, 'US', rows],
    [0x0028, 0x0011, 'US', columns],
    [0x0028, 0x0100, 'US', bitsAllocated],
    [0x0028, 0x0101, 'US', bitsStored],
    [0x0028, 0x0102, 'US', bitsStored - 1],
    [0x0028, 0x0103, 'US', picture.isSigned ? 1 : 0],
    ...(samplesPerPixel === 3 ? [[0x0028, 0x0006, 'US', picture.isPlanar ? 1 : 0] as const] : []),
  ];
}

/** RLE Lossless frame (PS3.5 Annex G): byte planes, most significant first, packed as runs and literals. */
export function encodeRle(samples: Uint8Array | Uint16Array): Uint8Array {
  const planes =
    samples instanceof Uint8Array
      ? [samples]
      : [Uint8Array.from(samples, (value) => value >> 8), Uint8Array.from(samples, (value) => value & 255)];
  const segments = planes.map(packBits);
  const header = Buffer.alloc(64);
  header.writeUInt32LE(segments.length, 0);
  let offset = 64;
  segments.forEach((segment, i) => {
    header.writeUInt32LE(offset, 4 + i * 4);
    offset += segment.length;
  });
  return new Uint8Array(Buffer.concat([header, ...segments]));
}

function packBits(bytes: Uint8Array): Buffer {
  const out: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    let run = 1;
    while (run < 128 && bytes[at + run] === bytes[at] && at + run < bytes.length) run += 1;
    if (run > 2) {
      out.push(257 - run, bytes[at] ?? 0);
      at += run;
      continue;
    }
    let end = at + 1;
    while (end < bytes.length && end - at < 128 && !(bytes[end] === bytes[end + 1] && bytes[end] === bytes[end + 2]))
      end += 1;
    out.push(end - at - 1, ...bytes.subarray(at, end));
    at = end;
  }
  if (out.length % 2 === 1) out.push(128);
  return Buffer.from(out);
}
