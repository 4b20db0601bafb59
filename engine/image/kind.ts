// Tells what a file is from its bytes, never from its name; each kind that is not read has its own sentence here.
import { CxrError } from '../error.ts';

export type ImageKind = 'png' | 'jpeg' | 'webp' | 'tiff' | 'dicom';

const READ_KINDS = 'a PNG, JPEG, WebP, TIFF or DICOM (CR/DX) image';

function ascii(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}

function startsWith(bytes: Uint8Array, ...values: number[]): boolean {
  return values.every((value, i) => bytes[i] === value);
}

/** DICOM PS3.10: preamble and prefix `DICM`, or (older exports) a bare data set that opens with a group 0002 or 0008 element. */
function isDicom(bytes: Uint8Array): boolean {
  if (ascii(bytes, 128, 4) === 'DICM') return true;
  const group = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  if ((group !== 0x0002 && group !== 0x0008) || bytes[3] !== 0) return false;
  const hasExplicitVr = /^[A-Z]{2}$/.test(ascii(bytes, 4, 2));
  const implicitLength = (bytes[4] ?? 0) | ((bytes[5] ?? 0) << 8);
  return hasExplicitVr || (bytes[6] === 0 && bytes[7] === 0 && implicitLength <= 256 && implicitLength % 2 === 0);
}

interface Foreign {
  name: string;
  matches(bytes: Uint8Array, text: string): boolean;
}

const FOREIGN: readonly Foreign[] = [
  { name: 'a PDF document', matches: (_, text) => text.trimStart().startsWith('%PDF-') },
  { name: 'a ZIP archive or Office document', matches: (bytes) => startsWith(bytes, 0x50, 0x4b) },
  { name: 'a gzip archive', matches: (bytes) => startsWith(bytes, 0x1f, 0x8b) },
  { name: 'a RAR archive', matches: (_, text) => text.startsWith('Rar!') },
  { name: 'a 7-Zip archive', matches: (bytes) => startsWith(bytes, 0x37, 0x7a, 0xbc, 0xaf) },
  { name: 'a GIF picture', matches: (_, text) => text.startsWith('GIF8') },
  { name: 'a BMP picture', matches: (bytes, text) => text.startsWith('BM') && bytes[6] === 0 && bytes[7] === 0 },
  { name: 'an icon', matches: (bytes) => startsWith(bytes, 0, 0, 1, 0) },
  { name: 'a Photoshop file', matches: (_, text) => text.startsWith('8BPS') },
  {
    name: 'a HEIC or AVIF picture',
    matches: (_, text) =>
      text.slice(4, 8) === 'ftyp' && /^(heic|heix|heim|heis|hevc|mif1|msf1|avif|avis)/.test(text.slice(8)),
  },
  { name: 'a video', matches: (_, text) => text.slice(4, 8) === 'ftyp' || /^RIFF[\s\S]{4}AVI /.test(text) },
  {
    name: 'a video',
    matches: (bytes) => startsWith(bytes, 0x1a, 0x45, 0xdf, 0xa3) || startsWith(bytes, 0, 0, 1, 0xba),
  },
  { name: 'a sound recording', matches: (_, text) => /^(RIFF[\s\S]{4}WAVE|ID3|OggS|fLaC)/.test(text) },
  { name: 'a JPEG 2000 file outside DICOM', matches: (bytes) => startsWith(bytes, 0xff, 0x4f, 0xff, 0x51) },
  { name: 'a JPEG 2000 file outside DICOM', matches: (bytes, text) => bytes[3] === 12 && text.slice(4, 8) === 'jP  ' },
  { name: 'a NIfTI volume', matches: (_, text) => /^(n\+1|ni1)\0/.test(text.slice(344, 348)) },
  // CMS EnvelopedData (RFC 5652), which PS3.15 uses to encrypt whole DICOM files.
  {
    name: 'an encrypted file',
    matches: (bytes, text) => bytes[0] === 0x30 && text.slice(0, 32).includes('\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03'),
  },
  {
    name: 'an SVG drawing',
    matches: (_, text) => /^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/i.test(text),
  },
  {
    name: 'a web page',
    matches: (_, text) => /^\s*(<!--[\s\S]*?-->\s*)*<(!doctype html|html|head|body|script)/i.test(text),
  },
  { name: 'a program', matches: (_, text) => /^(MZ|\x7fELF|#!)/.test(text) },
];

/** Text: no control bytes other than line ends and tabs in the first kilobyte. */
function looksLikeText(text: string): boolean {
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (code < 32 && code !== 9 && code !== 10 && code !== 13) return false;
  }
  return true;
}

/**
 * The kind of an image file. Throws `image-empty` for no bytes and `image-unsupported`, naming what the file is instead.
 */
export function recogniseKind(bytes: Uint8Array): ImageKind {
  if (bytes.length === 0) throw new CxrError('image-empty', 'This file is empty: it holds no bytes at all.');
  // Before TIFF: a DICOM file's preamble may hold a TIFF header (PS3.10 7.1).
  if (isDicom(bytes)) return 'dicom';
  if (startsWith(bytes, 0x89, 0x50, 0x4e, 0x47)) return 'png';
  if (startsWith(bytes, 0xff, 0xd8)) return 'jpeg';
  const text = ascii(bytes, 0, 1024).replace(/^\xef\xbb\xbf/, '');
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (startsWith(bytes, 0x49, 0x49, 0x2a, 0) || startsWith(bytes, 0x4d, 0x4d, 0, 0x2a)) return 'tiff';
  if (startsWith(bytes, 0x49, 0x49, 0x2b, 0) || startsWith(bytes, 0x4d, 0x4d, 0, 0x2b)) return 'tiff';
  const foreign = FOREIGN.find((candidate) => candidate.matches(bytes, text));
  const name = foreign?.name ?? (looksLikeText(text) ? 'a text file' : 'of a kind that is not known here');
  throw new CxrError('image-unsupported', `This file is ${name}; please send ${READ_KINDS}.`);
}
