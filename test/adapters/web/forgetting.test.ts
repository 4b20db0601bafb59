// Forgetting in the reading room: by whatever way it is asked for, and by the retention period, nothing is left in the store.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Client, createClient } from './client.ts';
import { openReadingRoom, type ReadingRoom } from './reading-room.ts';

let room: ReadingRoom;
let client: Client;

async function open(options: Parameters<typeof openReadingRoom>[0] = {}): Promise<void> {
  await room?.close();
  room = await openReadingRoom(options);
  room.core.pace = 2000;
  client = createClient(room.url);
  await client.hello();
}

beforeEach(() => open());
afterEach(() => room.close());

describe('forgetting', () => {
  test.for(['the button of the page', 'the button of an answer', 'the word'])('by %s leaves nothing', async (way) => {
    const before = [...room.stored.keys()];
    const thread = await client.readFilm();
    const post = (await client.view(thread)).posts.at(-1)?.id ?? '';
    expect([...room.stored.keys()].filter((key) => key.includes(thread)).length).toBeGreaterThan(2);
    if (way === 'the word') await client.send(thread, 'Forget this case.');
    else if (way === 'the button of the page')
      await client.request('POST', `/api/threads/${thread}/forget`, { id: 'forget-0001' });
    else await client.request('POST', `/api/threads/${thread}/actions`, { id: 'forget-0001', action: 'forget', post });
    await vi.waitFor(() => expect([...room.stored.keys()].filter((key) => key.includes(thread))).toEqual([]));
    const left = [...room.stored].filter(([key]) => !before.includes(key)).map(([key]) => key);
    expect(left.filter((key) => !key.includes('web:threads'))).toEqual([]);
    expect(JSON.stringify([...room.stored])).not.toContain(thread);
    expect((await client.request('GET', `/api/threads/${thread}`)).status).toBe(404);
    expect(room.core.events.at(-1)).toMatchObject(
      way === 'the button of an answer' ? { kind: 'action', action: 'forget' } : { kind: 'command', name: 'forget' },
    );
  });

  test('where one person’s words alone were forgotten the conversation stays', async () => {
    const thread = await client.readFilm();
    room.core.keepsPlace = true;
    await client.send(thread, 'Forget this case.');
    await vi.waitFor(async () => expect((await client.view(thread)).posts.at(-1)?.text).toBe('Forgotten.'), 20_000);
    await room.core.idle();
    const { posts } = await client.view(thread);
    expect(posts.some(({ film }) => film !== null)).toBe(true);
    room.core.keepsPlace = false;
    await client.send(thread, 'Forget this case.');
    await vi.waitFor(() => expect([...room.stored.keys()].filter((key) => key.includes(thread))).toEqual([]));
  });

  test('late words for a forgotten conversation go nowhere', async () => {
    const { id: thread } = await client.createThread();
    room.core.pace = 20;
    await client.send(thread, 'hello');
    await client.request('POST', `/api/threads/${thread}/forget`, { id: 'forget-0001' });
    await vi.waitFor(() => expect([...room.stored.keys()].filter((key) => key.includes(thread))).toEqual([]));
    room.core.pace = 5000;
    await room.core.idle();
    expect([...room.stored.keys()].filter((key) => key.includes(thread))).toEqual([]);
  });

  test('a deleted message takes its words and pictures with it', async () => {
    const { id: thread } = await client.createThread();
    const post = await client.send(thread, 'Mr. Miller’s film');
    await client.request('DELETE', `/api/threads/${thread}/posts/${post}?id=delete-0001`);
    expect(JSON.stringify([...room.stored])).not.toContain('Miller');
    expect(room.core.events.at(-1)).toMatchObject({ kind: 'delete', message: post });
  });

  test('the room says beforehand how long it keeps, and that it takes the thread away', async () => {
    await open({ retentionMs: 3 * 24 * 3600 * 1000 });
    expect(await client.hello()).toMatchObject({ threads: [], retentionMs: 3 * 24 * 3600 * 1000 });
    expect(room.adapter.removesForgotten).toBe(true);
  });

  test('the retention period takes a conversation away by itself', async () => {
    await open({ retentionMs: 1500 });
    const { id: thread } = await client.createThread();
    await client.send(thread, 'hello');
    await vi.waitFor(
      async () => expect((await client.request('GET', `/api/threads/${thread}`)).status).toBe(404),
      20_000,
    );
    expect((await client.hello()).threads).toEqual([]);
  });
});
