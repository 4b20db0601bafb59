// Intake of ordinary picture files: every kind, depth and orientation that people send.
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../engine/image/decode.ts';

const [WIDTH, HEIGHT] = [40, 30];

function ramp(max: number): Uint16Array {
  return Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => Math.round((i / (WIDTH * HEIGHT - 1)) * max));
}

function grey8() {
  return sharp(Uint8Array.from(ramp(255)), { raw: { width: WIDTH, height: HEIGHT, channels: 1 } });
}

function grey16(max = 65535) {
  return sharp(ramp(max), { raw: { width: WIDTH, height: HEIGHT, channels: 1 } }).toColourspace('grey16');
}

function rgb(pixel: (i: number) => [number, number, number]) {
  const data = Uint8Array.from(Array.from({ length: WIDTH * HEIGHT }, (_, i) => pixel(i)).flat());
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

describe('decodeImage', () => {
  it.each([
    ['png', () => grey8().png()],
    ['jpeg', () => grey8().jpeg({ quality: 95 })],
    ['webp', () => grey8().webp({ lossless: true })],
    ['tiff', () => grey8().tiff({ compression: 'lzw' })],
  ] as const)('reads 8-bit grey %s', async (kind, make) => {
    const image = await decodeImage(await make().toBuffer());
    expect(image).toMatchObject({ kind, width: WIDTH, height: HEIGHT, otherModality: null, warnings: [] });
    const expected = ramp(255);
    image.grey.forEach((value, i) => {
      expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThan(kind === 'jpeg' || kind === 'webp' ? 4 : 0.01);
    });
  });

  it.each([
    ['png', () => grey16().png()],
    ['tiff', () => grey16().tiff({ compression: 'none' })],
  ] as const)('keeps the depth of 16-bit %s', async (kind, make) => {
    const image = await decodeImage(await make().toBuffer());
    expect(image.kind).toBe(kind);
    const steps = new Set(image.grey);
    expect(steps.size).toBeGreaterThan(1100);
    expect(image.grey[600]).toBeCloseTo(((ramp(65535)[600] ?? 0) / 65535) * 255, 3);
  });

  it('stretches 12-bit values in a 16-bit file and says so', async () => {
    const image = await decodeImage(await grey16(4095).png().toBuffer());
    expect(image.grey[WIDTH * HEIGHT - 1]).toBeCloseTo(255, 2);
    expect(image.warnings).toEqual([expect.stringContaining('12-bit')]);
  });

  it('reads colour as Pillow does (BT.601) and tells a tint from a colour photograph', async () => {
    const tinted = await decodeImage(
      await rgb((i) => [i % 200, i % 200, (i % 200) + 40])
        .png()
        .toBuffer(),
    );
    expect(tinted.grey[100]).toBeCloseTo(0.299 * 100 + 0.587 * 100 + 0.114 * 140, 3);
    expect(tinted.colour.hueSpread).toBeLessThan(0.05);
    const photo = await decodeImage(
      await rgb((i) => [(i * 7) % 256, (i * 13) % 256, (i * 29) % 256])
        .png()
        .toBuffer(),
    );
    expect(photo.colour.chroma).toBeGreaterThan(0.2);
    expect(photo.colour.hueSpread).toBeGreaterThan(0.5);
  });

  it('lays transparency on black', async () => {
    const data = new Uint8Array(WIDTH * HEIGHT * 4).fill(255);
    data[3] = 0;
    const png = await sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })
      .png()
      .toBuffer();
    const image = await decodeImage(png);
    expect(image.grey[0]).toBe(0);
    expect(image.grey[1]).toBe(255);
  });

  it('turns the picture as its EXIF orientation says', async () => {
    const jpeg = await grey8().jpeg().withMetadata({ orientation: 6 }).toBuffer();
    const image = await decodeImage(jpeg);
    expect(image).toMatchObject({ width: HEIGHT, height: WIDTH });
    // Orientation 6: the first stored row becomes the right column.
    expect(image.grey[HEIGHT - 1]).toBeLessThan(20);
    expect(image.grey[0]).toBeGreaterThan(200);
  });

  it('reads palette, 16-bit colour and CMYK files', async () => {
    const palette = await decodeImage(await grey8().png({ palette: true }).toBuffer());
    expect(Math.abs((palette.grey[600] ?? 0) - 128)).toBeLessThan(6);
    const deep = await decodeImage(
      await rgb(() => [200, 100, 50])
        .toColourspace('rgb16')
        .png()
        .toBuffer(),
    );
    expect(deep.grey[0]).toBeCloseTo(0.299 * 200 + 0.587 * 100 + 0.114 * 50, 0);
    const cmyk = await decodeImage(
      await rgb(() => [120, 120, 120])
        .toColourspace('cmyk')
        .jpeg()
        .toBuffer(),
    );
    expect(Math.abs((cmyk.grey[0] ?? 0) - 120)).toBeLessThan(25);
  });

  it('goes by the bytes, not by a name: the kind is what the content is', async () => {
    expect((await decodeImage(await grey8().tiff().toBuffer())).kind).toBe('tiff');
    expect((await decodeImage(await grey8().png().toBuffer())).kind).toBe('png');
  });
});
