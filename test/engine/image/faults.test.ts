// Every way in which a file can be no readable film: one code, one plain sentence, and nothing of the file's text in the error.
import { deflateRawSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { CxrError } from '../../../engine/error.ts';
import { decodeImage } from '../../../engine/image/decode.ts';
import { encodeFrame } from '../../support/dicom-encoders.ts';
import { dicomFile, encodeRle, imagePixelModule } from '../../support/dicom-file.ts';

async function refusal(bytes: Uint8Array, options = {}): Promise<CxrError> {
  const error = await decodeImage(bytes, options).catch((thrown: unknown) => thrown);
  if (!(error instanceof CxrError)) throw new Error(`expected a CxrError, got ${String(error)}`);
  expect(error.message).toMatch(/^[A-Z].*\.$/s);
  expect(error.message.split('\n')).toHaveLength(1);
  return error;
}

const text = (content: string) => new TextEncoder().encode(content);

function picture(width = 64, height = 48) {
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => (i * 31) % 251);
  return sharp(pixels, { raw: { width, height, channels: 1 } });
}

describe('files that are no image', () => {
  it.each([
    ['nothing', new Uint8Array(0), 'image-empty', 'empty'],
    ['a PDF', text('%PDF-1.7\n1 0 obj'), 'image-unsupported', 'PDF'],
    ['a ZIP', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0), 'image-unsupported', 'ZIP'],
    ['a web page', text('<!DOCTYPE html><html><body>'), 'image-unsupported', 'web page'],
    ['an SVG', text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'), 'image-unsupported', 'SVG'],
    ['a video', Buffer.from('\0\0\0\x20ftypisom\0\0\0\0', 'latin1'), 'image-unsupported', 'video'],
    ['a HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0', 'latin1'), 'image-unsupported', 'HEIC'],
    ['a GIF', text('GIF89a\x01\0\x01\0'), 'image-unsupported', 'GIF'],
    ['text', text('Patient Doe, John: chest pain'), 'image-unsupported', 'text'],
    ['random bytes', Uint8Array.from({ length: 400 }, (_, i) => (i * 73 + 5) % 256), 'image-unsupported', 'not known'],
    ['one byte', Uint8Array.of(0x89), 'image-unsupported', ''],
  ])('%s', async (_, bytes, code, word) => {
    const error = await refusal(new Uint8Array(bytes));
    expect(error.code).toBe(code);
    expect(error.message).toContain(word);
    expect(JSON.stringify([error.message, error.detail, String(error.cause)])).not.toContain('Doe');
  });
});

describe('damaged pictures', () => {
  it.each([
    ['png', () => picture().png().toBuffer()],
    ['jpeg', () => picture().jpeg().toBuffer()],
    ['webp', () => picture().webp().toBuffer()],
    ['tiff', () => picture().tiff({ compression: 'none' }).toBuffer()],
  ] as const)('%s cut short at any place is refused as cut short or damaged', async (_, make) => {
    const whole = await make();
    for (const share of [0.02, 0.1, 0.5, 0.9, 0.99]) {
      const error = await refusal(whole.subarray(0, Math.floor(whole.length * share)));
      expect(['image-truncated', 'image-corrupt', 'image-unsupported']).toContain(error.code);
      if (share >= 0.5) expect(error.code).not.toBe('image-unsupported');
    }
  });

  it('a PNG with a broken checksum in its data is damaged', async () => {
    const png = new Uint8Array(await picture().png().toBuffer());
    const at = Buffer.from(png).indexOf('IDAT') + 20;
    png[at] = (png[at] ?? 0) ^ 0xff;
    expect((await refusal(png)).code).toBe('image-corrupt');
  });

  it.each([false, true])(
    'a JPEG with a hole in its data and its end in place is damaged (progressive: %s)',
    async (progressive) => {
      const whole = await picture(256, 256).jpeg({ progressive }).toBuffer();
      const middle = whole.length >> 1;
      const holed = Buffer.from(whole).fill(0, middle, middle + 4000);
      expect((await refusal(holed)).code).toBe('image-corrupt');
      const closed = Buffer.concat([whole.subarray(0, middle), Buffer.from([0xff, 0xd9])]);
      expect((await refusal(closed)).code).toBe('image-corrupt');
    },
  );

  it('a JPEG with stray bytes between its data and its end is read: no pixel is missing', async () => {
    const whole = await picture(256, 256).jpeg().toBuffer();
    const stray = Buffer.concat([whole.subarray(0, -2), Buffer.alloc(12, 7), whole.subarray(-2)]);
    expect((await decodeImage(stray)).grey).toEqual((await decodeImage(whole)).grey);
  });

  it('a JPEG header followed by rubbish is damaged', async () => {
    const bytes = new Uint8Array(600).fill(0x41);
    bytes.set([0xff, 0xd8, 0xff, 0xe0, 0, 16]);
    expect((await refusal(bytes)).code).toBe('image-corrupt');
  });
});

describe('limits, before decoding', () => {
  it('more bytes than allowed', async () => {
    const error = await refusal(new Uint8Array(2048), { maxBytes: 1024 });
    expect(error.code).toBe('image-too-large');
  });

  it('a decompression bomb: a small PNG that says 30000 × 30000', async () => {
    const png = new Uint8Array(await picture(8, 8).png().toBuffer());
    const view = new DataView(png.buffer, png.byteOffset);
    view.setUint32(16, 30000);
    view.setUint32(20, 30000);
    view.setUint32(29, crc32(png.subarray(12, 29)));
    const started = performance.now();
    const error = await refusal(png);
    expect(error.code).toBe('image-too-many-pixels');
    expect(error.message).toContain('30000 × 30000');
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('a real bomb: 42 million pixels of one tone in a few kilobytes', async () => {
    const bomb = await sharp({ create: { width: 7000, height: 6000, channels: 3, background: '#777' } })
      .png({ compressionLevel: 2 })
      .toBuffer();
    expect((await refusal(bomb)).code).toBe('image-too-many-pixels');
  });

  it('a deflated DICOM file that unpacks without end', async () => {
    const file = dicomFile(imagePixelModule({ rows: 4, columns: 4, bitsAllocated: 8 }), {
      transferSyntax: '1.2.840.10008.1.2.1.99',
      pixels: new Uint8Array(16),
    });
    const headerEnd = 132 + 12 + 8 + 22;
    const bomb = Buffer.concat([file.subarray(0, headerEnd), deflateRawSync(Buffer.alloc(60_000_000))]);
    const error = await refusal(new Uint8Array(bomb), { maxPixels: 1_000_000, maxBytes: 2_000_000 });
    expect(error.code).toBe('image-too-many-pixels');
  });

  it('a DICOM file that claims more pixels than allowed', async () => {
    const file = dicomFile(imagePixelModule({ rows: 60000, columns: 60000, bitsAllocated: 16 }), {
      pixels: new Uint8Array(64),
    });
    expect((await refusal(file)).code).toBe('image-too-many-pixels');
  });
});

describe('more than one picture', () => {
  const frames = () =>
    sharp(new Uint8Array(64 * 96).fill(90), { raw: { width: 64, height: 96, channels: 1, pageHeight: 48 } });

  it('an animated WebP', async () => {
    const two = new Uint8Array(64 * 96 * 3).map((_, i) => (i < 64 * 48 * 3 ? 10 : (i * 7) % 250));
    const webp = await sharp(two, { raw: { width: 64, height: 96, channels: 3, pageHeight: 48 } })
      .webp({ loop: 0 })
      .toBuffer();
    expect((await refusal(webp)).code).toBe('image-animated');
  });

  it('an animated PNG', async () => {
    const png = await picture().png().toBuffer();
    const control = Buffer.alloc(20);
    control.writeUInt32BE(8, 0);
    control.write('acTL', 4, 'latin1');
    control.writeUInt32BE(3, 8);
    control.writeUInt32BE(crc32(control.subarray(4, 16)), 16);
    const apng = Buffer.concat([png.subarray(0, 33), control, png.subarray(33)]);
    const error = await refusal(new Uint8Array(apng));
    expect(error.code).toBe('image-animated');
    expect(error.message).toContain('3 frames');
  });

  it('a TIFF of several pages', async () => {
    const tiff = await frames().tiff({ compression: 'none' }).toBuffer();
    const pages = (await sharp(tiff).metadata()).pages ?? 1;
    expect(pages).toBe(2);
    expect((await refusal(tiff)).code).toBe('image-animated');
  });

  it('a multi-frame DICOM file', async () => {
    const file = dicomFile(
      [...imagePixelModule({ rows: 8, columns: 8, bitsAllocated: 8 }), [0x0028, 0x0008, 'IS', '12']],
      { pixels: new Uint8Array(64 * 12) },
    );
    const error = await refusal(file);
    expect(error.code).toBe('image-animated');
    expect(error.message).toContain('12 frames');
  });
});

describe('random damage', () => {
  const size = { width: 48, height: 36 };
  const samples = Uint16Array.from({ length: 48 * 36 }, (_, i) => (i * 53) % 4096);
  const module = imagePixelModule({ rows: 36, columns: 48, bitsAllocated: 16, bitsStored: 12 });
  const inDicom = async (transferSyntax: string, codestream: Promise<Uint8Array> | Uint8Array) =>
    dicomFile(module, { transferSyntax, codestream: await codestream });

  it.each([
    ['png', () => picture().png().toBuffer()],
    ['jpeg', () => picture().jpeg({ progressive: true }).toBuffer()],
    ['webp', () => picture().webp().toBuffer()],
    ['tiff', () => picture().tiff({ compression: 'lzw' }).toBuffer()],
    ['DICOM, RLE', () => inDicom('1.2.840.10008.1.2.5', encodeRle(samples))],
    [
      'DICOM, JPEG-LS',
      () => inDicom('1.2.840.10008.1.2.4.80', encodeFrame('jpeg-ls', samples, { ...size, bitsStored: 12 })),
    ],
    [
      'DICOM, JPEG 2000',
      () => inDicom('1.2.840.10008.1.2.4.90', encodeFrame('jpeg-2000', samples, { ...size, bitsStored: 12 })),
    ],
  ] as const)('in a %s gives a picture or a refusal, never another error', async (_, make) => {
    const whole = new Uint8Array(await make());
    let state = 12345;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 40; round++) {
      const damaged = whole.slice();
      for (let i = 0; i < 4; i++) damaged[random(damaged.length)] = random(256);
      const outcome = await decodeImage(damaged).catch((error: unknown) => error);
      if (outcome instanceof CxrError) expect(outcome.code).toMatch(/^image-/);
      else expect(outcome).toHaveProperty('grey');
    }
    expect(await decodeImage(whole)).toHaveProperty('grey');
  });
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
