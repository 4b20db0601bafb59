// A case of real uploads goes into a library and comes back, over the real engine: nothing of the patient is in the files, and the pixels stay what they are.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Keyv from 'keyv';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { teachingMode } from '../../../bot/teaching/teaching-mode.ts';
import { openEngine } from '../../../engine/open-engine.ts';
import { drawPanel, filmPng, overlaidPng, overlayPng } from '../../../engine/panel.ts';
import { drawPhantom } from '../../../engine/phantom.ts';
import { dicomFile, imagePixelModule } from '../../support/dicom-file.ts';
import { messageEvent, placeOf } from '../../support/scripted-adapter.ts';
import { startTestBot, type TestBot } from '../../support/test-bot.ts';
import { type ToyFolder, toyFolder } from '../../support/toy-engine.ts';
import { classroomOf, TEACHER } from './classroom.ts';

const SHIPPED = process.env.BUNDLE_DIR ?? resolve(import.meta.dirname, '../../../models/micro');
const SECRET = 'Zyx^Confidential';
const SIZE = 1400;

let toy: ToyFolder | null = null;
const folder = mkdtempSync(join(tmpdir(), 'cxr-shared-'));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await toy?.remove();
});

async function realEngine() {
  if (existsSync(SHIPPED)) return openEngine({ bundleDir: SHIPPED, store: new Keyv(), gpu: 'off' });
  console.warn(`no bundle at ${SHIPPED}: a toy bundle of random weights is used`);
  toy = await toyFolder();
  return toy.open({ maxTokens: 40 });
}

/** The same drawn film as a DICOM file and as a JPEG, both telling who the patient is. */
async function uploads() {
  const png = await drawPhantom({ kind: 'effusion', size: SIZE });
  const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  const pixels = Buffer.alloc(SIZE * SIZE);
  for (let at = 0; at < pixels.length; at++) pixels[at] = data[at * info.channels] ?? 0;
  const dicom = dicomFile(
    [
      [0x0008, 0x0060, 'CS', 'DX'],
      [0x0010, 0x0010, 'PN', SECRET],
      [0x0010, 0x0020, 'LO', 'ID-424242'],
      ...imagePixelModule({ rows: SIZE, columns: SIZE, bitsAllocated: 8 }),
    ],
    { pixels },
  );
  const exif = { IFD0: { ImageDescription: SECRET, Artist: 'ID-424242' } };
  const jpeg = await sharp(png).withExif(exif).jpeg().toBuffer();
  for (const bytes of [dicom, jpeg]) expect(Buffer.from(bytes).includes(SECRET)).toBe(true);
  return [
    { name: `${SECRET}.dcm`, mediaType: 'application/dicom', bytes: dicom },
    { name: 'ID-424242.jpg', mediaType: 'image/jpeg', bytes: jpeg },
  ];
}

async function exportFrom(bot: TestBot, thread: string, opening: string, files: Awaited<ReturnType<typeof uploads>>) {
  const room = classroomOf(bot);
  const place = placeOf({ thread });
  const author = { id: TEACHER, name: 'Dr Teacher', isBot: false };
  await room.deliver(
    { ...messageEvent(bot.platform, { text: opening, files, mentionsBot: true }), place, author },
    TEACHER,
  );
  const command = (argument: string) =>
    room.deliver({ kind: 'command', name: 'case', argument, attachments: [], place, author }, TEACHER);
  await command('reveal');
  const [exported] = await command('export library');
  return (exported?.files ?? []).map(({ name, base64 }) => ({ name, bytes: Buffer.from(base64, 'base64') }));
}

test('nothing of the patient is in a shared case, and it can be shared again unchanged', {
  timeout: 240_000,
}, async () => {
  const engine = await realEngine();
  const pictures = { panel: drawPanel, film: filmPng, overlay: overlayPng, overlaid: overlaidPng };
  const limits = { maxImages: 4, maxImageBytes: 8_000_000, maxQuestionChars: 4_000 };
  const start = (libraryFolder: string | null) =>
    startTestBot({
      supplies: { engine: async () => engine, pictures, limits, modes: [teachingMode({ libraryFolder })] },
    });
  const first = await start(null);
  const shared = await exportFrom(
    first,
    'scripted:c:1',
    'case new title: Étude № 1; findings: left effusion',
    await uploads(),
  );
  await first.close();
  expect(shared.map(({ name }) => name)).toEqual(['etude-no-1.yaml', 'etude-no-1-1.png', 'etude-no-1-2.png']);
  for (const { name, bytes } of shared) {
    for (const word of [SECRET, 'Confidential', 'ID-424242', 'Dr Teacher', 'EXIF', 'Exif', '.dcm', '.jpg'])
      expect(bytes.includes(word), `${word} in ${name}`).toBe(false);
    writeFileSync(join(folder, name), bytes);
  }
  expect(await sharp(shared[1]?.bytes).metadata()).toMatchObject({ width: 1024, height: 1024, channels: 1 });

  const second = await start(folder);
  const again = await exportFrom(second, 'scripted:c:2', 'case open etude-no-1', []);
  await second.close();
  expect(again).toEqual(shared);
  await engine.close();
});
