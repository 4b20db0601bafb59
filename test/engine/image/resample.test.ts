// Resampling against Pillow 9.4: `Image.fromarray(a).resize((W, H), Image.BICUBIC)` on 8-bit grey, printed by Pillow and kept here.
import { describe, expect, it } from 'vitest';
import { resample } from '../../../engine/image/resample.ts';

function pattern(width: number, height: number): Float32Array {
  return Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return (x * 37 + y * 91 + ((x * y) % 53)) % 256;
  });
}

const SMALLER = [
  93, 134, 132, 105, 144, 143, 118, 124, 127, 108, 118, 122, 110, 127, 114, 131, 133, 142, 151, 130, 135, 118, 143, 129,
  106, 134, 121, 149, 135, 124, 109, 114, 133, 127, 115, 160, 142, 153, 156, 144, 132, 128, 109, 102, 108, 141, 122,
  135, 147, 121, 129, 104, 114, 145, 153, 141, 125, 124, 139, 139, 144, 144, 141, 142, 141, 143, 150, 143, 144, 118,
];
const LARGER = [
  0, 3, 28, 49, 71, 92, 114, 134, 167, 200, 226, 238, 21, 32, 57, 84, 111, 132, 156, 179, 161, 138, 161, 178, 77, 90,
  116, 145, 172, 194, 223, 250, 149, 30, 51, 74, 142, 161, 184, 136, 99, 122, 153, 178, 119, 49, 81, 106, 179, 203, 224,
  101, 0, 24, 54, 77, 100, 123, 149, 163, 84, 103, 127, 79, 42, 64, 97, 131, 173, 190, 110, 69, 14, 28, 55, 85, 114,
  138, 155, 165, 200, 205, 70, 1, 74, 89, 116, 145, 174, 210, 174, 74, 75, 105, 79, 68, 112, 127, 154, 178, 205, 247,
  181, 21, 2, 46, 87, 109,
];

describe('resample', () => {
  it.each([
    ['smaller, with antialiasing', 23, 17, 10, 7, SMALLER],
    ['larger', 7, 5, 12, 9, LARGER],
  ] as const)('is within one grey level of Pillow: %s', (_, width, height, toWidth, toHeight, expected) => {
    const ours = resample(pattern(width, height), { width, height }, { width: toWidth, height: toHeight });
    expect(ours).toHaveLength(expected.length);
    expected.forEach((level, i) => {
      expect(Math.abs((ours[i] ?? Number.NaN) - level)).toBeLessThanOrEqual(1);
    });
  });

  it('gives the same pixels for a region as for the whole', () => {
    const source = { width: 61, height: 43 };
    const target = { width: 30, height: 21 };
    const whole = resample(pattern(61, 43), source, target);
    const region = resample(pattern(61, 43), source, target, { left: 7, top: 3, width: 11, height: 9 });
    for (let y = 0; y < 9; y++) {
      for (let x = 0; x < 11; x++) expect(region[y * 11 + x]).toBeCloseTo(whole[(y + 3) * 30 + x + 7] ?? Number.NaN, 4);
    }
  });
});
