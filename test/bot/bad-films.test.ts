// Bad files through the core and the real engine (shipped bundle): one plain sentence for the person, a full log line for the operator, and a bot that goes on.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import Keyv from 'keyv';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../engine/engine.ts';
import { openEngine } from '../../engine/open-engine.ts';
import { drawPanel, filmPng, overlaidPng, overlayPng } from '../../engine/panel.ts';
import { drawPhantom } from '../../engine/phantom.ts';
import { labelReport } from '../../labeller/label-report.ts';
import { dicomFile, imagePixelModule } from '../support/dicom-file.ts';
import { startTestBot, type TestBot } from '../support/test-bot.ts';

const BUNDLE = process.env.BUNDLE_DIR ?? resolve(import.meta.dirname, '../../models/micro');
const isShipped = existsSync(BUNDLE);
if (!isShipped) console.warn(`no bundle at ${BUNDLE}: bad films through the real engine are skipped`);

let engine: Engine;
let bot: TestBot;
beforeAll(async () => {
  if (!isShipped) return;
  engine = await openEngine({ bundleDir: BUNDLE, store: new Keyv(), gpu: 'off' });
  const pictures = { panel: drawPanel, film: filmPng, overlay: overlayPng, overlaid: overlaidPng };
  bot = await startTestBot({ supplies: { engine: async () => engine, pictures, label: labelReport } });
});
afterAll(async () => {
  await bot?.close();
  await engine?.close();
});

const film = () => drawPhantom({ kind: 'normal' });

/** A small PNG whose header says 30000 × 30000. */
async function bomb(): Promise<Uint8Array> {
  const png = new Uint8Array(
    await sharp({ create: { width: 8, height: 8, channels: 3, background: '#777' } })
      .png()
      .toBuffer(),
  );
  const view = new DataView(png.buffer, png.byteOffset);
  view.setUint32(16, 30_000);
  view.setUint32(20, 30_000);
  view.setUint32(29, crc32(png.subarray(12, 29)));
  return png;
}

function multiFrame(): Uint8Array {
  const elements = imagePixelModule({ rows: 8, columns: 8, bitsAllocated: 8 });
  return dicomFile([...elements, [0x0028, 0x0008, 'IS', '12']], { pixels: new Uint8Array(64 * 12) });
}

const encryptedPdf = () => new TextEncoder().encode('%PDF-1.7\n1 0 obj << /Encrypt 2 0 R >> endobj\n');

test.skipIf(!isShipped).each([
  ['an empty file', async () => new Uint8Array(0), 'image-empty'],
  ['a truncated film', async () => (await film()).subarray(0, 4_000), 'image-truncated'],
  ['a decompression bomb', bomb, 'image-too-many-pixels'],
  ['a DICOM file of several frames', async () => multiFrame(), 'image-animated'],
  ['an encrypted PDF named .png', async () => encryptedPdf(), 'image-unsupported'],
  [
    'noise',
    async () =>
      sharp(Buffer.from(Array.from({ length: 250_000 }, (_, n) => (n * 7_919 * (n + 3)) % 256)), {
        raw: { width: 500, height: 500, channels: 1 },
      })
        .png()
        .toBuffer(),
    'image-not-chest',
  ],
] as const)('%s is refused in one sentence', { timeout: 120_000 }, async (name, bytes, code) => {
  const thread = `scripted:channel-1:${name.replaceAll(' ', '-')}`;
  const before = bot.logged.length;
  await bot.say({ thread, files: [{ name: 'film.png', bytes: new Uint8Array(await bytes()) }] });
  const [refusal] = await bot.settled(thread, 1);
  expect(refusal?.text).toMatch(/not read/i);
  expect(refusal?.text).not.toMatch(/Error|undefined|\bat .*\.[jt]s/);
  expect(JSON.stringify(bot.logged.slice(before))).toContain(code);
});

test.skipIf(!isShipped)(
  'a 16-bit film is read, and so is the next one after every refusal',
  { timeout: 120_000 },
  async () => {
    const thread = 'scripted:channel-1:sixteen';
    const deep = await sharp(await film())
      .greyscale()
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    await bot.say({ thread, files: [{ name: 'deep.png', bytes: new Uint8Array(deep) }] });
    expect((await bot.settled(thread, 1))[0]?.text).toContain('Not a diagnosis');
  },
);
