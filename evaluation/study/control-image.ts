// Images without the patient: blank and noise, of the size of the original, as PNG bytes that go the same way as any upload.
import sharp from 'sharp';
import { seededRandom } from '../../engine/seeded-random.ts';

/** Mid-grey, `width` × `height`. */
export async function blankImage(width: number, height: number): Promise<Uint8Array> {
  return sharp({ create: { width, height, channels: 3, background: { r: 128, g: 128, b: 128 } } })
    .grayscale()
    .png()
    .toBuffer();
}

/** Independent uniform grey values, fixed by `seed`. */
export async function noiseImage(width: number, height: number, seed: number): Promise<Uint8Array> {
  const random = seededRandom(seed);
  const pixels = Uint8Array.from({ length: width * height }, () => Math.floor(random() * 256));
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}
