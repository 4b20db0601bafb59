// A case library on a real disk: what is opened, what is refused, and a case that goes from the folder through a class and back.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Log } from '../../../bot/contract.ts';
import { openCaseLibrary } from '../../../bot/teaching/library/library-folder.ts';
import { createLibrarySource } from '../../../bot/teaching/library/library-source.ts';
import { teachingMode } from '../../../bot/teaching/teaching-mode.ts';
import { filmPng } from '../../../engine/panel.ts';
import { PICTURES } from '../../support/core-options.ts';
import { type Classroom, openClassroom, TEACHER, THREAD } from './classroom.ts';

const LIMITS = { maxImages: 2, maxImageBytes: 50_000 };
const CASE = `format: case-library/1
title: Dull at the base
history: 68 years
findings: left effusion, no pneumothorax
diagnosis: Effusion
next: Ultrasound
points:
  - Look at the angles
hints:
  - Compare the sides
difficulty: easy
tags:
  - pleura
images:
  - dull-base-1.png
licence: CC0-1.0
source: Drawn by code
`;

let folder = '';
let room: Classroom | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxr-library-'));
  await writeFile(join(folder, 'dull-base.yaml'), CASE);
  await writeFile(join(folder, 'dull-base-1.png'), await grey());
});
afterEach(async () => {
  await room?.bot.close();
  room = null;
  await rm(folder, { recursive: true, force: true });
});

const grey = () =>
  sharp({ create: { width: 16, height: 8, channels: 3, background: '#777' } })
    .png()
    .toBuffer();
const sentences = async () =>
  (await openCaseLibrary(folder, LIMITS)).problems.map(({ file, line, sentence }) => `${file}:${line} ${sentence}`);

test('a running bot sees what is added to its folder, mended there and taken away, and is told what is wrong once', async () => {
  const told: string[] = [];
  const note = (fields: object, message?: string) => void told.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: () => {}, warn: note, error: note } as unknown as Log;
  const source = createLibrarySource(folder, LIMITS, log, 0);
  const names = async () => (await source()).cases.map(({ name }) => name);
  expect(await names()).toEqual(['dull-base']);
  await writeFile(join(folder, 'second.yaml'), CASE.replace('dull-base-1.png', 'second.png'));
  expect(await names()).toEqual(['dull-base']);
  expect(await names()).toEqual(['dull-base']);
  expect(told).toEqual([expect.stringContaining('There is no file second.png')]);
  await writeFile(join(folder, 'second.png'), await grey());
  expect(await names()).toEqual(['dull-base', 'second']);
  await rm(folder, { recursive: true });
  await expect(source()).rejects.toThrow('The case library cannot be read');
  await mkdir(folder);
  expect(await names()).toEqual([]);
});

test('good cases are found by name; a README and other files are left alone', async () => {
  await writeFile(join(folder, 'README.md'), '# About these cases\n');
  await writeFile(join(folder, 'LICENSE'), 'CC0');
  const library = await openCaseLibrary(folder, LIMITS);
  expect(library.problems).toEqual([]);
  expect(library.cases.map(({ name }) => name)).toEqual(['dull-base']);
  const found = library.find('dull-base');
  expect(found?.title).toBe('Dull at the base');
  if (found !== null) expect(Buffer.from(await library.readImage(found, 0))).toEqual(await grey());
});

test('links, missing and large files, folders, names and doubles are refused, each in its place', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'cxr-outside-'));
  await writeFile(join(outside, 'secret.png'), 'x');
  await symlink(join(outside, 'secret.png'), join(folder, 'linked.png'));
  await symlink(outside, join(folder, 'door'));
  await symlink(join(folder, 'dull-base.yaml'), join(folder, 'twin.yaml'));
  await writeFile(join(folder, 'large.png'), new Uint8Array(50_001));
  await mkdir(join(folder, 'folder.png'));
  for (const [name, image] of Object.entries({
    a: 'linked.png',
    b: 'door/secret.png',
    c: 'missing.png',
    d: 'large.png',
    e: 'folder.png',
  }))
    await writeFile(join(folder, `${name}.yaml`), CASE.replace('dull-base-1.png', image));
  await writeFile(join(folder, 'Bad Name.yaml'), CASE);
  await writeFile(join(folder, 'dull-base.md'), `---\n${CASE}---\n`);
  await writeFile(join(folder, 'latin.yaml'), Buffer.from([0xff, 0xfe, 0x41]));
  await writeFile(join(folder, 'huge.yaml'), `${CASE}#${'x'.repeat(100_000)}\n`);
  expect(await sentences()).toEqual([
    'Bad Name.yaml:1 The name of a case file is lower-case letters, digits and "-", at most 64.',
    'a.yaml:15 linked.png is a link; links are not followed.',
    'b.yaml:15 door/secret.png is a link; links are not followed.',
    'c.yaml:15 There is no file missing.png in the folder.',
    'd.yaml:15 large.png is larger than 50 kB.',
    'dull-base.yaml:1 Another file of the same name is a case already.',
    'e.yaml:15 folder.png is not a file.',
    'huge.yaml:1 huge.yaml is larger than 100 kB.',
    'latin.yaml:1 The file is not UTF-8 text.',
    'twin.yaml:1 twin.yaml is a link; links are not followed.',
  ]);
  await rm(outside, { recursive: true });
});

test('an image that became a link after the start is not read', async () => {
  const library = await openCaseLibrary(folder, LIMITS);
  await rm(join(folder, 'dull-base-1.png'));
  await symlink('/etc/passwd', join(folder, 'dull-base-1.png'));
  const found = library.find('dull-base');
  if (found === null) throw new Error('the case is missing');
  await expect(library.readImage(found, 0)).rejects.toThrow('is a link');
});

const classOver = (libraryFolder: string) =>
  openClassroom('', {
    engine: { answer: () => 'There is a pleural effusion.' },
    supplies: {
      modes: [teachingMode({ ...LIMITS, libraryFolder })],
      pictures: { ...PICTURES, film: filmPng },
    },
    first: 'case library',
  });

test('the library is listed and a case of it played; as a file it is the same case again', async () => {
  await writeFile(join(folder, 'bad.yaml'), 'format: nonsense\n');
  room = await classOver(folder);
  const [listed] = room.bot.platform.thread(THREAD);
  expect(listed?.text).toContain('- `dull-base`: Dull at the base (easy, pleura)');
  expect(listed?.text).not.toMatch(/effusion|bad/i);
  expect((await room.command('ann', 'library hard')).text).toBe('No case of the library matches that.');
  expect(room.bot.logged).toContainEqual(
    expect.objectContaining({ file: 'bad.yaml', line: 1, column: 1, msg: 'a case of the library needs mending' }),
  );
  expect((await room.command(TEACHER, 'open nothing')).text).toContain('There is no case of that name');
  const opening = await room.command(TEACHER, 'open dull-base');
  expect(opening.text).toContain('**Case: Dull at the base** (easy; pleura)');
  expect(opening.text).not.toMatch(/Effusion|Ultrasound|angles/);
  expect(opening.pictures).toHaveLength(1);
  await room.answer('ann', 'Left effusion 80%');
  expect((await room.command(TEACHER, 'export library')).text).toBe('Reveal the case first, then export it.');
  expect((await room.command(TEACHER, 'reveal')).text).toContain('| ann | 1/1 = 100 %');
  expect((await room.command('ann', 'export library')).text).toBe('Only the teacher of this case may do that.');
  const exported = await room.command(TEACHER, 'export library');
  expect(exported.privateTo).toBe(TEACHER);

  const copy = await mkdtemp(join(tmpdir(), 'cxr-copy-'));
  for (const { name, base64 } of exported.files) await writeFile(join(copy, name), Buffer.from(base64, 'base64'));
  const [before, after] = [await openCaseLibrary(folder, LIMITS), await openCaseLibrary(copy, LIMITS)];
  expect(after.problems).toEqual([]);
  expect(after.cases).toEqual(before.cases);
  const yaml = await readFile(join(copy, 'dull-base.yaml'), 'utf8');
  expect(yaml).not.toMatch(/ann|teacher|Dr Example/i);
  const png = await readFile(join(copy, 'dull-base-1.png'));
  expect(chunksOf(png)).toEqual(['IHDR', 'pHYs', 'IDAT', 'IEND']);
  expect(await sharp(png).metadata()).toMatchObject({ width: 8, height: 8, channels: 1 });
  await rm(copy, { recursive: true });
});

test('without a library, and with one that is gone, people get one sentence', async () => {
  room = await openClassroom('', { first: 'case open dull-base' });
  expect(room.bot.platform.thread(THREAD)[0]?.text).toBe(
    'There is no case library here; the operator can name a folder in CASE_LIBRARY.',
  );
  await room.bot.close();
  room = await classOver(join(folder, 'nowhere'));
  expect(room.bot.platform.thread(THREAD)[0]?.text).toBe(
    'The case library cannot be read; the operator can see why in the log.',
  );
  expect(room.bot.logged).toContainEqual(expect.objectContaining({ msg: 'the case library cannot be read' }));
});

function chunksOf(png: Buffer): string[] {
  const names: string[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) names.push(png.toString('latin1', at + 4, at + 8));
  return names;
}
