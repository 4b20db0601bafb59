// What the deployment files and a copy of .env.example make together: nothing here starts a container or a unit, but what the bot would read is put
// together by the rules of Docker and systemd.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Config, loadConfig } from '../../bot/config.ts';

type Variables = Record<string, string | undefined>;

const read = (name: string): string => readFileSync(resolve(import.meta.dirname, '../..', name), 'utf8');
const values = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, value]) => value ?? '');
/** `A=1 B=2`, as both ENV of a Dockerfile and Environment= of a unit have it. */
const assigned = (line: string): [string, string][] =>
  line.split(' ').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);

const copied: Variables = parseEnv(read('.env.example'));
const dockerfile = read('Dockerfile');
const image: Variables = Object.fromEntries(values(dockerfile, /^ENV (.+)$/gm).flatMap(assigned));
const unit = read('deploy/cxr-llava-bot.service');
const service = parse(read('compose.yaml')).services.bot as {
  env_file: string;
  environment: Record<string, string>;
  ports: string[];
};

/** The folder of an absolute sqlite path. */
function folderOf({ stateUrl }: Config): string {
  return /^sqlite:\/\/(\/.+)\/[^/]+$/.exec(stateUrl)?.[1] ?? `not an absolute sqlite path: ${stateUrl}`;
}

test('docker run --env-file with a copy of .env.example keeps its state in the volume and answers the health check', () => {
  const config = loadConfig({ ...image, ...copied });
  expect(folderOf(config)).toBe(values(dockerfile, /^VOLUME (\S+)$/gm)[0]);
  const [asked] = values(dockerfile, /fetch\('http:\/\/127\.0\.0\.1:(\d+)\/healthz'\)/g);
  expect(config.ops).toEqual({ host: '0.0.0.0', port: Number(asked) });
});

test.each([
  ['taken as it is', copied],
  ['with other addresses in it', { ...copied, OPS_HOST: '127.0.0.1', OPS_PORT: '', STATE_URL: 'sqlite://bot.sqlite' }],
])('docker compose with a copy of .env.example, %s, uses its Redis and publishes the health port', (_, env) => {
  expect(service.env_file).toBe('.env');
  const config = loadConfig({ ...image, ...env, ...service.environment });
  expect(config.stateUrl).toBe('redis://redis:6379/0');
  expect(config.ops).toEqual({ host: '0.0.0.0', port: 9464 });
  expect(service.ports).toEqual([`127.0.0.1:9464:${config.ops?.port}`]);
});

test('the systemd unit with a copy of .env.example keeps its state in its own folder, serves health and sees the GPU', () => {
  const set: Variables = Object.fromEntries(values(unit, /^Environment=(.+)$/gm).flatMap(assigned));
  // Whatever the order of its lines, a unit's EnvironmentFile wins over Environment.
  const config = loadConfig({ ...set, ...copied });
  expect(folderOf(config)).toBe(`/var/lib/${values(unit, /^StateDirectory=(\S+)$/gm)[0]}`);
  expect(config.ops).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(unit).not.toMatch(/^PrivateDevices=yes/m);
});
