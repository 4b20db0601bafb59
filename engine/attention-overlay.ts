// The attention map as a coloured layer over the film: perceptually even colours, transparent where there is little attention.
import type { EncodedImage } from './engine.ts';

/** Anchors of matplotlib's `inferno` (CC0) from a quarter of its range on: the darkest part is invisible on a film. */
const COLOURS: readonly (readonly [number, number, number])[] = [
  [87, 16, 110],
  [120, 28, 109],
  [155, 41, 100],
  [188, 55, 84],
  [217, 76, 56],
  [237, 105, 37],
  [249, 142, 9],
  [251, 182, 26],
  [246, 217, 70],
  [252, 255, 164],
];

const MAX_OPACITY = 0.62;

/** Colour (sRGB, 0 … 255) and opacity (0 … 1) of an attention value in [0, 1] relative to the map's highest. */
export function attentionColour(value: number): { rgb: [number, number, number]; opacity: number } {
  const t = Math.max(0, Math.min(1, value));
  const position = t * (COLOURS.length - 1);
  const low = COLOURS[Math.floor(position)] ?? [0, 0, 0];
  const high = COLOURS[Math.min(COLOURS.length - 1, Math.floor(position) + 1)] ?? low;
  const part = position - Math.floor(position);
  const mix = (channel: 0 | 1 | 2) => Math.round(low[channel] + (high[channel] - low[channel]) * part);
  // Smoothstep from a tenth on: the film stays bare where the model hardly looked.
  const rise = Math.max(0, Math.min(1, (t - 0.1) / 0.6));
  return { rgb: [mix(0), mix(1), mix(2)], opacity: MAX_OPACITY * rise * rise * (3 - 2 * rise) };
}

/** One row or column of a smooth (Catmull-Rom) interpolation: source index and weights for four neighbours. */
function neighbours(position: number, size: number): { index: number[]; weight: number[] } {
  const base = Math.floor(position);
  const t = position - base;
  const weight = [
    ((-0.5 * t + 1) * t - 0.5) * t,
    (1.5 * t - 2.5) * t * t + 1,
    ((-1.5 * t + 2) * t + 0.5) * t,
    (0.5 * t - 0.5) * t * t,
  ];
  return { index: [-1, 0, 1, 2].map((step) => Math.max(0, Math.min(size - 1, base + step))), weight };
}

/** RGBA pixels of the size of `display`; fully transparent outside the encoder's square. Null where there is no map. */
export function attentionPixels(image: Pick<EncodedImage, 'attention' | 'display' | 'inputSquare'>): Uint8Array | null {
  const { attention, display, inputSquare } = image;
  if (!attention) return null;
  const highest = attention.values.reduce((most, value) => Math.max(most, value), 0);
  const palette = Array.from({ length: 256 }, (_, i) => attentionColour(i / 255));
  const out = new Uint8Array(display.width * display.height * 4);
  const columns = Array.from({ length: display.width }, (_, x) =>
    neighbours(((x + 0.5 - inputSquare.left) / inputSquare.side) * attention.width - 0.5, attention.width),
  );
  for (let y = 0; y < display.height; y++) {
    const v = (y + 0.5 - inputSquare.top) / inputSquare.side;
    if (v < 0 || v >= 1) continue;
    const row = neighbours(v * attention.height - 0.5, attention.height);
    const line = new Float32Array(attention.width);
    for (let k = 0; k < 4; k++) {
      const start = (row.index[k] ?? 0) * attention.width;
      for (let x = 0; x < attention.width; x++) {
        line[x] = (line[x] ?? 0) + (row.weight[k] ?? 0) * (attention.values[start + x] ?? 0);
      }
    }
    for (let x = 0; x < display.width; x++) {
      const u = (x + 0.5 - inputSquare.left) / inputSquare.side;
      const column = columns[x];
      if (u < 0 || u >= 1 || !column) continue;
      let value = 0;
      for (let k = 0; k < 4; k++) value += (column.weight[k] ?? 0) * (line[column.index[k] ?? 0] ?? 0);
      const shade = palette[Math.max(0, Math.min(255, Math.round((value / (highest || 1)) * 255)))];
      if (!shade) continue;
      out.set([...shade.rgb, Math.round(shade.opacity * 255)], (y * display.width + x) * 4);
    }
  }
  return out;
}
