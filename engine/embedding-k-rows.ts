// ggml's K formats, dequantised as ggml-quants.c does it: ready-made GGUF files store their embedding rows in them.

/** One block of a quantised row. */
export interface RowFormat {
  blockElements: number;
  blockBytes: number;
  /** Dequantises one block at byte `at` into `out` from `to` on. */
  read(view: DataView, at: number, out: Float32Array, to: number): void;
}

const BLOCK_ELEMENTS = 256;

/** get_scale_min_k4: eight 6-bit scales and eight 6-bit minima packed into twelve bytes at `at`. */
function scaleAndMin(view: DataView, at: number, index: number): [scale: number, min: number] {
  const byte = (offset: number): number => view.getUint8(at + offset);
  if (index < 4) return [byte(index) & 63, byte(index + 4) & 63];
  return [(byte(index + 4) & 0x0f) | ((byte(index - 4) >> 6) << 4), (byte(index + 4) >> 4) | ((byte(index) >> 6) << 4)];
}

type HalfToFloat = (half: number) => number;

/** block_q4_K and block_q5_K: half d, half dmin, 12 bytes of scales, for Q5_K 32 bytes of fifth bits, 128 bytes of nibbles. */
function scaledWithMin(half: HalfToFloat, hasFifthBit: boolean): RowFormat {
  const nibbles = hasFifthBit ? 48 : 16;
  return {
    blockElements: BLOCK_ELEMENTS,
    blockBytes: nibbles + 128,
    read(view, at, out, to) {
      const d = half(view.getUint16(at, true));
      const dmin = half(view.getUint16(at + 2, true));
      for (let group = 0; group < 8; group++) {
        const [scale, min] = scaleAndMin(view, at + 4, group);
        const step = Math.fround(d * scale);
        const offset = Math.fround(dmin * min);
        for (let i = 0; i < 32; i++) {
          const byte = view.getUint8(at + nibbles + (group >> 1) * 32 + i);
          const low = group % 2 === 0 ? byte & 0x0f : byte >> 4;
          const fifth = hasFifthBit ? ((view.getUint8(at + 16 + i) >> group) & 1) * 16 : 0;
          out[to + group * 32 + i] = Math.fround(Math.fround(step * (low + fifth)) - offset);
        }
      }
    },
  };
}

/** block_q6_K: 128 bytes of low nibbles, 64 bytes of upper two bits, 16 signed scales, half d; values minus 32. */
function sixBits(half: HalfToFloat): RowFormat {
  return {
    blockElements: BLOCK_ELEMENTS,
    blockBytes: 210,
    read(view, at, out, to) {
      const d = half(view.getUint16(at + 208, true));
      for (let i = 0; i < BLOCK_ELEMENTS; i++) {
        const part = i >> 7;
        const quarter = (i >> 5) & 3;
        const lane = i & 31;
        const byte = view.getUint8(at + part * 64 + (quarter & 1) * 32 + lane);
        const low = quarter < 2 ? byte & 0x0f : byte >> 4;
        const high = (view.getUint8(at + 128 + part * 32 + lane) >> (quarter * 2)) & 3;
        const scale = view.getInt8(at + 192 + part * 8 + quarter * 2 + (lane >> 4));
        out[to + i] = Math.fround(Math.fround(d * scale) * ((low | (high << 4)) - 32));
      }
    },
  };
}

/** By ggml type number (enum ggml_type in ggml.h). */
export function kRowFormats(half: HalfToFloat): Readonly<Record<number, RowFormat>> {
  return { 12: scaledWithMin(half, false), 13: scaledWithMin(half, true), 14: sixBits(half) };
}
