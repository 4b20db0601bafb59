// Interleaved grey or RGB samples → luminance and a measure of how colourful the picture is.
import type { Colourfulness } from './decode.ts';

/**
 * ITU-R BT.601 luma, as Pillow's `convert("L")` computes it, so that the published preprocessing is met.
 * `scale` brings a sample to 0 … 255; `channels` is 1, or 3 or more (further channels are left out).
 */
export function luminance(
  samples: Uint8Array | Uint16Array,
  channels: number,
  scale: number,
): { grey: Float32Array; colour: Colourfulness } {
  const count = Math.floor(samples.length / channels);
  const grey = new Float32Array(count);
  if (channels < 3) {
    for (let i = 0; i < count; i++) grey[i] = (samples[i * channels] ?? 0) * scale;
    return { grey, colour: { chroma: 0, hueSpread: 0 } };
  }
  let chromaSum = 0;
  let alphaSum = 0;
  let betaSum = 0;
  for (let i = 0, at = 0; i < count; i++, at += channels) {
    const red = samples[at] ?? 0;
    const green = samples[at + 1] ?? 0;
    const blue = samples[at + 2] ?? 0;
    grey[i] = (0.299 * red + 0.587 * green + 0.114 * blue) * scale;
    if (red !== green || green !== blue) {
      // Hue as a vector in the plane of the colour hexagon; its length is the chroma.
      const alpha = red - (green + blue) / 2;
      const beta = (Math.sqrt(3) / 2) * (green - blue);
      alphaSum += alpha;
      betaSum += beta;
      chromaSum += Math.hypot(alpha, beta);
    }
  }
  const chroma = (chromaSum / count / 255) * scale;
  const hueSpread = chromaSum > 0 ? 1 - Math.hypot(alphaSum, betaSum) / chromaSum : 0;
  return { grey, colour: { chroma, hueSpread } };
}
