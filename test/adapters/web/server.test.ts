// The reading room's server over its own HTTP: who may talk to it, what it takes in, and what it shows to whom.
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createWebAdapter } from '../../../adapters/web/web-adapter.ts';
import type { RoomEvent } from '../../../adapters/web/wire.ts';
import type { Place } from '../../../bot/contract.ts';
import { CxrError } from '../../../engine/error.ts';
import { type Client, createClient } from './client.ts';
import { openReadingRoom, type ReadingRoom } from './reading-room.ts';

let room: ReadingRoom;
let client: Client;

async function open(options: Parameters<typeof openReadingRoom>[0] = {}, login?: string): Promise<void> {
  await room?.close();
  room = await openReadingRoom(options);
  room.core.pace = 2000;
  client = createClient(room.url, login);
  await client.hello();
}

beforeEach(() => open());
afterEach(() => room.close());

describe('who may talk to it', () => {
  test('another address than loopback needs an access token', () => {
    const options = {
      port: 0,
      token: null,
      store: {} as never,
      log: console,
      about: async () => ({ bundle: 'b', intendedUse: 'u' }),
    };
    expect(() => createWebAdapter({ ...options, host: '0.0.0.0' })).toThrow(/only with an access token/);
    expect(() => createWebAdapter({ ...options, host: '192.0.2.7' })).toThrow(CxrError);
  });

  test('a foreign Host header is refused (DNS rebinding)', async () => {
    const { port } = new URL(room.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write('GET /api/hello HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
      });
      let text = '';
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1.1 403/);
  });

  test.for([
    ['another origin', { origin: 'http://evil.example' }],
    ['no origin', { origin: '' }],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }],
    ['no CSRF token', { 'x-csrf-token': '' }],
    ['a wrong CSRF token', { 'x-csrf-token': 'f'.repeat(64) }],
  ] as const)('a change with %s is refused', async ([, headers]) => {
    const response = await client.request('POST', '/api/threads', undefined, headers);
    expect(response.status).toBe(403);
    expect((await client.hello()).threads).toEqual([]);
  });

  test('another person’s CSRF token is no good', async () => {
    const other = createClient(room.url);
    const { csrf } = await other.hello();
    expect((await client.request('POST', '/api/threads', undefined, { 'x-csrf-token': csrf })).status).toBe(403);
  });

  test('with a token set, nothing is to be had before logging in, and guessing is slowed down', async () => {
    await open({ token: 'correct horse' }, 'correct horse');
    expect((await client.request('GET', '/api/hello')).status).toBe(200);
    const stranger = createClient(room.url);
    expect((await stranger.request('GET', '/api/hello')).status).toBe(401);
    expect((await stranger.request('GET', '/')).headers.get('location')).toBe('/login');
    const tries: (string | null)[] = [];
    for (let n = 0; n < 7; n += 1) {
      const response = await fetch(new URL('/login', room.url), {
        method: 'POST',
        headers: { origin: new URL(room.url).origin },
        body: new URLSearchParams({ token: `guess ${n}` }),
        redirect: 'manual',
      });
      tries.push(response.headers.get('location'));
      expect(response.headers.getSetCookie().some((cookie) => cookie.startsWith('cxr_access'))).toBe(false);
    }
    expect(tries[0]).toBe('/login?wrong');
    expect(tries.at(-1)).toBe('/login?wait');
  });

  test('a forged access cookie does not open the door', async () => {
    await open({ token: 'correct horse' }, 'correct horse');
    const response = await fetch(new URL('/api/hello', room.url), {
      headers: { cookie: `cxr_access=${'a'.repeat(64)}.sig` },
    });
    expect(response.status).toBe(401);
  });

  test('every response carries a strict content security policy', async () => {
    for (const path of ['/', '/login', '/main.js', '/api/hello', '/nowhere']) {
      const { headers } = await client.request('GET', path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('nothing outside the page is served', async () => {
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2fpackage.json',
      '/main.ts',
      '/shared/../main.js.map',
    ]) {
      expect([404, 400]).toContain((await client.request('GET', path)).status);
    }
  });
});

describe('what it takes in', () => {
  test('an upload over the limit is refused while it streams, whatever size it declared', async () => {
    await open({ maxBytes: 100_000 });
    expect((await client.upload(new Uint8Array(100_001))).status).toBe(413);
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    const status = await client.request('POST', '/api/uploads', endless).then(
      (response) => response.status,
      () => 'cut off',
    );
    expect([413, 'cut off']).toContain(status);
    expect((await client.hello()).limits.maxBytes).toBe(100_000);
  });

  test('a body that is no film is refused where it grows too large, whatever size it declared', async () => {
    const { id: thread } = await client.createThread();
    const chunk = Buffer.alloc(64 * 1024, ' ');
    const ways: [string, string][] = [
      ['PUT', '/api/person'],
      ['POST', '/api/threads'],
      ['POST', '/api/samples/edema'],
      ['POST', `/api/threads/${thread}/posts`],
    ];
    // Who goes on sending after the refusal may find the line cut before reading it.
    const statusOf = (method: string, path: string, body: unknown) =>
      client.request(method, path, body).then(
        (response) => response.status,
        () => 'cut off',
      );
    for (const [method, path] of ways) {
      const status = await statusOf(method, path, Buffer.alloc(600 * 1024, ' '));
      expect([path, status === 'cut off' ? 422 : status]).toEqual([path, 422]);
    }
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += chunk.byteLength;
        if (sent > 64 * 1024 * 1024) controller.close();
        else controller.enqueue(chunk);
      },
    });
    expect([422, 'cut off']).toContain(await statusOf('PUT', '/api/person', endless));
    expect(sent).toBeLessThan(8 * 1024 * 1024);
    // The first try may still meet the line that was cut.
    await vi.waitFor(async () => expect((await client.upload(new Uint8Array(600 * 1024))).status).toBe(201));
    expect((await client.hello()).person.name).toBe('');
  });

  test('an empty upload is refused with a sentence', async () => {
    const response = await client.upload(new Uint8Array(0));
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({ error: { code: 'image-empty', sentence: 'This file is empty.' } });
  });

  test('nobody attaches what another person uploaded', async () => {
    const other = createClient(room.url);
    await other.hello();
    const { id: upload } = (await (await other.upload(Uint8Array.of(1, 2, 3))).json()) as { id: string };
    const { id: thread } = await client.createThread();
    const body = { id: 'message-0001', text: '', attachments: [upload] };
    expect((await client.request('POST', `/api/threads/${thread}/posts`, body)).status).toBe(410);
    expect(room.core.events).toEqual([]);
  });

  test('the same message sent twice is one message', async () => {
    const { id: thread } = await client.createThread();
    const body = { id: 'message-0001', text: 'Is there an effusion?', attachments: [] };
    await Promise.all([1, 2, 3].map(() => client.request('POST', `/api/threads/${thread}/posts`, body)));
    await vi.waitFor(async () => expect((await client.view(thread)).posts.at(-1)?.state).toBe('done'));
    expect(room.core.events).toHaveLength(1);
    expect((await client.view(thread)).posts.filter(({ author }) => !author.isBot)).toHaveLength(1);
  });

  test('a message sent again while the first try is still under way ends as that one does', async () => {
    const { id: thread } = await client.createThread();
    const body = { id: 'message-0001', text: 'Is there an effusion?', attachments: [] };
    const take = room.core.receive;
    let fail: ((error: CxrError) => void) | undefined;
    room.core.receive = () => new Promise((_, reject) => (fail = reject));
    const send = () => client.request('POST', `/api/threads/${thread}/posts`, body);
    const first = send();
    await vi.waitFor(() => expect(fail).toBeDefined());
    const second = send();
    // What is sent later arrives later: the second try is there when this one is answered.
    await client.view(thread);
    fail?.(new CxrError('store-failed', 'My memory cannot be reached at the moment.'));
    expect([(await first).status, (await second).status]).toEqual([500, 500]);
    expect((await client.view(thread)).posts).toEqual([]);
    room.core.receive = take;
    expect((await send()).status).toBe(201);
    expect(room.core.events).toHaveLength(1);
  });

  test('what the core does not take in is not shown as taken in', async () => {
    const { id: thread } = await client.createThread();
    room.core.refuseNext = new CxrError('overloaded', 'Too many requests are waiting already.');
    const body = { id: 'message-0001', text: 'hello', attachments: [] };
    const response = await client.request('POST', `/api/threads/${thread}/posts`, body);
    expect(response.status).toBe(503);
    expect((await client.view(thread)).posts).toEqual([]);
    expect((await client.request('POST', `/api/threads/${thread}/posts`, body)).status).toBe(201);
  });

  test('many messages at once are slowed down with a sentence', async () => {
    const { id: thread } = await client.createThread();
    const statuses: number[] = [];
    for (let n = 0; n < 40; n += 1) {
      const body = { id: `message-${n}-${'x'.repeat(8)}`, text: 'hello', attachments: [] };
      statuses.push((await client.request('POST', `/api/threads/${thread}/posts`, body)).status);
    }
    expect(statuses.slice(0, 20).every((status) => status === 201)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
  });

  test('commands, talk among people and file names', async () => {
    const { id: thread } = await client.createThread();
    await client.send(thread, '/case new Effusion on the left');
    await client.send(thread, '@Maria what do you think?');
    await client.send(thread, '', [{ bytes: Uint8Array.of(1), extension: '../../etc/passwd' }]);
    const [command, talk, film] = room.core.events;
    expect(command).toMatchObject({ kind: 'command', name: 'case', argument: 'new Effusion on the left' });
    expect(talk).toMatchObject({ kind: 'message', mentionsBot: false, mentionsOthers: true });
    expect(film).toMatchObject({ kind: 'message', attachments: [{ name: 'film', reference: null }] });
  });
});

describe('what it shows', () => {
  test('events go on where a reader left off, and say so when they cannot', async () => {
    const { asOf } = await client.hello();
    const { id: thread } = await client.createThread();
    await client.send(thread, 'hello');
    const finished = ({ event }: { event: RoomEvent }) =>
      event.type === 'post' && event.post.author.isBot && event.post.state === 'done';
    const all = await client.events(asOf, (events) => events.some(finished));
    expect(all.resync).toBe(false);
    const middle = all.events[Math.floor(all.events.length / 2)];
    const rest = await client.events(middle?.id ?? '', (events) => events.at(-1)?.id === all.events.at(-1)?.id);
    expect(rest.events.map(({ id }) => id)).toEqual(
      all.events.slice(all.events.indexOf(middle as never) + 1).map(({ id }) => id),
    );
    expect((await client.events('another.7', () => false)).resync).toBe(true);
  });

  test('words said to one person are for that person alone', async () => {
    const other = createClient(room.url);
    const { asOf } = await other.hello();
    const { id: thread } = await client.createThread();
    await client.send(thread, '/help');
    await vi.waitFor(async () => expect(JSON.stringify(await client.view(thread))).toContain('You asked for /help'));
    expect(JSON.stringify(await other.view(thread))).not.toContain('You asked for');
    expect(await (await other.request('GET', `/api/threads/${thread}/export/json`)).text()).not.toContain(
      'You asked for',
    );
    expect(await (await other.request('GET', '/api/threads?q=asked')).json()).toEqual([]);
    await client.createThread();
    const heard = await other.events(
      asOf,
      (events) => events.filter(({ event }) => event.type === 'thread').length > 3,
    );
    expect(JSON.stringify(heard.events)).not.toContain('You asked for');
  });

  test('conversations outlive a restart, with film, findings and unfinished words', async () => {
    const thread = await client.readFilm();
    room.core.pace = 5;
    await client.send(thread, 'And now?');
    await vi.waitFor(async () => expect((await client.view(thread)).posts.at(-1)?.text).not.toBe(''));
    await room.restart();
    client = createClient(room.url);
    // The first try may still meet the old server's connection.
    await vi.waitFor(() => client.hello());
    const { posts } = await client.view(thread);
    expect(posts.at(-1)?.state).toBe('interrupted');
    const film = posts.find((post) => post.film)?.film;
    expect(film?.findings.map(({ name }) => name)).toContain('cardiomegaly');
    const png = await client.blob(thread, film?.png ?? '');
    expect(Buffer.from(png.subarray(1, 4)).toString()).toBe('PNG');
  });

  test('a title that a reply gives stands whatever people write, and long ones are cut at a word', async () => {
    const { id: thread } = await client.createThread();
    await client.send(thread, 'Left effusion 80%, no pneumothorax');
    await room.core.idle();
    const place = room.core.events[0]?.place as Place;
    const titled = async (title: string) => {
      await (await room.adapter.reply(place, { key: 'opening' })).finish({ text: 'Case', title });
      return (await client.view(thread)).thread.title;
    };
    expect((await client.view(thread)).thread.title).toBe('Left effusion 80%, no pneumothorax');
    expect(await titled('dull at the left base')).toBe('Dull at the left base');
    await client.send(thread, 'Cardiomegaly');
    await room.core.idle();
    expect((await client.view(thread)).thread.title).toBe('Dull at the left base');
    expect(await titled('Sudden breathlessness in a tall young man, who was sitting quietly at his desk')).toBe(
      'Sudden breathlessness in a tall young man, who was sitting…',
    );
  });

  test('search finds words of posts and titles', async () => {
    const thread = await client.readFilm();
    await client.createThread();
    const found = async (query: string) =>
      (
        (await (await client.request('GET', `/api/threads?q=${encodeURIComponent(query)}`)).json()) as { id: string }[]
      ).map(({ id }) => id);
    expect(await found('costophrenic blunting')).toEqual([thread]);
    expect(await found('cardiomegaly')).toEqual([thread]);
    expect(await found('zebra')).toEqual([]);
  });

  test('exports hold the conversation and escape what was said', async () => {
    room.core.script = ['Nothing to see. <script>alert(1)</script> & [link](https://evil.example)'];
    const thread = await client.readFilm();
    const get = async (format: string) => client.request('GET', `/api/threads/${thread}/export/${format}`);
    const markdown = await (await get('md')).text();
    expect(markdown).toContain('Nothing to see.');
    expect(markdown).toContain('Not a diagnosis');
    expect(markdown).toContain('| cardiomegaly | 0.81 | 0.45 | above threshold |');
    expect(markdown).toContain('| mass |  |  | not assessed |');
    const json = JSON.parse(await (await get('json')).text()) as { posts: { film: unknown }[] };
    expect(json.posts.some(({ film }) => film)).toBe(true);
    const response = await get('html');
    const html = await response.text();
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toMatch(/<script|href=|src="http/);
    expect(html.match(/src="data:image\/png;base64,/g)).toHaveLength(2);
  });
});

test('the log carries no words, names or ids of what people said', async () => {
  await client.request('PUT', '/api/person', { name: 'Dr. Rosalind Secret' });
  const { id: thread } = await client.createThread();
  await client.send(thread, 'The patient is called Zebedee.');
  await client.request('POST', `/api/threads/${thread}/posts`, { id: 'x', text: 'Zebedee again' });
  await vi.waitFor(async () => expect((await client.view(thread)).posts.at(-1)?.state).toBe('done'));
  const log = room.logged.join('\n');
  expect(log).toContain('request refused');
  for (const secret of ['Zebedee', 'Rosalind', 'Congestive']) expect(log).not.toContain(secret);
});
