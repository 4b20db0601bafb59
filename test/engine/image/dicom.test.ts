// DICOM: every transfer syntax with real encoders, every way to say what is bright, and nothing of the patient in any result or error.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CxrError } from '../../../engine/error.ts';
import { decodeImage } from '../../../engine/image/decode.ts';
import { encodeFrame } from '../../support/dicom-encoders.ts';
import { dicomFile, type Element, encodeRle, imagePixelModule } from '../../support/dicom-file.ts';
import { haveSamples, readSample, SAMPLE } from '../../support/samples.ts';

const [WIDTH, HEIGHT] = [48, 36];
const PATIENT: Element[] = [
  [0x0008, 0x0020, 'DA', '19991231'],
  [0x0010, 0x0010, 'PN', 'Zyx^Confidential'],
  [0x0010, 0x0020, 'LO', 'ID-424242'],
];

/** 12-bit film: a smooth ramp with a bright disc. */
function film12(): Uint16Array {
  return Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    return Math.hypot(x - 20, y - 15) < 8 ? 3900 : Math.round((i / (WIDTH * HEIGHT)) * 3000) + 100;
  });
}

const module12 = (overrides = {}) =>
  imagePixelModule({ rows: HEIGHT, columns: WIDTH, bitsAllocated: 16, bitsStored: 12, ...overrides });

function bytesOf(samples: Uint16Array): Uint8Array {
  return new Uint8Array(samples.buffer.slice(0));
}

async function uncompressed(extra: Element[] = [], samples = film12(), overrides = {}): Promise<Float32Array> {
  const file = dicomFile([...PATIENT, ...module12(overrides), ...extra], { pixels: bytesOf(samples) });
  return (await decodeImage(file)).grey;
}

describe('transfer syntaxes', () => {
  it.each([
    ['implicit little endian', '1.2.840.10008.1.2'],
    ['explicit little endian', '1.2.840.10008.1.2.1'],
    ['explicit big endian', '1.2.840.10008.1.2.2'],
    ['deflated', '1.2.840.10008.1.2.1.99'],
  ])('%s', async (_, transferSyntax) => {
    const pixels = Buffer.from(bytesOf(film12()));
    if (transferSyntax.endsWith('.2.2')) pixels.swap16();
    const image = await decodeImage(dicomFile([...PATIENT, ...module12()], { transferSyntax, pixels }));
    expect(image).toMatchObject({ kind: 'dicom', width: WIDTH, height: HEIGHT });
    expect(image.grey).toEqual(await uncompressed());
  });

  it.each([
    ['RLE', '1.2.840.10008.1.2.5', async () => encodeRle(film12())],
    ['JPEG-LS', '1.2.840.10008.1.2.4.80', () => packed('jpeg-ls')],
    ['JPEG 2000', '1.2.840.10008.1.2.4.90', () => packed('jpeg-2000')],
  ] as const)('%s, lossless, equals uncompressed', async (_, transferSyntax, encode) => {
    const file = dicomFile([...PATIENT, ...module12()], { transferSyntax, codestream: await encode() });
    expect((await decodeImage(file)).grey).toEqual(await uncompressed());
  });

  it('JPEG baseline is close to what was encoded', async () => {
    const samples = Uint8Array.from(film12(), (value) => value >> 4);
    const codestream = await encodeFrame('jpeg', samples, { width: WIDTH, height: HEIGHT, bitsStored: 8 });
    const file = dicomFile([...PATIENT, ...imagePixelModule({ rows: HEIGHT, columns: WIDTH, bitsAllocated: 8 })], {
      transferSyntax: '1.2.840.10008.1.2.4.50',
      codestream,
    });
    const { grey } = await decodeImage(file);
    const worst = samples.reduce((most, value, i) => Math.max(most, Math.abs(value - (grey[i] ?? 0))), 0);
    expect(worst).toBeLessThan(40);
    expect(grey.reduce((sum, value, i) => sum + Math.abs(value - (samples[i] ?? 0)), 0) / grey.length).toBeLessThan(4);
  });

  const lossless = join(
    dirname(createRequire(import.meta.url).resolve('jpeg-lossless-decoder-js/package.json')),
    'tests/data',
  );

  it.skipIf(!existsSync(lossless))('JPEG lossless: seven predictors, one picture', async () => {
    const files = readdirSync(lossless).filter((name) => /sel[1-7]\.dcm$/.test(name));
    const images = await Promise.all(
      files.map(async (name) => (await decodeImage(new Uint8Array(readFileSync(join(lossless, name))))).grey),
    );
    expect(images).toHaveLength(7);
    for (const grey of images) expect(isSame(grey, images[0])).toBe(true);
    expect(new Set(images[0]).size).toBeGreaterThan(50);
  });

  it('reads a file without preamble', async () => {
    const file = dicomFile([...PATIENT, ...module12()], { pixels: bytesOf(film12()) });
    const bare = file.subarray(132 + 12 + 8 + 20);
    expect((await decodeImage(bare)).grey).toEqual(await uncompressed());
  });
});

/** Compared as bytes: a matcher takes a minute for a million pixels. */
function isSame(a: Float32Array, b: Float32Array | undefined): boolean {
  return b !== undefined && Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;
}

function packed(codec: 'jpeg-ls' | 'jpeg-2000'): Promise<Uint8Array> {
  return encodeFrame(codec, film12(), { width: WIDTH, height: HEIGHT, bitsStored: 12 });
}

describe('what is bright', () => {
  const window = (centre: string, width: string, shape?: string): Element[] => [
    [0x0028, 0x1050, 'DS', centre],
    [0x0028, 0x1051, 'DS', width],
    ...(shape ? [[0x0028, 0x1056, 'CS', shape] as const] : []),
  ];
  const at = (grey: Float32Array, value: number) => grey[film12().indexOf(value)] ?? Number.NaN;
  const some = film12()[700] ?? 0;

  it('LINEAR window, the first of several', async () => {
    const grey = await uncompressed(window('1500\\99', '1001\\3'));
    expect(at(grey, some)).toBeCloseTo(Math.min(255, Math.max(0, ((some - 1499.5) / 1000 + 0.5) * 255)), 3);
    expect(at(grey, 3900)).toBe(255);
    expect(grey[0]).toBe(0);
  });

  it('LINEAR_EXACT and SIGMOID', async () => {
    const exact = await uncompressed(window('1500', '1000', 'LINEAR_EXACT'));
    expect(at(exact, some)).toBeCloseTo(((some - 1500) / 1000 + 0.5) * 255, 3);
    const sigmoid = await uncompressed(window('1500', '1000', 'SIGMOID'));
    expect(at(sigmoid, some)).toBeCloseTo(255 / (1 + Math.exp((-4 * (some - 1500)) / 1000)), 3);
  });

  it('rescale slope and intercept come before the window', async () => {
    const plain = await uncompressed(window('1500', '1001'));
    const scaled = await uncompressed([
      ...window('2000', '2001'),
      [0x0028, 0x1053, 'DS', '2'],
      [0x0028, 0x1052, 'DS', '-1000'],
    ]);
    expect(at(scaled, some)).toBeCloseTo(at(plain, some), 0);
  });

  it('a VOI LUT sequence goes before a window', async () => {
    const entries = 4096;
    const table = new Uint16Array(entries).map((_, i) => 4095 - i);
    const grey = await uncompressed([
      ...window('1500', '1001'),
      [
        0x0028,
        0x3010,
        'SQ',
        [
          [
            [0x0028, 0x3002, 'US', [entries, 0, 12]],
            [0x0028, 0x3006, 'OW', bytesOf(table)],
          ],
        ],
      ],
    ]);
    expect(at(grey, some)).toBeCloseTo(((4095 - some) / 4095) * 255, 3);
  });

  it('percentiles where the file says nothing, and where its window shows nothing', async () => {
    const grey = await uncompressed();
    expect(Math.min(...grey)).toBe(0);
    expect(Math.max(...grey)).toBe(255);
    const file = dicomFile([...module12(), ...window('30000', '10')], { pixels: bytesOf(film12()) });
    const image = await decodeImage(file);
    expect(image.grey).toEqual(grey);
    expect(image.warnings).toEqual([expect.stringContaining('window')]);
  });

  it('MONOCHROME1 is inverted', async () => {
    const normal = await uncompressed(window('1500', '3001'));
    const inverted = await uncompressed(window('1500', '3001'), film12(), { photometric: 'MONOCHROME1' });
    normal.forEach((value, i) => {
      expect(inverted[i]).toBeCloseTo(255 - value, 3);
    });
  });

  it('signed values, and overlay bits above the stored ones', async () => {
    const signed = film12().map((value) => (value - 2000) & 0xffff);
    const grey = await uncompressed(window('-500', '3001'), signed, { isSigned: true, bitsStored: 16 });
    expect(grey).toEqual(await uncompressed(window('1500', '3001')));
    const withOverlay = film12().map((value, i) => value | (i % 3 === 0 ? 0x8000 : 0));
    expect(await uncompressed([], withOverlay)).toEqual(await uncompressed());
  });

  it('pixel padding is black and does not disturb the percentiles', async () => {
    const samples = film12();
    samples.fill(4095, 0, 400);
    const grey = await uncompressed([[0x0028, 0x0120, 'US', 4095]], samples);
    expect(grey.subarray(0, 400).every((value) => value === 0)).toBe(true);
    expect(at(grey, 3900)).toBe(255);
  });

  it('Presentation LUT Shape goes before the photometric interpretation', async () => {
    const of = (photometric: string, shape?: string) =>
      uncompressed([...window('1500', '3001'), ...(shape ? [[0x2050, 0x0020, 'CS', shape] as const] : [])], film12(), {
        photometric,
      });
    const inverse = await of('MONOCHROME1');
    expect(await of('MONOCHROME2', 'INVERSE')).toEqual(inverse);
    expect(await of('MONOCHROME1', 'INVERSE')).toEqual(inverse);
    expect(await of('MONOCHROME1', 'IDENTITY')).toEqual(await of('MONOCHROME2'));
  });

  it.each(['NaN', 'none', '1e400', '1e300'])('a rescale of %s counts as none', async (text) => {
    const plain = await uncompressed(window('1500', '3001'));
    expect(await uncompressed([...window('1500', '3001'), [0x0028, 0x1052, 'DS', text]])).toEqual(plain);
    expect(await uncompressed([...window('1500', '3001'), [0x0028, 0x1053, 'DS', text]])).toEqual(plain);
  });

  it.each([0, 8, 12])('a VOI LUT that states %i bits for entries of 12', async (bits) => {
    const table = new Uint16Array(4096).map((_, i) => i);
    const item: Element[] = [
      [0x0028, 0x3002, 'US', [4096, 0, bits]],
      [0x0028, 0x3006, 'OW', bytesOf(table)],
    ];
    const grey = await uncompressed([[0x0028, 0x3010, 'SQ', [item]]]);
    expect(at(grey, some)).toBeCloseTo((some / 4095) * 255, 3);
  });

  it('colour, by pixel and by plane, RGB and YBR', async () => {
    const rgb = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => [200, 100, 50][i % 3] ?? 0);
    const planes = new Uint8Array(rgb.length).map((_, i) => [200, 100, 50][Math.floor(i / (WIDTH * HEIGHT))] ?? 0);
    const luma = 0.299 * 200 + 0.587 * 100 + 0.114 * 50;
    const read = async (pixels: Uint8Array, overrides: object) =>
      (
        await decodeImage(
          dicomFile(
            imagePixelModule({
              rows: HEIGHT,
              columns: WIDTH,
              bitsAllocated: 8,
              samplesPerPixel: 3,
              photometric: 'RGB',
              ...overrides,
            }),
            { pixels },
          ),
        )
      ).grey[77];
    expect(await read(rgb, {})).toBeCloseTo(luma, 3);
    expect(await read(planes, { isPlanar: true })).toBeCloseTo(luma, 3);
    const ybr = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => [124, 86, 182][i % 3] ?? 0);
    expect(await read(ybr, { photometric: 'YBR_FULL' })).toBeCloseTo(124, -0.5);
  });
});

describe('refusals', () => {
  async function refusal(file: Uint8Array): Promise<CxrError> {
    const error = await decodeImage(file).catch((thrown: unknown) => thrown);
    if (!(error instanceof CxrError)) throw new Error('expected a CxrError');
    const everything = JSON.stringify([error.message, error.detail, error.stack, String(error.cause)]);
    expect(everything).not.toMatch(/Zyx|Confidential|424242|19991231/);
    return error;
  }

  it('cut short, compressed or not', async () => {
    const plain = dicomFile([...PATIENT, ...module12()], { pixels: bytesOf(film12()) });
    const jpeg2000 = dicomFile([...PATIENT, ...module12()], {
      transferSyntax: '1.2.840.10008.1.2.4.90',
      codestream: await packed('jpeg-2000'),
    });
    for (const file of [plain, jpeg2000]) {
      for (const share of [0.4, 0.7, 0.95]) {
        expect((await refusal(file.subarray(0, Math.floor(file.length * share)))).code).toBe('image-truncated');
      }
    }
  });

  it('a codestream of another size than the file declares', async () => {
    const file = dicomFile(
      [...PATIENT, ...imagePixelModule({ rows: 99, columns: 99, bitsAllocated: 16, bitsStored: 12 })],
      {
        transferSyntax: '1.2.840.10008.1.2.4.80',
        codestream: await packed('jpeg-ls'),
      },
    );
    expect((await refusal(file)).code).toBe('image-corrupt');
  });

  it('a codestream of another kind or deeper than the file says, and fragments that should be none', async () => {
    const film8 = Uint8Array.from(film12(), (value) => value >> 4);
    const size = { width: WIDTH, height: HEIGHT };
    const module8 = imagePixelModule({ rows: HEIGHT, columns: WIDTH, bitsAllocated: 8 });
    const files: [string, Uint8Array, Element[]][] = [
      ['1.2.840.10008.1.2.4.70', await encodeFrame('jpeg', film8, { ...size, bitsStored: 8 }), module8],
      ['1.2.840.10008.1.2.4.80', await packed('jpeg-ls'), module8],
      ['1.2.840.10008.1.2.4.90', await packed('jpeg-2000'), module8],
      ['1.2.840.10008.1.2.1', bytesOf(film12()), module12()],
    ];
    for (const [transferSyntax, codestream, module] of files) {
      const file = dicomFile([...PATIENT, ...module], { transferSyntax, codestream });
      expect([transferSyntax, (await refusal(file)).code]).toEqual([transferSyntax, 'image-corrupt']);
    }
  });

  it('damaged codestreams', async () => {
    for (const [codec, transferSyntax] of [
      ['jpeg-ls', '1.2.840.10008.1.2.4.80'],
      ['jpeg-2000', '1.2.840.10008.1.2.4.90'],
    ] as const) {
      const codestream = await packed(codec);
      codestream.fill(0xaa, 8, 60);
      const file = dicomFile([...PATIENT, ...module12()], { transferSyntax, codestream });
      expect(['image-corrupt', 'image-truncated']).toContain((await refusal(file)).code);
    }
  });

  it('a PDF in a DICOM coat, a report, a video, an unknown compression', async () => {
    const pdf = dicomFile([...PATIENT, [0x0042, 0x0011, 'OB', new TextEncoder().encode('%PDF-1.4 ')]], {});
    expect((await refusal(pdf)).message).toContain('document');
    expect((await refusal(dicomFile(PATIENT, {}))).message).toContain('no image');
    const video = dicomFile([...PATIENT, ...module12()], {
      transferSyntax: '1.2.840.10008.1.2.4.102',
      codestream: new Uint8Array(64),
    });
    expect((await refusal(video)).code).toBe('image-unsupported');
  });

  it('an encrypted file', async () => {
    const envelope = Uint8Array.of(0x30, 0x80, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3, 0xa0);
    expect((await refusal(envelope)).message).toContain('encrypted');
  });

  it('names another modality for the gate, which decides', async () => {
    const file = dicomFile([...module12(), [0x0008, 0x0060, 'CS', 'CT']], { pixels: bytesOf(film12()) });
    expect((await decodeImage(file)).otherModality).toBe('a CT slice');
  });
});

describe.skipIf(!haveSamples)('the real film', () => {
  it('reads the JPEG baseline CR as it is, and every re-encoding of it gives the same picture', async () => {
    const real = await decodeImage(readSample(SAMPLE.dicom));
    expect(real).toMatchObject({ kind: 'dicom', width: 1024, height: 1024, otherModality: null });
    const samples = Uint8Array.from(real.grey);
    const size = { width: 1024, height: 1024, bitsStored: 8 };
    const module = imagePixelModule({ rows: 1024, columns: 1024, bitsAllocated: 8 });
    const variants: [string, Uint8Array][] = [
      ['1.2.840.10008.1.2.5', encodeRle(samples)],
      ['1.2.840.10008.1.2.4.80', await encodeFrame('jpeg-ls', samples, size)],
      ['1.2.840.10008.1.2.4.90', await encodeFrame('jpeg-2000', samples, size)],
    ];
    for (const [transferSyntax, codestream] of variants) {
      const again = await decodeImage(dicomFile(module, { transferSyntax, codestream }));
      expect(isSame(again.grey, real.grey), transferSyntax).toBe(true);
    }
  });
});
