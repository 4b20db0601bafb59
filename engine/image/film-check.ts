// Cheap, deterministic checks that tell why a picture is no film at all, before the learnt gate judges the rest.
import type { DecodedImage } from './decode.ts';
import { resample } from './resample.ts';

const CHECK_SIDE = 256;
/** Shorter side in pixels: the smallest collection of films that people work with has 64. */
const SMALLEST_SIDE = 48;

/** What a picture certainly is instead of a film, as the middle of "It looks like …, not like a chest radiograph."; null where these checks find nothing. */
export function notAFilm(image: DecodedImage): string | null {
  if (image.otherModality !== null) return image.otherModality;
  const ratio = image.width / image.height;
  if (ratio > 4 || ratio < 0.25) return 'a narrow strip';
  if (Math.min(image.width, image.height) < SMALLEST_SIDE) return 'a thumbnail or an icon';
  const { chroma, hueSpread } = image.colour;
  if (chroma > 0.06 && hueSpread > 0.12) return 'a colour photograph or drawing';
  if (chroma > 0.25) return 'a coloured picture';
  const small = thumbnail(image);
  const statistics = greyStatistics(small.grey);
  if (statistics.deviation < 2.5) return 'a blank picture of one even tone';
  if (statistics.levels >= 0.9) return 'a document, a screenshot or line art';
  if (neighbourCorrelation(small) < 0.35) return 'noise';
  return null;
}

interface Thumbnail {
  width: number;
  height: number;
  grey: Float32Array;
}

function thumbnail(image: DecodedImage): Thumbnail {
  const scale = Math.min(1, CHECK_SIDE / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  return { width, height, grey: scale === 1 ? image.grey : resample(image.grey, image, { width, height }) };
}

/** Standard deviation in grey levels, and the share of pixels within two levels of the two commonest tones. */
function greyStatistics(grey: Float32Array): { deviation: number; levels: number } {
  const histogram = new Float64Array(256);
  let sum = 0;
  let squares = 0;
  for (const value of grey) {
    sum += value;
    squares += value * value;
    const level = Math.min(255, Math.max(0, Math.round(value)));
    histogram[level] = (histogram[level] ?? 0) + 1;
  }
  const mean = sum / grey.length;
  const deviation = Math.sqrt(Math.max(0, squares / grey.length - mean * mean));
  let levels = 0;
  for (let peak = 0; peak < 2; peak++) {
    const top = histogram.indexOf(Math.max(...histogram));
    for (let level = Math.max(0, top - 2); level <= Math.min(255, top + 2); level++) {
      levels += (histogram[level] ?? 0) / grey.length;
      histogram[level] = 0;
    }
  }
  return { deviation, levels };
}

/** Pearson correlation of horizontal and vertical neighbours: near 1 in any picture of something, near 0 in noise. */
function neighbourCorrelation({ width, height, grey }: Thumbnail): number {
  let mean = 0;
  for (const value of grey) mean += value / grey.length;
  let covariance = 0;
  let variance = 0;
  let pairs = 0;
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const here = (grey[y * width + x] ?? 0) - mean;
      covariance += here * ((grey[y * width + x + 1] ?? 0) + (grey[(y + 1) * width + x] ?? 0) - 2 * mean);
      variance += here * here;
      pairs += 1;
    }
  }
  return pairs === 0 || variance === 0 ? 1 : covariance / (2 * variance);
}
