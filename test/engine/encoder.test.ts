// The encoder on real files and a real (toy) ONNX model: outputs, gate, abort, concurrency.
import { existsSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEncoder, type Encoder } from '../../engine/encoder.ts';
import { openEncoderThread } from '../../engine/encoder-thread.ts';
import { haveSamples, readSample, SAMPLE } from '../support/samples.ts';
import { toyBundle } from '../support/toy-encoder.ts';

/** A picture with structure, dark left half and bright right half, that passes the cheap checks. */
async function gradientPng(width: number, height: number): Promise<Uint8Array> {
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => Math.round(((i % width) / (width - 1)) * 255));
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}

describe('createEncoder', () => {
  let encoder: Encoder;
  beforeAll(async () => {
    encoder = await createEncoder(toyBundle(), { backend: 'cpu', threads: 1 });
  });
  afterAll(() => encoder.close());

  it('gives tokens, findings and a normalised attention map by the manifest', async () => {
    const image = await encoder.encode(await gradientPng(128, 128));
    expect(image).toMatchObject({ width: 128, height: 128, kind: 'png', isChestRadiograph: true, gateScore: null });
    expect(image.imageTokens).toHaveLength(4);
    expect(image.imageTokens[0]).toBeCloseTo(0.5, 2);
    expect(image.findings[0]).toMatchObject({ name: 'effusion', assessed: true, threshold: 0.4 });
    expect(image.findings[0]?.probability).toBeCloseTo(0.5, 2);
    expect(image.attention?.values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });

  it('shows a finding as not assessed where the model gives NaN or the bundle never assesses it', async () => {
    const { findings } = await encoder.encode(await gradientPng(128, 128));
    expect(findings[1]).toEqual({
      name: 'edema',
      label: 'pulmonary edema',
      assessed: false,
      probability: null,
      threshold: null,
    });
    expect(findings[2]).toMatchObject({ name: 'mass', assessed: false, probability: null });
  });

  it('says where the input square lies on the display picture, for crop and for pad', async () => {
    const wide = await encoder.encode(await gradientPng(2048, 1024));
    expect(wide.display).toMatchObject({ width: 1024, height: 512 });
    expect(wide.inputSquare).toEqual({ left: 256, top: 0, side: 512 });
    const padding = await createEncoder(toyBundle({ fit: 'pad' }), { backend: 'cpu', threads: 1 });
    const padded = await padding.encode(await gradientPng(2048, 1024));
    expect(padded.inputSquare).toEqual({ left: 0, top: -256, side: 1024 });
    expect(padded.imageTokens[0]).toBeCloseTo(0.25, 2);
    await padding.close();
  });

  it('runs many encodes at once with equal results', async () => {
    const bytes = await gradientPng(300, 200);
    const images = await Promise.all(Array.from({ length: 8 }, () => encoder.encode(bytes)));
    for (const image of images) expect(image.imageTokens).toEqual(images[0]?.imageTokens);
  });

  it('stops on an abort signal with the code aborted', async () => {
    await expect(encoder.encode(await gradientPng(64, 64), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('refuses what the gate scores too low, unless forced, and then says so', async () => {
    const gated = await createEncoder(toyBundle({ withGate: true, gateThreshold: 0.8 }), {
      backend: 'cpu',
      threads: 1,
    });
    const bytes = await gradientPng(128, 128);
    await expect(gated.encode(bytes)).rejects.toMatchObject({ code: 'image-not-chest' });
    const forced = await gated.encode(bytes, { force: true });
    expect(forced.isChestRadiograph).toBe(false);
    expect(forced.gateScore).toBeCloseTo(0.5, 2);
    expect(forced.warnings.join(' ')).toContain('does not look like a chest radiograph');
    await gated.close();
  });

  it('tells the person when the film is only turned or inverted', async () => {
    // The toy gate is the mean grey, so a dark picture is "a chest" once black and white are exchanged.
    const gated = await createEncoder(toyBundle({ withGate: true, gateThreshold: 0.7 }), {
      backend: 'cpu',
      threads: 1,
    });
    const dark = Uint8Array.from({ length: 64 * 64 }, (_, i) => Math.round((i % 64) * 1.2));
    const png = await sharp(dark, { raw: { width: 64, height: 64, channels: 1 } })
      .png()
      .toBuffer();
    await expect(gated.encode(png)).rejects.toMatchObject({
      code: 'image-not-chest',
      message: expect.stringMatching(/^Black and white seem to be exchanged; .* send it again\.$/),
    });
    await gated.close();
  });

  it('falls back to the CPU with a logged reason where the wanted backend is missing', async () => {
    const lines: unknown[] = [];
    const other = await createEncoder(toyBundle(), {
      backend: 'dml',
      log: (message, detail) => lines.push([message, detail]),
    });
    expect(other.backend).toBe('cpu');
    expect(JSON.stringify(lines)).toMatch(/dml (is not part of|failed to start)/);
    await other.close();
  });

  it('names the size that the model does not take', async () => {
    const bundle = toyBundle();
    bundle.manifest.encoder.size += 32;
    await expect(createEncoder(bundle, { backend: 'cpu' })).rejects.toMatchObject({
      code: 'bundle-invalid',
      message: expect.stringMatching(/encoder\.size say .* but the encoder file takes/),
    });
  });

  it('names what the model lacks when it does not fit the manifest', async () => {
    const bundle = toyBundle();
    bundle.manifest.encoder.outputs.attention = 'heat';
    await expect(createEncoder(bundle, { backend: 'cpu' })).rejects.toMatchObject({
      code: 'bundle-invalid',
      message: expect.stringContaining('heat'),
    });
  });

  it.skipIf(!haveSamples)('encodes every real sample: PNG, JPEG and DICOM', async () => {
    for (const name of SAMPLE.all) {
      const image = await encoder.encode(readSample(name));
      expect(image.kind).toBe(name.endsWith('.dcm') ? 'dicom' : name.endsWith('.png') ? 'png' : 'jpeg');
      expect(image.imageTokens[0]).toBeGreaterThan(0.2);
      expect(image.imageTokens[0]).toBeLessThan(0.8);
      expect(Math.max(image.display.width, image.display.height)).toBeLessThanOrEqual(1024);
    }
  });
});

describe('an encoder in a thread of its own', () => {
  const isBuilt = existsSync(new URL('../../dist/engine/encoder-worker.js', import.meta.url));
  if (!isBuilt) console.warn('Skipped: no build here, so the encoder thread is not tested; npm run build.');

  it.skipIf(!isBuilt)('gives the same as in the calling thread', async () => {
    const here = await createEncoder(toyBundle(), { backend: 'cpu', threads: 1 });
    const lines: Record<string, unknown>[] = [];
    const there = await createEncoder(toyBundle(), {
      backend: 'cpu',
      threads: 1,
      thread: 'own',
      log: (_, detail) => lines.push(detail),
    });
    expect(lines).toEqual([expect.objectContaining({ backend: 'cpu', thread: 'own' })]);
    const bytes = await gradientPng(600, 500);
    const images = await Promise.all([here.encode(bytes), there.encode(bytes), there.encode(bytes)]);
    const [first, ...others] = images.map(({ encodeMs: _, ...rest }) => rest);
    for (const other of others) expect(other).toEqual(first);
    await Promise.all([here.close(), there.close()]);
  });

  it.skipIf(!isBuilt)('hands refusals over whole, stops when told so, and ends when closed', async () => {
    const encoder = await createEncoder(toyBundle(), { backend: 'cpu', thread: 'own' });
    await expect(encoder.encode(new TextEncoder().encode('%PDF-1.7'))).rejects.toMatchObject({
      name: 'CxrError',
      code: 'image-unsupported',
      message: expect.stringContaining('PDF'),
    });
    const controller = new AbortController();
    const stopped = encoder.encode(await gradientPng(900, 900), { signal: controller.signal });
    controller.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    expect((await encoder.encode(await gradientPng(64, 64))).width).toBe(64);
    await encoder.close();
    await expect(encoder.encode(await gradientPng(64, 64))).rejects.toMatchObject({
      message: 'The encoder is closed.',
    });
  });

  it.skipIf(!isBuilt)('fails the images of a thread that dies, and reads the next ones in another', async () => {
    const built = new URL('../../dist/engine/encoder-worker.js', import.meta.url);
    // The built worker, and one message that kills its thread, as running out of memory would.
    const mortal = `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ bytes }) => { if (bytes?.length === 3) process.exit(3); });
      await import(${JSON.stringify(built.href)});`;
    const opened: unknown[] = [];
    const encoder = await openEncoderThread(
      new URL(`data:text/javascript,${encodeURIComponent(mortal)}`),
      toyBundle(),
      { backend: 'cpu', log: (message) => opened.push(message) },
    );
    const film = await gradientPng(64, 64);
    const failed = await Promise.allSettled([encoder.encode(film), encoder.encode(new Uint8Array(3))]);
    expect(failed[1]).toMatchObject({ status: 'rejected', reason: { message: 'The encoder stopped working.' } });
    const images = await Promise.all([encoder.encode(film), encoder.encode(film)]);
    expect(images.map(({ width }) => width)).toEqual([64, 64]);
    expect(opened).toHaveLength(2);
    await encoder.close();
  });

  it.skipIf(!isBuilt)('fails to open with the reason of the model', async () => {
    const bundle = toyBundle();
    bundle.manifest.encoder.outputs.attention = 'heat';
    await expect(createEncoder(bundle, { thread: 'own' })).rejects.toMatchObject({
      code: 'bundle-invalid',
      message: expect.stringContaining('heat'),
    });
  });
});
