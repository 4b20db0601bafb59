// Two people in one thread of a page without a token (a second, private window, as the README has it): what is for one of them reaches the other
// neither in the stream, nor after a reload, nor by export or search. The real page server and core, the teaching mode and a scripted model.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Keyv from 'keyv';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createWebAdapter } from '../../../adapters/web/web-adapter.ts';
import type { PagePost } from '../../../adapters/web/wire.ts';
import { teachingMode } from '../../../bot/teaching/teaching-mode.ts';
import { startTestBot, type TestBot } from '../../support/test-bot.ts';
import { type Client, createClient } from './client.ts';
import { drawnFilm } from './drawn-film.ts';
import { about } from './reading-room.ts';

const REPORT = 'There is a left pleural effusion.';
/** Not so often that the page's own limit of requests is reached. */
const eventually = { timeout: 20_000, interval: 200 };
const CASE = '/case new title: Breathless; history: 70 years';

let folder: string;
let bot: TestBot;
let teacher: Client;
let ben: Client;
let thread: string;
/** From where Ben's stream is read: the beginning. */
let start: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cxr-window-'));
  const fields = { format: 'case-library/1', title: 'Case one', findings: 'left effusion', images: ['one.png'] };
  writeFileSync(join(folder, 'one.yaml'), JSON.stringify(fields));
  writeFileSync(join(folder, 'one.png'), await drawnFilm());
  const adapter = createWebAdapter({
    host: '127.0.0.1',
    port: 0,
    token: null,
    store: new Keyv({ store: new Map(), throwOnErrors: true }),
    log: pino({ level: 'silent' }),
    about: async () => about,
  });
  const modes = [teachingMode({ libraryFolder: folder })];
  bot = await startTestBot({ engine: { answer: () => REPORT }, supplies: { adapters: [adapter], modes } });
  [teacher, ben] = [createClient(adapter.url), createClient(adapter.url)];
  await teacher.hello();
  start = (await ben.hello()).asOf;
  thread = (await teacher.createThread()).id;
});
afterEach(async () => {
  await bot.close();
  rmSync(folder, { recursive: true, force: true });
});

const told = (client: Client, text: string): Promise<PagePost> =>
  vi.waitFor(async () => {
    const post = (await client.view(thread)).posts.findLast((each) => each.author.isBot && each.text.includes(text));
    if (post?.state !== 'done') throw new Error(`not told yet: ${text}`);
    return post;
  }, eventually);

async function press(client: Client, id: string, { post, label }: { post: PagePost; label: string }): Promise<void> {
  const { action, value } = post.controls.find((control) => control.label === label) ?? {};
  const body = { id, action, post: post.id, ...(value === undefined ? {} : { value }) };
  expect((await client.request('POST', `/api/threads/${thread}/actions`, body)).status).toBe(202);
}

/** All that reached a browser, by whatever way. */
async function reached(client: Client, word: string): Promise<string> {
  const { asOf, posts } = await client.view(thread);
  const last = Number(asOf.split('.')[1]);
  // An event that everybody gets ends the stream: the replay up to here is complete.
  await client.createThread();
  const stream = await client.events(start, (events) =>
    events.some(({ id, event }) => event.type === 'thread' && Number(id.split('.')[1]) > last),
  );
  const exported = await (await client.request('GET', `/api/threads/${thread}/export/json`)).text();
  const search = await client.request('GET', `/api/threads?q=${encodeURIComponent(word)}`);
  const found = ((await search.json()) as { id: string }[]).some(({ id }) => id === thread);
  return JSON.stringify([posts, stream.events, exported, { found: found ? `found: ${word}` : '' }]);
}

test('the draft, the expected findings and what they were typed with are the teacher’s alone', async () => {
  await teacher.send(thread, CASE, [{ bytes: await drawnFilm(), extension: 'png' }]);
  const draft = await told(teacher, 'Only you see this: my draft');
  expect(draft.text).toContain(REPORT);
  await told(ben, '70 years');
  await press(teacher, 'take-draft-1', { post: draft, label: 'Use this' });
  await told(teacher, 'Noted as expected');
  await teacher.send(thread, '/case findings widened mediastinum');
  await vi.waitFor(() => told(teacher, '1 expected as present'), eventually);
  const seen = await reached(ben, 'mediastinum');
  for (const secret of [
    'Only you see this',
    REPORT,
    'Noted as expected',
    'expected as present',
    'mediastinum',
    '/case',
    'found:',
  ])
    expect(seen).not.toContain(secret);
  expect(seen).toContain('70 years');
  // The reveal is for both.
  await teacher.send(thread, '/case reveal');
  await told(ben, 'Reveal: Breathless');
  await told(ben, REPORT);
});

test('an answer’s reading back, progress and an offer to take over are seen by the person they are for', async () => {
  await teacher.send(thread, `${CASE}; findings: cardiomegaly`, [{ bytes: await drawnFilm(), extension: 'png' }]);
  await told(ben, '70 years');
  await ben.send(thread, 'pneumothorax 80%');
  await press(ben, 'mean-that-1', {
    post: await told(ben, 'pneumothorax: 80 % present'),
    label: 'That is what I mean',
  });
  await told(ben, 'Counted');
  await ben.send(thread, '/case progress');
  await told(ben, 'no case of yours');
  await teacher.send(thread, '/case hand-over');
  await press(ben, 'take-over-01', { post: await told(ben, 'hands this case over'), label: 'I take it' });
  const asked = await told(teacher, 'would take this case over');
  await press(teacher, 'give-over-01', { post: asked, label: asked.controls[0]?.label ?? '' });
  await told(ben, 'Expected: cardiomegaly');
  const seen = await reached(teacher, 'Counted');
  for (const secret of ['80 % present', 'Counted', 'no case of yours', 'Expected: cardiomegaly', 'found:'])
    expect(seen).not.toContain(secret);
  expect(await reached(ben, 'anything')).not.toContain('would take this case over');
});

test('a quiz and its films are the person’s who takes it', async () => {
  await teacher.send(thread, '/case quiz 1');
  const question = await told(teacher, 'Quiz, case 1 of 1');
  await teacher.send(thread, 'left effusion');
  await press(teacher, 'mean-that-1', {
    post: await told(teacher, 'effusion: 90 % present'),
    label: 'That is what I mean',
  });
  await told(teacher, REPORT);
  const seen = await reached(ben, 'present');
  for (const secret of ['Case one', '90 % present', REPORT, 'found:']) expect(seen).not.toContain(secret);
  const picture = question.film?.png ?? '';
  expect((await teacher.request('GET', `/api/threads/${thread}/blobs/${picture}`)).status).toBe(200);
  expect((await ben.request('GET', `/api/threads/${thread}/blobs/${picture}`)).status).toBe(404);
});
