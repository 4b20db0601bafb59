// Writes language.gguf tensor by tensor in pieces of a few million numbers, and goes on where an interrupted run stopped.
import { open, stat } from 'node:fs/promises';
import { type GgufMetadata, type GgufTensorType, ggufHeader, ggufPadding, ggufTensorBytes } from '../gguf.ts';
import { encodeBfloats, encodeHalves } from './floats.ts';
import type { Ggml } from './ggml.ts';
import { type LanguageTensor, rotaryRows } from './language-gguf.ts';

/** Numbers handled at once: 32 MB as float32. */
const PIECE_NUMBERS = 8 * 1024 * 1024;
/** Pieces quantised at the same time; each runs on a thread of its own. */
const PARALLEL_PIECES = 2;

export interface LanguageFileOptions {
  metadata: GgufMetadata;
  tensors: readonly LanguageTensor[];
  headWidth: number;
  read(source: string, from: number, count: number): Promise<Float32Array>;
  /** Needed for quantised formats only; loaded when the first such tensor comes. */
  ggml(): Ggml;
  /** Called with the bytes written since the last call. */
  progress(bytes: number): void;
}

async function encode(
  values: Float32Array,
  columns: number,
  type: GgufTensorType,
  ggml: () => Ggml,
): Promise<Uint8Array> {
  if (type === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (type === 'F16') return new Uint8Array(encodeHalves(values).buffer);
  if (type === 'BF16') return new Uint8Array(encodeBfloats(values).buffer);
  return ggml().quantize(type, values, columns);
}

/** First and last row of each piece; pieces of rotary matrices hold whole heads. */
function pieces(tensor: LanguageTensor, headWidth: number): { from: number; count: number }[] {
  const unit = tensor.rotaryHeads === undefined ? 1 : headWidth;
  const rows = Math.max(unit, Math.floor(PIECE_NUMBERS / tensor.columns / unit) * unit);
  const result: { from: number; count: number }[] = [];
  for (let from = 0; from < tensor.rows; from += rows) result.push({ from, count: Math.min(rows, tensor.rows - from) });
  return result;
}

/**
 * Writes the file at `path`. A file left there by an interrupted run of the same plan is continued behind its last complete
 * tensor. The caller makes sure that the plan is the same, and gives the file its final name afterwards.
 */
export async function writeLanguageFile(path: string, options: LanguageFileOptions): Promise<void> {
  const { tensors, headWidth } = options;
  const header = await ggufHeader(options.metadata, tensors);
  const present = (await stat(path).catch(() => undefined))?.size ?? 0;
  let end = header.length;
  let first = 0;
  for (const tensor of tensors) {
    const bytes = ggufTensorBytes(tensor.type, tensor.shape);
    const next = end + bytes + ggufPadding(bytes);
    if (next > present) break;
    end = next;
    first += 1;
  }
  const file = await open(path, present > 0 ? 'r+' : 'w', 0o600);
  try {
    await file.truncate(first > 0 ? end : 0);
    if (first === 0) await file.write(header, 0, header.length, 0);
    options.progress(end);
    for (const tensor of tensors.slice(first)) {
      const bytes = ggufTensorBytes(tensor.type, tensor.shape);
      end += await writeTensor(tensor);
      const padding = new Uint8Array(ggufPadding(bytes));
      await file.write(padding, 0, padding.length, end);
      end += padding.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }

  async function writeTensor(tensor: LanguageTensor): Promise<number> {
    const all = pieces(tensor, headWidth);
    let written = 0;
    for (let index = 0; index < all.length; index += PARALLEL_PIECES) {
      const encoded = await Promise.all(
        all.slice(index, index + PARALLEL_PIECES).map((piece) => encodePiece(tensor, piece)),
      );
      for (const bytes of encoded) {
        await file.write(bytes, 0, bytes.length, end + written);
        written += bytes.length;
        options.progress(bytes.length);
      }
    }
    return written;
  }

  async function encodePiece(tensor: LanguageTensor, { from, count }: { from: number; count: number }) {
    const values = await options.read(tensor.source, from, count);
    const ordered = tensor.rotaryHeads === undefined ? values : rotaryRows(values, headWidth, tensor.columns);
    return encode(ordered, tensor.columns, tensor.type, options.ggml);
  }
}
