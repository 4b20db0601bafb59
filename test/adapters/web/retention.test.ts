// The page's retention over the real store: once its time is over neither words nor films nor names are left in the file, asked for or not.
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Log } from '../../../bot/contract.ts';
import { sweep } from '../../../bot/retention.ts';
import { createStateStore, type StateStore } from '../../../bot/store.ts';
import { temporaryStoreUrl } from '../../support/test-bot.ts';
import { type Client, createClient } from './client.ts';
import { openReadingRoom, type ReadingRoom } from './reading-room.ts';

const HOUR_MS = 3_600_000;
const RETENTION_MS = 30 * 24 * HOUR_MS;
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
const NAME = 'Dr. Rosalind Example';
const WORDS = 'Zebedee has a cough.';

let url: string;
let store: StateStore;
let room: ReadingRoom;
let client: Client;

async function open(): Promise<void> {
  store = createStateStore(url, SILENT);
  room = await openReadingRoom({
    store: store.namespace('web', null),
    scrub: () => store.scrub(),
    retentionMs: RETENTION_MS,
  });
  room.core.pace = 5000;
  client = createClient(room.url);
  await client.hello();
}

async function close(): Promise<void> {
  await room.close();
  await store.close();
}

/** Everything in the database's files, as it stands on disk. */
function onDisk(): string {
  const path = url.slice('sqlite://'.length);
  return [path, `${path}-wal`].map((file) => (existsSync(file) ? readFileSync(file, 'latin1') : '')).join('');
}

/** Says something over a film under a name; resolves to what must not outlive the retention period. */
async function useRoom(): Promise<string[]> {
  await client.request('PUT', '/api/person', { name: NAME });
  const thread = await client.readFilm();
  await client.send(thread, WORDS);
  await room.core.idle();
  const film = (await client.view(thread)).posts.find((post) => post.film)?.film;
  const base64 = Buffer.from(await client.blob(thread, film?.png ?? '')).toString('base64');
  // Pieces, because the file cuts long values into pages.
  const pieces = base64.match(/.{100}/g) ?? [];
  expect(pieces.length).toBeGreaterThan(10);
  const disk = onDisk();
  for (const each of [NAME, WORDS, thread]) expect(disk).toContain(each);
  const found = pieces.filter((piece) => disk.includes(piece));
  expect(found.length).toBeGreaterThan(pieces.length / 2);
  return [NAME, WORDS, thread, ...pieces];
}

const left = (secrets: readonly string[]) => {
  const disk = onDisk();
  return secrets.filter((secret) => disk.includes(secret));
};

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
  url = temporaryStoreUrl();
  await open();
});
afterEach(async () => {
  await close();
  vi.useRealTimers();
});

test('what was over while the bot was away is erased by the sweep, before the room opens and after it', async () => {
  const secrets = await useRoom();
  await close();
  vi.setSystemTime(Date.now() + RETENTION_MS + HOUR_MS);
  await open();
  expect((await client.hello()).threads).toEqual([]);
  await sweep(store);
  expect(left(secrets)).toEqual([]);
});

test('a room in use erases a conversation and its films by itself, though nobody asks for it', async () => {
  const secrets = await useRoom();
  vi.setSystemTime(Date.now() + RETENTION_MS + HOUR_MS);
  vi.advanceTimersByTime(HOUR_MS);
  // The name goes with the sweep alone.
  await vi.waitFor(() => expect(left(secrets)).toEqual([NAME]), { timeout: 20_000 });
  await sweep(store);
  expect(left(secrets)).toEqual([]);
});

test('a conversation that is asked for after its time is erased with its films', async () => {
  const secrets = await useRoom();
  vi.setSystemTime(Date.now() + RETENTION_MS + 1000);
  expect((await client.request('GET', `/api/threads/${secrets[2]}`)).status).toBe(404);
  expect(left(secrets)).toEqual([NAME]);
});

test('what has time left stays', async () => {
  const secrets = await useRoom();
  vi.setSystemTime(Date.now() + RETENTION_MS - HOUR_MS);
  vi.advanceTimersByTime(HOUR_MS / 2);
  await sweep(store);
  expect(left(secrets)).toEqual(expect.arrayContaining([NAME, WORDS]));
  expect((await client.hello()).threads).toHaveLength(1);
});
