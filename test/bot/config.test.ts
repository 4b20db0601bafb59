// The configuration: all errors at once, no secret in a message, and .env.example documents exactly what is read.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig, VARIABLES } from '../../bot/config.ts';

const EXAMPLE = readFileSync(resolve(import.meta.dirname, '../../.env.example'), 'utf8');
/** Lines that are set and lines that show a default, commented out. */
const documented = [...EXAMPLE.matchAll(/^(?:# )?([A-Z_]+)=(.*)$/gm)];

test('.env.example names every variable, and no other', () => {
  expect(documented.map(([, name]) => name).sort()).toEqual([...VARIABLES].sort());
});

test('the defaults that .env.example shows are those of the bot', () => {
  const env = Object.fromEntries(documented.map(([, name, value]) => [name, value]));
  expect(loadConfig(env)).toEqual(loadConfig({}));
});

test('a copy of .env.example sets nothing that a container or a unit may have set before', () => {
  expect(documented.filter(([line, , value]) => !line.startsWith('#') && value !== '')).toEqual([]);
});

test('a variable that is empty or blank counts as not set', () => {
  for (const blank of ['', '  ']) {
    expect(loadConfig(Object.fromEntries(VARIABLES.map((name) => [name, blank])))).toEqual(loadConfig({}));
  }
});

test('all errors are told at once, without repeating values', () => {
  const env = {
    SLACK_BOT_TOKEN: 'secret-1',
    PORT: 'secret-2',
    STATE_URL: 'mysql://secret-3',
    MAX_IMAGES: '0',
    WEB_HOST: '0.0.0.0',
  };
  expect(() => loadConfig(env)).toThrow(/SLACK_BOT_TOKEN[\s\S]*PORT[\s\S]*STATE_URL[\s\S]*MAX_IMAGES/);
  try {
    loadConfig(env);
  } catch (error) {
    expect(String(error)).not.toContain('secret');
  }
});

test.each([
  [{ SLACK_BOT_TOKEN: 'xoxb-1' }, 'SLACK_APP_TOKEN'],
  [{ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 's' }, 'PORT'],
  [{ SLACK_APP_TOKEN: 'xapp-1' }, 'SLACK_BOT_TOKEN'],
  [{ WEB_HOST: '0.0.0.0' }, 'WEB_TOKEN'],
  [{ WEB_PUBLIC_URL: 'https://room.example.org' }, 'WEB_TOKEN'],
  [{ WEB_PROXIES: '10.0.0.7', WEB_TOKEN: 'a shared reading room' }, 'WEB_PUBLIC_URL'],
])('what belongs together is demanded together: %o', (env, name) => {
  expect(() => loadConfig(env)).toThrow(name);
});

test.each([
  'room.example.org',
  'ftp://room.example.org',
  'https://room.example.org/cxr',
  'https://a:b@room.example.org',
])('the public address of the page is scheme and host: %s', (WEB_PUBLIC_URL) => {
  const WEB_TOKEN = 'a shared reading room';
  expect(() => loadConfig({ WEB_TOKEN, WEB_PUBLIC_URL })).toThrow('WEB_PUBLIC_URL');
  const url = 'https://room.example.org:8443/';
  expect(loadConfig({ WEB_TOKEN, WEB_PUBLIC_URL: url }).web?.publicUrl).toBe(url);
});

test.each([
  ['10.0.0.0/8, 10.0.0.0/33', 'entry 2'],
  ['proxy.example.org', 'entry 1'],
  ['10.0.0.7, 2001:db8::/129', 'entry 2'],
  ['10.0.0.7/', 'entry 1'],
])('proxies are addresses and subnets: %s', (WEB_PROXIES, entry) => {
  const page = { WEB_TOKEN: 'a shared reading room', WEB_PUBLIC_URL: 'https://room.example.org' };
  expect(() => loadConfig({ ...page, WEB_PROXIES })).toThrow(`WEB_PROXIES: ${entry} is no address or subnet`);
  const proxies = loadConfig({ ...page, WEB_PROXIES: '10.0.0.0/8, 2001:db8::7' }).web?.proxies;
  if (!proxies) throw new Error('the page is off');
  expect(['10.9.8.7', '11.0.0.1'].map((address) => proxies.check(address))).toEqual([true, false]);
  expect(['2001:db8::7', '2001:db8::8'].map((address) => proxies.check(address, 'ipv6'))).toEqual([true, false]);
});

test('credentials switch platforms on', () => {
  const config = loadConfig({ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', ALLOW_USERS: 'U1, U2,' });
  expect(config.slack?.botToken).toBe('xoxb-1');
  expect(config.terminal).toBe(false);
  expect(config.access.users).toEqual(['U1', 'U2']);
  expect(loadConfig({}).retentionMs).toBe(30 * 24 * 3_600_000);
});
