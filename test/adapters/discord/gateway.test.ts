// The gateway's troubles: cut lines, RECONNECT, a dead session, a zombie, a refused intent. Each heals, and no message is lost.
import { afterEach, expect, test, vi } from 'vitest';
import { QUICK } from '../../support/discord-server/harness.ts';
import { type StartedDiscord, startDiscord } from '../../support/discord-server/started.ts';

const eventually = { timeout: 60_000, interval: 30 };
let discord: StartedDiscord;
afterEach(() => discord?.close());

const texts = () => discord.of('message').map((event) => event.text);
const hears = (text: string) => vi.waitFor(() => expect(texts()).toContain(text), eventually);
const isReady = () => vi.waitFor(() => expect(discord.adapter.health().ready).toBe(true), eventually);

test.each(['drop', 'reconnect'] as const)(
  'after "%s" the session is resumed and what was missed is replayed once',
  async (how) => {
    discord = await startDiscord();
    const { gateway, people } = discord.server;
    people.post({ text: 'before' });
    await hears('before');
    gateway.disturb(how);
    people.post({ text: 'meanwhile' });
    await hears('meanwhile');
    await vi.waitFor(() => expect(gateway.seen).toMatchObject({ identified: 1, resumed: 1 }), eventually);
    await isReady();
    people.post({ text: 'after' });
    await hears('after');
    expect(texts()).toEqual(['before', 'meanwhile', 'after']);
  },
  90_000,
);

test('a session that cannot be resumed: a new one is begun, and what was said meanwhile is fetched', async () => {
  discord = await startDiscord();
  const { gateway, people } = discord.server;
  people.post({ text: 'before' });
  await hears('before');
  gateway.refuseResume = true;
  gateway.disturb('drop');
  people.post({ text: 'meanwhile' });
  await hears('meanwhile');
  expect(gateway.seen.identified).toBe(2);
  people.post({ text: 'after' });
  await hears('after');
  expect(new Set(texts())).toEqual(new Set(['before', 'meanwhile', 'after']));
}, 90_000);

test('INVALID SESSION: identifies anew', async () => {
  discord = await startDiscord();
  const { gateway, people } = discord.server;
  gateway.disturb('invalid');
  await vi.waitFor(() => expect(gateway.seen.identified).toBe(2), eventually);
  await vi.waitFor(() => expect(gateway.isConnected()).toBe(true), eventually);
  people.post({ text: 'after' });
  await hears('after');
}, 90_000);

test('a zombie connection, where no heartbeat is answered, is left and resumed', async () => {
  discord = await startDiscord({
    prepare: ({ gateway }) => {
      gateway.heartbeatMs = 300;
    },
  });
  const { gateway, people } = discord.server;
  await vi.waitFor(() => expect(gateway.seen.heartbeats).toBeGreaterThan(0), eventually);
  gateway.disturb('zombie');
  people.post({ text: 'into the silence' });
  await hears('into the silence');
  expect(gateway.seen.resumed).toBe(1);
}, 90_000);

test('an intent that the gateway refuses is given up, and the bot goes on without it', async () => {
  discord = await startDiscord({
    prepare: ({ gateway }) => {
      gateway.refuseContent = true;
    },
  });
  const { gateway, people, store } = discord.server;
  expect(gateway.seen.identified).toBe(2);
  await isReady();
  people.post({ text: `<@${store.bot.id}> hello` });
  await hears('hello');
}, 90_000);

test('a connection that the library gave up is built anew', async () => {
  discord = await startDiscord({ config: { timing: { ...QUICK, rebuildAfterMs: 300 } } });
  const { gateway, people } = discord.server;
  gateway.end(4_010);
  await vi.waitFor(() => expect(gateway.seen.identified).toBe(2), eventually);
  await isReady();
  people.post({ text: 'after' });
  await hears('after');
}, 90_000);
