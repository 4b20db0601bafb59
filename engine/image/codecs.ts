// Codestreams inside DICOM → samples. Sizes are read from the codestream's own header first, so that no decoder is asked for a picture that the file does not declare.
import { CxrError } from '../error.ts';
import type { PixelFormat, Samples } from './dicom-frame.ts';
import { corrupt, truncated } from './structure.ts';

export type Codec = 'jpeg' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000';

interface CodestreamSize {
  /** Marker of the frame header; null in JPEG 2000, which has none. */
  frame: number | null;
  width: number;
  height: number;
  components: number;
  bits: number;
}

/** SOF3: lossless, Huffman-coded (T.81 table B.1). */
const LOSSLESS_FRAME = 0xc3;

/** SOF of JPEG (T.81 B.2.2) and JPEG-LS (T.87 C.2.2). */
function jpegSize(bytes: Uint8Array): CodestreamSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 10 <= bytes.length) {
    if (bytes[at] !== 0xff) throw corrupt('dicom');
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
    if (isFrame) {
      return {
        frame: marker,
        bits: bytes[at + 4] ?? 0,
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        components: bytes[at + 9] ?? 0,
      };
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw truncated('dicom');
}

/** SIZ of JPEG 2000 (T.800 A.5.1), right after SOC; a JP2 box around it (outside the standard, but seen) is skipped over. */
function jpeg2000Size(bytes: Uint8Array): CodestreamSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 44 <= bytes.length; at++) {
    if (view.getUint32(at) !== 0xff4fff51) continue;
    return {
      frame: null,
      width: view.getUint32(at + 8) - view.getUint32(at + 16),
      height: view.getUint32(at + 12) - view.getUint32(at + 20),
      components: view.getUint16(at + 40),
      bits: ((bytes[at + 42] ?? 0) & 0x7f) + 1,
    };
  }
  throw corrupt('dicom');
}

/** EOI within the last bytes, padding aside: without it a decoder would fill what is missing with grey. */
function endsProperly(bytes: Uint8Array): boolean {
  for (let i = bytes.length - 2; i >= Math.max(0, bytes.length - 64); i--) {
    if (bytes[i] === 0xff && bytes[i + 1] === 0xd9) return true;
  }
  return false;
}

/** A new object for each module: Emscripten makes the module out of the one it is given. */
const silent = () => ({ print: () => {}, printErr: () => {} });

type WasmCodec = Exclude<Codec, 'jpeg-lossless'>;

const load: Record<WasmCodec, () => Promise<new () => CornerstoneDecoder>> = {
  jpeg: async () => {
    const { default: factory } = await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs');
    return (await factory(silent())).JPEGDecoder;
  },
  'jpeg-ls': async () => {
    const { default: factory } = await import('@cornerstonejs/codec-charls/decodewasmjs');
    return (await factory(silent())).JpegLSDecoder;
  },
  'jpeg-2000': async () => {
    const { default: factory } = await import('@cornerstonejs/codec-openjpeg/decodewasmjs');
    return (await factory(silent())).J2KDecoder;
  },
};

/** Each module is loaded when the first file needs it, and anew after a failure: an aborted WebAssembly program may not be used again. */
const loaded = new Map<WasmCodec, Promise<new () => CornerstoneDecoder>>();

async function decodeLossless(bytes: Uint8Array): Promise<Samples> {
  const { Decoder } = await import('jpeg-lossless-decoder-js');
  const copy = new Uint8Array(bytes);
  return new Decoder().decode(copy.buffer, 0, copy.length);
}

async function decodeWasm(codec: WasmCodec, bytes: Uint8Array): Promise<Samples> {
  const loading = loaded.get(codec) ?? load[codec]();
  loaded.set(codec, loading);
  try {
    const decoder = new (await loading)();
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const copy = new Uint8Array(decoder.getDecodedBuffer());
    const isDeep = decoder.getFrameInfo().bitsPerSample > 8;
    decoder.delete();
    return isDeep ? new Uint16Array(copy.buffer) : copy;
  } catch (error) {
    loaded.delete(codec);
    throw error;
  }
}

/** Samples of one codestream, components interleaved, colour as RGB. Throws `image-corrupt|truncated|unsupported`. */
export async function decodeCodestream(codec: Codec, bytes: Uint8Array, format: PixelFormat): Promise<Samples> {
  const size = codec === 'jpeg-2000' ? jpeg2000Size(bytes) : jpegSize(bytes);
  if (size.width !== format.columns || size.height !== format.rows || size.components !== format.samplesPerPixel) {
    throw corrupt('dicom');
  }
  // Deeper samples than the file allocates would all be cut to black; a decoder for lossless JPEG makes rubbish of a lossy one, without a word.
  if (size.bits > format.bitsAllocated) throw corrupt('dicom');
  if (codec === 'jpeg-lossless' && size.frame !== LOSSLESS_FRAME) throw corrupt('dicom');
  if (codec === 'jpeg' && size.bits !== 8) {
    throw new CxrError(
      'image-unsupported',
      'This DICOM file holds 12-bit lossy JPEG, which is not read here; please export it uncompressed or as JPEG 2000.',
    );
  }
  if (codec !== 'jpeg-2000' && !endsProperly(bytes)) throw truncated('dicom');
  try {
    return await (codec === 'jpeg-lossless' ? decodeLossless(bytes) : decodeWasm(codec, bytes));
  } catch {
    // Messages of the WebAssembly decoders are pointers, not sentences; there is nothing in them to keep.
    throw corrupt('dicom');
  }
}
