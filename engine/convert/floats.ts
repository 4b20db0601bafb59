// Number formats of published checkpoints, to and from float32; rounding is to nearest, ties to even, as PyTorch and ggml do.

/** Formats a checkpoint's tensors may have, with their bytes per number. */
export const CHECKPOINT_DTYPES = { F32: 4, F16: 2, BF16: 2 } as const;
export type CheckpointDtype = keyof typeof CHECKPOINT_DTYPES;

function buildHalfTable(): Float32Array {
  const table = new Float32Array(1 << 16);
  for (let bits = 0; bits < table.length; bits += 1) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) table[bits] = fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}

let halfTable: Float32Array | undefined;

/** Decodes little-endian numbers of a checkpoint into float32 (exact for every format). */
export function decodeFloats(dtype: CheckpointDtype, bytes: Uint8Array): Float32Array {
  // A Node.js Buffer may lie anywhere in a larger one, and its own `slice` would not move it.
  const aligned = bytes.byteOffset % CHECKPOINT_DTYPES[dtype] === 0 ? bytes : new Uint8Array(bytes);
  if (dtype === 'F32') return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
  const words = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
  if (dtype === 'BF16') {
    const bits = new Uint32Array(words.length);
    for (let index = 0; index < words.length; index += 1) bits[index] = (words[index] as number) << 16;
    return new Float32Array(bits.buffer);
  }
  halfTable ??= buildHalfTable();
  const values = new Float32Array(words.length);
  for (let index = 0; index < words.length; index += 1) values[index] = halfTable[words[index] as number] as number;
  return values;
}

/** float32 to IEEE half precision; beyond ±65504 becomes infinity, as in ggml. */
export function encodeHalves(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let index = 0; index < bits.length; index += 1) {
    const word = bits[index] as number;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude >= 0x7f800000) halves[index] = sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
    else if (magnitude >= 0x477ff000) halves[index] = sign | 0x7c00;
    else if (magnitude >= 0x38800000) {
      // Normal: rebias the exponent (127 − 15 = 112), keep ten bits of fraction.
      halves[index] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
    } else {
      // Subnormal: units of 2^-24; the product is exact, so one rounding remains.
      const units = Math.abs(values[index] as number) * 2 ** 24;
      const floor = Math.floor(units);
      const rest = units - floor;
      halves[index] = sign | (floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0));
    }
  }
  return halves;
}

/** float32 to bfloat16. */
export function encodeBfloats(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const words = new Uint16Array(values.length);
  for (let index = 0; index < bits.length; index += 1) {
    const word = bits[index] as number;
    const isNan = (word & 0x7fffffff) > 0x7f800000;
    words[index] = isNan ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return words;
}
