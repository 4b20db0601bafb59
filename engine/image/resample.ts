// Bicubic resampling with antialiasing as Pillow does it (a = −0.5, support widened by the scale), in floating point, so that 16-bit films keep their depth.

/** Keys' cubic convolution kernel with a = −0.5. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2;
  return 0;
}

interface Taps {
  /** Source positions are `first[i]` … `first[i] + count − 1`. */
  first: Int32Array;
  count: number;
  /** outputs × count, each row sums to 1. */
  weights: Float32Array;
}

/** Weights of one axis for outputs `from` … `from + length − 1` of a picture scaled from `source` to `target` samples. */
function axisTaps(source: number, target: number, from: number, length: number): Taps {
  const scale = source / target;
  const filterScale = Math.max(1, scale);
  const support = 2 * filterScale;
  const count = Math.min(source, Math.ceil(support) * 2 + 1);
  const first = new Int32Array(length);
  const weights = new Float32Array(length * count);
  for (let i = 0; i < length; i++) {
    const centre = (from + i + 0.5) * scale;
    const low = Math.max(0, Math.floor(centre - support + 0.5));
    const high = Math.min(source, Math.floor(centre + support + 0.5));
    const start = Math.min(low, source - count);
    first[i] = start;
    let sum = 0;
    for (let j = low; j < high; j++) {
      const weight = cubic((j - centre + 0.5) / filterScale);
      weights[i * count + j - start] = weight;
      sum += weight;
    }
    for (let j = 0; j < count; j++) weights[i * count + j] = (weights[i * count + j] ?? 0) / sum;
  }
  return { first, count, weights };
}

export interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Scales a grey picture to `target` and returns its part `region` (in target pixels, inside it); values are clipped
 * to [0, 255] as Pillow clips them, but not rounded.
 */
export function resample(
  grey: Float32Array,
  source: { width: number; height: number },
  target: { width: number; height: number },
  region: Region = { left: 0, top: 0, ...target },
): Float32Array {
  const columns = axisTaps(source.width, target.width, region.left, region.width);
  const rows = axisTaps(source.height, target.height, region.top, region.height);
  const firstRow = rows.first[0] ?? 0;
  const lastRow = (rows.first[region.height - 1] ?? 0) + rows.count;
  const narrow = new Float32Array((lastRow - firstRow) * region.width);
  for (let y = firstRow; y < lastRow; y++) {
    const line = y * source.width;
    for (let x = 0; x < region.width; x++) {
      const start = line + (columns.first[x] ?? 0);
      const at = x * columns.count;
      let sum = 0;
      for (let k = 0; k < columns.count; k++) sum += (grey[start + k] as number) * (columns.weights[at + k] as number);
      narrow[(y - firstRow) * region.width + x] = Math.max(0, Math.min(255, sum));
    }
  }
  const out = new Float32Array(region.width * region.height);
  for (let y = 0; y < region.height; y++) {
    const top = ((rows.first[y] ?? 0) - firstRow) * region.width;
    for (let k = 0; k < rows.count; k++) {
      const weight = rows.weights[y * rows.count + k] as number;
      if (weight === 0) continue;
      const line = top + k * region.width;
      for (let x = 0; x < region.width; x++) {
        out[y * region.width + x] = (out[y * region.width + x] as number) + weight * (narrow[line + x] as number);
      }
    }
  }
  for (let i = 0; i < out.length; i++) out[i] = Math.max(0, Math.min(255, out[i] as number));
  return out;
}
