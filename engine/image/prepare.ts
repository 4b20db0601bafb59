// Decoded film → the encoder's input tensor, the display picture, and where the one lies on the other.
import type { BundleManifest } from '../bundle-manifest.ts';
import type { EncodedImage, GreyImage } from '../engine.ts';
import { resample } from './resample.ts';

const DISPLAY_MAX_SIDE = 1024;

interface Film {
  width: number;
  height: number;
  grey: Float32Array;
}

/**
 * Float32 [1, channels, size, size], (pixel/255 − mean)/std, by the manifest's `fit`: `crop` scales the shortest edge to
 * `size` and takes the centre; `pad` scales the longest and centres the film on black. Sizes are rounded down as
 * torchvision and Hugging Face's image processors do.
 */
export function encoderInput(film: Film, encoder: BundleManifest['encoder']): Float32Array {
  const square = encoder.fit === 'crop' ? cropped(film, encoder.size) : padded(film, encoder.size);
  const area = encoder.size * encoder.size;
  const tensor = new Float32Array(encoder.channels * area);
  for (let channel = 0; channel < encoder.channels; channel++) {
    const mean = encoder.mean[channel] ?? 0;
    const std = encoder.std[channel] ?? 1;
    for (let i = 0; i < area; i++) tensor[channel * area + i] = ((square[i] ?? 0) / 255 - mean) / std;
  }
  return tensor;
}

function cropped(film: Film, size: number): Float32Array {
  const short = Math.min(film.width, film.height);
  const target = {
    width: Math.floor((film.width * size) / short),
    height: Math.floor((film.height * size) / short),
  };
  const left = Math.floor((target.width - size) / 2);
  const top = Math.floor((target.height - size) / 2);
  return resample(film.grey, film, target, { left, top, width: size, height: size });
}

function padded(film: Film, size: number): Float32Array {
  const long = Math.max(film.width, film.height);
  const width = Math.max(1, Math.floor((film.width * size) / long));
  const height = Math.max(1, Math.floor((film.height * size) / long));
  const scaled = resample(film.grey, film, { width, height });
  const square = new Float32Array(size * size);
  const left = Math.floor((size - width) / 2);
  const top = Math.floor((size - height) / 2);
  for (let y = 0; y < height; y++) {
    square.set(scaled.subarray(y * width, (y + 1) * width), (top + y) * size + left);
  }
  return square;
}

/** 8-bit grey for display, longest side at most 1024 px, never enlarged. */
export function displayPicture(film: Film): GreyImage {
  const scale = Math.min(1, DISPLAY_MAX_SIDE / Math.max(film.width, film.height));
  const width = Math.max(1, Math.round(film.width * scale));
  const height = Math.max(1, Math.round(film.height * scale));
  const grey = scale === 1 ? film.grey : resample(film.grey, film, { width, height });
  const pixels = new Uint8Array(width * height);
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.round(grey[i] ?? 0);
  return { width, height, pixels };
}

/** Where the encoder's square lies on the display picture, in display pixels. */
export function squareOnDisplay(display: GreyImage, fit: 'crop' | 'pad'): EncodedImage['inputSquare'] {
  const side = fit === 'crop' ? Math.min(display.width, display.height) : Math.max(display.width, display.height);
  return { left: (display.width - side) / 2, top: (display.height - side) / 2, side };
}
