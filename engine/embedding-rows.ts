// Reads rows of token_embd.weight out of a GGUF file, dequantised exactly as llama.cpp does it (ggml-quants.c); nothing else of the file is read.
import { open } from 'node:fs/promises';
import { kRowFormats, type RowFormat } from './embedding-k-rows.ts';

/** Where and how a matrix lies in a file; `type` is ggml's type number. */
export interface RowSource {
  path: string;
  /** Byte offset of the matrix in the file. */
  offset: number;
  type: number;
  /** Elements of a row. */
  width: number;
  rows: number;
}

const bits = new DataView(new ArrayBuffer(4));

/** IEEE 754 binary16 → number; exact. */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function brainToFloat(value: number): number {
  bits.setUint32(0, value << 16);
  return bits.getFloat32(0);
}

/** By ggml type number (enum ggml_type in ggml.h). */
const FORMATS: Readonly<Record<number, RowFormat>> = {
  ...kRowFormats(halfToFloat),
  0: scalar(4, (view, at) => view.getFloat32(at, true)),
  1: scalar(2, (view, at) => halfToFloat(view.getUint16(at, true))),
  30: scalar(2, (view, at) => brainToFloat(view.getUint16(at, true))),
  2: {
    // block_q4_0: half d; 16 bytes of low nibbles (elements 0–15) and high nibbles (16–31), each minus 8.
    blockElements: 32,
    blockBytes: 18,
    read(view, at, out, to) {
      const scale = halfToFloat(view.getUint16(at, true));
      for (let i = 0; i < 16; i++) {
        const byte = view.getUint8(at + 2 + i);
        out[to + i] = Math.fround(((byte & 0x0f) - 8) * scale);
        out[to + 16 + i] = Math.fround(((byte >> 4) - 8) * scale);
      }
    },
  },
  8: {
    // block_q8_0: half d; 32 signed bytes.
    blockElements: 32,
    blockBytes: 34,
    read(view, at, out, to) {
      const scale = halfToFloat(view.getUint16(at, true));
      for (let i = 0; i < 32; i++) out[to + i] = Math.fround(view.getInt8(at + 2 + i) * scale);
    },
  },
};

function scalar(bytes: number, value: (view: DataView, at: number) => number): RowFormat {
  return {
    blockElements: 1,
    blockBytes: bytes,
    read(view, at, out, to) {
      out[to] = value(view, at);
    },
  };
}

/** True where rows of this ggml type can be read. */
export function readableRowType(type: number): boolean {
  return FORMATS[type] !== undefined;
}

/** The rows `ids` one after another, float32 [ids.length, width]. Throws RangeError for an id outside the matrix or a type that is not readable. */
export async function readRows(source: RowSource, ids: readonly number[]): Promise<Float32Array> {
  const format = FORMATS[source.type];
  if (format === undefined) throw new RangeError(`rows of ggml type ${source.type} cannot be read`);
  const blocks = source.width / format.blockElements;
  const rowBytes = blocks * format.blockBytes;
  const rows = new Float32Array(ids.length * source.width);
  const buffer = Buffer.alloc(rowBytes);
  const view = new DataView(buffer.buffer, buffer.byteOffset, rowBytes);
  const file = await open(source.path, 'r');
  try {
    for (const [index, id] of ids.entries()) {
      if (!(id >= 0 && id < source.rows)) throw new RangeError(`token id ${id} is outside the vocabulary`);
      const { bytesRead } = await file.read(buffer, 0, rowBytes, source.offset + id * rowBytes);
      if (bytesRead !== rowBytes) throw new RangeError(`the file ends inside row ${id}`);
      for (let block = 0; block < blocks; block++) {
        format.read(view, block * format.blockBytes, rows, index * source.width + block * format.blockElements);
      }
    }
  } finally {
    await file.close();
  }
  return rows;
}
