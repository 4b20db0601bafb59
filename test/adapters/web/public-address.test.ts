// The page behind a proxy that ends TLS: requests as such a proxy passes them on. Its public host and origin are accepted and no others, cookies
// are for TLS alone, and limits count the people behind the proxy, not the proxy.
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { createWebAdapter } from '../../../adapters/web/web-adapter.ts';
import { addressList } from '../../../bot/address-list.ts';
import { openReadingRoom, type ReadingRoom } from './reading-room.ts';

const PUBLIC = 'https://room.example.org';
const TOKEN = 'a shared reading room';

let room: ReadingRoom;
afterEach(() => room?.close());

const behindProxy = () => openReadingRoom({ token: TOKEN, publicUrl: PUBLIC });

interface Answer {
  status: number;
  location: string;
  cookies: string[];
}

/** One request with exactly these headers, Host among them. */
function ask(method: string, path: string, headers: Record<string, string>, body = ''): Promise<Answer> {
  const { hostname, port } = new URL(room.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      response.resume();
      const { location = '', 'set-cookie': cookies = [] } = response.headers;
      response.on('end', () => resolve({ status: response.statusCode ?? 0, location, cookies }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function logIn(token: string, headers: Record<string, string> = {}): Promise<Answer> {
  const form = { host: 'room.example.org', origin: PUBLIC, 'content-type': 'application/x-www-form-urlencoded' };
  return ask('POST', '/login', { ...form, ...headers }, new URLSearchParams({ token }).toString());
}

test('its public host and origin let people in, with cookies for TLS alone', async () => {
  room = await behindProxy();
  expect((await ask('GET', '/login', { host: 'room.example.org' })).status).toBe(200);
  const { status, location, cookies } = await logIn(TOKEN);
  expect([status, location]).toEqual([303, '/']);
  expect(cookies.map((cookie) => cookie.split('=')[0]).sort()).toEqual(['cxr_access', 'cxr_person']);
  for (const cookie of cookies) expect(cookie).toMatch(/; Secure/);
  const cookie = cookies.map((each) => each.split(';')[0]).join('; ');
  expect((await ask('GET', '/api/hello', { host: 'room.example.org', cookie })).status).toBe(200);
});

test('a proxy that names this machine as the host is understood as well', async () => {
  room = await behindProxy();
  expect((await logIn(TOKEN, { host: new URL(room.url).host })).location).toBe('/');
});

test.for([
  ['another host', { host: 'evil.example' }],
  ['another host with its origin', { host: 'evil.example', origin: 'https://evil.example' }],
  ['another origin', { origin: 'https://evil.example' }],
  ['its own origin without TLS', { origin: 'http://room.example.org' }],
  ['its own origin at another port', { origin: 'https://room.example.org:8443' }],
  ['no origin', { origin: 'null' }],
  ['half an origin', { origin: 'http://[' }],
  ['another site', { 'sec-fetch-site': 'cross-site' }],
] as const)('a change from %s is refused, without an error in the log', async ([, headers]) => {
  room = await behindProxy();
  const answer = await logIn(TOKEN, headers);
  expect([answer.status, answer.cookies]).toEqual([403, []]);
  // 50 is an error.
  expect(room.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

test('without a public address only this machine’s names count, and an unreadable origin is refused like any other', async () => {
  room = await openReadingRoom({ token: TOKEN });
  expect((await logIn(TOKEN)).status).toBe(403);
  const { host, origin } = new URL(room.url);
  expect((await logIn(TOKEN, { host, origin: 'http://[' })).status).toBe(403);
  expect(room.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  const { location, cookies } = await logIn(TOKEN, { host, origin });
  expect(location).toBe('/');
  for (const cookie of cookies) expect(cookie).not.toContain('Secure');
});

async function guess(times: number, from: string, headers: Record<string, string> = {}): Promise<string | undefined> {
  const answers: string[] = [];
  for (let n = 0; n < times; n += 1) {
    answers.push((await logIn('a wrong guess', { 'x-forwarded-for': from, ...headers })).location);
  }
  return answers.at(-1);
}

test('who guesses tokens slows down themselves, not the others behind the proxy', async () => {
  room = await behindProxy();
  expect(await guess(5, '203.0.113.1')).toBe('/login?wrong');
  expect(await guess(1, '203.0.113.1')).toBe('/login?wait');
  // What the client itself put in front changes nothing.
  expect(await guess(1, '198.51.100.7, 203.0.113.1')).toBe('/login?wait');
  expect(await guess(1, '203.0.113.2')).toBe('/login?wrong');
  expect((await logIn(TOKEN, { 'x-forwarded-for': '2001:db8::7' })).location).toBe('/');
});

test('without a public address nobody’s word is taken for an address', async () => {
  room = await openReadingRoom({ token: TOKEN });
  const { host, origin } = new URL(room.url);
  for (let n = 1; n <= 5; n += 1) expect(await guess(1, `203.0.113.${n}`, { host, origin })).toBe('/login?wrong');
  expect(await guess(1, '203.0.113.6', { host, origin })).toBe('/login?wait');
});

test('behind proxies one after the other the last address that is none of them counts, and a stranger’s header never', async () => {
  room = await openReadingRoom({ token: TOKEN, publicUrl: PUBLIC, proxies: addressList(['10.0.0.0/8']) });
  expect(await guess(5, '203.0.113.1, 10.0.0.9')).toBe('/login?wrong');
  expect(await guess(1, '203.0.113.1, 10.2.3.4, ::ffff:10.0.0.9')).toBe('/login?wait');
  expect(await guess(1, '203.0.113.2, 10.0.0.9')).toBe('/login?wrong');
  expect(await guess(1, '203.0.113.1, 203.0.113.3')).toBe('/login?wrong');
});

test('a proxy on another machine is believed where it is named, and only there', async (context) => {
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const address = own.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  if (address === undefined) return context.skip('this machine has no address besides its own names');
  const guessAll = async (proxies: string[]): Promise<string | undefined> => {
    room = await openReadingRoom({ host: '0.0.0.0', token: TOKEN, publicUrl: PUBLIC, proxies: addressList(proxies) });
    const url = new URL(room.url);
    room = { ...room, url: `http://${address}:${url.port}` };
    for (let n = 1; n <= 5; n += 1) expect(await guess(1, `203.0.113.${n}`)).toBe('/login?wrong');
    const last = await guess(1, '203.0.113.6');
    await room.close();
    return last;
  };
  expect(await guessAll([])).toBe('/login?wait');
  expect(await guessAll([address])).toBe('/login?wrong');
});

test('a public address needs an access token', () => {
  const about = async () => ({ bundle: 'b', intendedUse: 'u' });
  const options = { host: '127.0.0.1', port: 0, token: null, store: {} as never, log: console, about };
  expect(() => createWebAdapter({ ...options, publicUrl: PUBLIC })).toThrow(/only with an access token/);
});
