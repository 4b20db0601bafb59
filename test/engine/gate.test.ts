// The shipped gate on real films, phantoms, turned films and everything else, through the product's own decoding and scaling.
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../../engine/bundle.ts';
import { createEncoder, type Encoder } from '../../engine/encoder.ts';
import { drawPhantom, PHANTOM_KINDS } from '../../engine/phantom.ts';
import { haveSamples, readSample, SAMPLE } from '../support/samples.ts';
import { availableBundle } from '../support/started-program.ts';

const dir = availableBundle();
if (dir === null) console.warn('Skipped: no models/micro and no BUNDLE_DIR, so the gate has no weights here.');

describe.skipIf(dir === null)('the gate of the shipped bundle', () => {
  let encoder: Encoder;
  beforeAll(async () => {
    const bundle = await openBundle(dir ?? '');
    if (bundle.manifest.encoder.outputs.gate === undefined) throw new Error('The shipped bundle has no gate.');
    encoder = await createEncoder(bundle, { backend: 'cpu', threads: 1 });
  });
  afterAll(() => encoder.close());

  it('accepts every phantom', async () => {
    for (const kind of PHANTOM_KINDS) {
      for (const seed of [1, 2]) {
        const image = await encoder.encode(await drawPhantom({ kind, seed, size: 512 }));
        expect(image.isChestRadiograph, `${kind} ${seed}: ${image.gateScore}`).toBe(true);
      }
    }
  });

  it.skipIf(!haveSamples)('accepts every real sample, also small, framed and tinted', async () => {
    for (const name of SAMPLE.all) {
      const image = await encoder.encode(readSample(name));
      expect(image.isChestRadiograph, `${name}: ${image.gateScore}`).toBe(true);
    }
    const film = sharp(readSample(SAMPLE.normal));
    const photographed = film
      .clone()
      .resize(700)
      .extend({ top: 60, bottom: 40, left: 90, right: 50, background: '#222' })
      .tint('#a8b8d8');
    expect((await encoder.encode(await photographed.jpeg({ quality: 60 }).toBuffer())).isChestRadiograph).toBe(true);
    expect((await encoder.encode(await film.clone().resize(200).jpeg().toBuffer())).isChestRadiograph).toBe(true);
  });

  it.skipIf(!haveSamples)('refuses a film on its side, upside down or inverted, and says which', async () => {
    const film = sharp(readSample(SAMPLE.normal));
    const cases: [Sharp, string][] = [
      [film.clone().rotate(90), 'on its side'],
      [film.clone().rotate(180), 'upside down'],
      [film.clone().rotate(270), 'on its side'],
      [film.clone().negate(), 'exchanged'],
    ];
    for (const [turned, words] of cases) {
      await expect(encoder.encode(await turned.png().toBuffer())).rejects.toMatchObject({
        code: 'image-not-chest',
        message: expect.stringContaining(words),
      });
    }
  });

  it('refuses drawings, gradients and discs', async () => {
    const svg = (body: string) =>
      sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400">${body}</svg>`))
        .png()
        .toBuffer();
    const ramp = `<defs><linearGradient id="g"><stop offset="0"/><stop offset="1" stop-color="#fff"/></linearGradient></defs><rect width="400" height="400" fill="url(#g)"/>`;
    const lungs = `<rect width="400" height="400" fill="#999"/><ellipse cx="130" cy="200" rx="60" ry="130" fill="#222"/><ellipse cx="270" cy="200" rx="60" ry="130" fill="#222"/>`;
    for (const body of [ramp, lungs]) {
      await expect(encoder.encode(await svg(body))).rejects.toMatchObject({ code: 'image-not-chest' });
    }
  });
});
