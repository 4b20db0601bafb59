// The finding panel and the viewer's pictures, looked at pixel by pixel where a person would look.
import { spawnSync } from 'node:child_process';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { EncodedImage, Finding } from '../../engine/engine.ts';
import { drawPanel, filmPng, overlaidPng, overlayPng } from '../../engine/panel.ts';
import { lettering } from '../../engine/panel-lettering.ts';

function finding(label: string, probability: number | null): Finding {
  return {
    name: label,
    label,
    assessed: probability !== null,
    probability,
    threshold: probability === null ? null : 0.5,
  };
}

function encoded(overrides: Partial<EncodedImage> = {}): EncodedImage {
  const [width, height] = [200, 100];
  const values = new Float32Array(16).fill(0.01);
  values[5] = 0.85;
  return {
    width: 2000,
    height: 1000,
    kind: 'png',
    isChestRadiograph: true,
    gateScore: null,
    findings: [finding('pleural effusion', 0.9), finding('edema', 0.2), finding('mass', null)],
    imageTokens: new Float32Array(4),
    imageTokenCount: 1,
    attention: { width: 4, height: 4, values },
    display: { width, height, pixels: new Uint8Array(width * height).fill(128) },
    inputSquare: { left: 50, top: 0, side: 100 },
    encodeMs: 1,
    warnings: [],
    ...overrides,
  };
}

interface Raw {
  width: number;
  channels: number;
  data: Buffer;
}

async function raw(png: Uint8Array): Promise<Raw> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, channels: info.channels, data };
}

function pixel({ width, channels, data }: Raw, x: number, y: number): number[] {
  const at = (y * width + x) * channels;
  return [...data.subarray(at, at + channels)];
}

const made = { name: 'toy', version: '1' };
const LIST_LEFT = 716;
const LIST_WIDTH = 532;

describe('drawPanel', () => {
  it('draws bars as long as the probability, in the colour of present or absent', async () => {
    const panel = await raw(await drawPanel(encoded(), made));
    expect(panel.width).toBe(1280);
    const barY = (row: number) => 84 + 12 + row * 68 + 34 + 7;
    const at = (row: number, share: number) => pixel(panel, Math.round(LIST_LEFT + share * LIST_WIDTH), barY(row));
    expect(at(0, 0.85)).toEqual([0xff, 0xb4, 0x54]);
    expect(at(0, 0.95)).toEqual([0x26, 0x31, 0x3a]);
    expect(at(1, 0.15)).toEqual([0x5f, 0xa8, 0xd3]);
    expect(at(1, 0.3)).toEqual([0x26, 0x31, 0x3a]);
    expect(at(1, 0.5)).toEqual([0xee, 0xf2, 0xf5]);
    expect(at(2, 0.3)).toEqual([0x0f, 0x14, 0x18]);
  });

  it('says draft and bundle in letters, without any system font', async () => {
    // A process whose fontconfig knows no font at all must draw the letters all the same.
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="40">${lettering().text('Draft', 0, 30, { size: 24, fill: '#fff' })}</svg>`;
    const child = spawnSync(
      process.execPath,
      [
        '-e',
        `const sharp = require('sharp'); sharp(Buffer.from(process.argv[1])).greyscale().raw().toBuffer().then((b) => console.log(b.filter((v) => v > 128).length));`,
        svg,
      ],
      { env: { ...process.env, FONTCONFIG_FILE: '/dev/null', FONTCONFIG_PATH: '/dev/null' }, encoding: 'utf8' },
    );
    expect(Number(child.stdout)).toBeGreaterThan(200);
    const panel = await raw(await drawPanel(encoded(), made));
    const height = panel.data.length / panel.channels / panel.width;
    const footer = panel.data.subarray((height - 50) * panel.width * panel.channels);
    expect(footer.filter((value) => value > 200).length).toBeGreaterThan(500);
  });

  it('cautions under the film that attention is not the place of a finding, where there is attention', async () => {
    /** Pixels of the caution's colour below the legend. */
    const written = async (image: EncodedImage) => {
      const panel = await raw(await drawPanel(image, made));
      let count = 0;
      for (let y = 450; y < 472; y++)
        for (let x = 32; x < 400; x++) if (pixel(panel, x, y).join() === '255,180,84') count += 1;
      return count;
    };
    expect(await written(encoded())).toBeGreaterThan(300);
    expect(await written(encoded({ attention: null }))).toBe(0);
  });

  it('grows with the number of findings and draws none without a list', async () => {
    const many = Array.from({ length: 18 }, (_, i) =>
      finding(`a finding with a rather long name, number ${i}`, i / 18),
    );
    const tall = await sharp(await drawPanel(encoded({ findings: many }), made)).metadata();
    expect(tall.height).toBeGreaterThan(18 * 68);
    const bare = await drawPanel(encoded({ findings: [], attention: null, isChestRadiograph: false }), made);
    expect((await sharp(bare).metadata()).width).toBe(1280);
  });
});

describe('pictures for viewers', () => {
  it('gives the film as a grey PNG of the display size', async () => {
    const info = await sharp(await filmPng(encoded())).metadata();
    expect(info).toMatchObject({ format: 'png', width: 200, height: 100, channels: 1 });
  });

  it('gives the overlay on the input square only, strongest where the attention is', async () => {
    const png = await overlayPng(encoded());
    if (png === null) throw new Error('no overlay');
    const overlay = await raw(png);
    expect(overlay.channels).toBe(4);
    expect(pixel(overlay, 10, 50)[3]).toBe(0);
    expect(pixel(overlay, 190, 50)[3]).toBe(0);
    expect(pixel(overlay, 50 + 37, 37)[3]).toBeGreaterThan(120);
    expect(pixel(overlay, 50 + 88, 88)[3]).toBeLessThan(10);
  });

  it('lays the overlay on the film: coloured where the attention is, the bare film elsewhere', async () => {
    const png = await overlaidPng(encoded());
    if (png === null) throw new Error('no picture');
    const [laid, film] = [await raw(png), await raw(await filmPng(encoded()))];
    expect(laid.channels).toBe(3);
    const grey = pixel(film, 10, 50)[0];
    expect([...pixel(laid, 10, 50)].slice(0, 3)).toEqual([grey, grey, grey]);
    const [red = 0, , blue = 0] = pixel(laid, 50 + 37, 37);
    expect(red - blue).toBeGreaterThan(40);
  });

  it('gives no overlay where the bundle has no attention map', async () => {
    expect(await overlayPng(encoded({ attention: null }))).toBeNull();
    expect(await overlaidPng(encoded({ attention: null }))).toBeNull();
  });
});

describe('lettering', () => {
  it('shortens a line to the width it has', () => {
    const short = lettering().fit('a very long label of a finding', 120, 22);
    expect(short.endsWith('…')).toBe(true);
    expect(lettering().width(short, 22)).toBeLessThanOrEqual(120);
  });
});
