// The core over the real engine (shipped bundle, or the toy bundle where it is absent) with real radiographs where they are: read, discussed, forgotten.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import Keyv from 'keyv';
import { afterAll, afterEach, expect, test } from 'vitest';
import { openEngine } from '../../engine/open-engine.ts';
import { drawPanel, filmPng, overlaidPng, overlayPng } from '../../engine/panel.ts';
import { drawPhantom } from '../../engine/phantom.ts';
import { labelReport } from '../../labeller/label-report.ts';
import { haveSamples, readSample, SAMPLE } from '../support/samples.ts';
import { startTestBot, type TestBot } from '../support/test-bot.ts';
import { type ToyFolder, toyFolder } from '../support/toy-engine.ts';

const SHIPPED = process.env.BUNDLE_DIR ?? resolve(import.meta.dirname, '../../models/micro');
let folder: ToyFolder | null = null;
let bot: TestBot;
afterEach(() => bot.close());
afterAll(() => folder?.remove());

async function realEngine() {
  if (existsSync(SHIPPED)) return openEngine({ bundleDir: SHIPPED, store: new Keyv(), gpu: 'off' });
  console.warn(`no bundle at ${SHIPPED}: a toy bundle of random weights is used`);
  folder = await toyFolder();
  return folder.open({ maxTokens: 40, maxImages: 4 });
}

test('four films are read and discussed, a fifth is refused, they are asked finding by finding, and forgotten', {
  timeout: 240_000,
}, async () => {
  const engine = await realEngine();
  const pictures = { panel: drawPanel, film: filmPng, overlay: overlayPng, overlaid: overlaidPng };
  bot = await startTestBot({ supplies: { engine: async () => engine, pictures, label: labelReport } });
  const thread = 'scripted:channel-1:real';
  const film = haveSamples ? readSample(SAMPLE.effusion) : await drawPhantom({ kind: 'effusion' });
  const dicom = haveSamples ? readSample(SAMPLE.dicom) : await drawPhantom({ kind: 'normal' });
  await bot.say({ thread, files: [{ name: 'first.png', bytes: film }] });
  const [report] = await bot.settled(thread, 1);
  expect(report?.text).toContain(engine.bundle.intendedUse);
  expect(report?.text).toContain(`Drafted by ${engine.bundle.name} ${engine.bundle.version}`);
  expect(
    Buffer.from(report?.pictures[0]?.base64 ?? '', 'base64')
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG');
  await bot.say({ thread, text: 'What can be possible diagnosis?' });
  await bot.settled(thread, 2);
  await bot.say({ thread, files: [{ name: 'second.dcm', mediaType: 'application/dicom', bytes: dicom }] });
  expect((await bot.settled(thread, 3))[2]?.text).toContain('film 2 of this thread');
  const drawn = await drawPhantom({ kind: 'normal' });
  for (const [index, name] of ['third.png', 'fourth.png'].entries()) {
    await bot.say({ thread, files: [{ name, bytes: drawn }] });
    const posts = await bot.settled(thread, 4 + index);
    expect(posts[3 + index]?.text).toContain(`film ${3 + index} of this thread`);
  }
  await bot.say({ thread, files: [{ name: 'fifth.png', bytes: drawn }] });
  expect((await bot.settled(thread, 6))[5]?.text).toContain('at most 4 images');
  await bot.say({ thread, text: 'any more certain?' });
  const assessed = engine.bundle.findings.filter((finding) => finding.assessed);
  expect((await bot.settled(thread, 7))[6]?.text.match(/^- .*%\)$/gm)).toHaveLength(assessed.length);
  expect((await engine.list())[0]).toMatchObject({ images: 4, turns: 5 });
  await bot.say({ thread, text: 'forget this case' });
  expect((await bot.settled(thread, 8))[7]?.text).toContain('Forgotten: 4 films and 5 answers.');
  expect(await engine.list()).toEqual([]);
  await engine.close();
});
