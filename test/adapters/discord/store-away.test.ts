// While the store is away nothing that was written is lost: it waits, within a bound, and what does not get to the core is fetched by the next session.
import Keyv from 'keyv';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DiscordConfig } from '../../../adapters/discord/discord-config.ts';
import { CxrError } from '../../../engine/error.ts';
import { createDiscordServer, type DiscordServer } from '../../support/discord-server/discord-server.ts';
import { QUICK } from '../../support/discord-server/harness.ts';
import { type StartedDiscord, startDiscord } from '../../support/discord-server/started.ts';

const eventually = { timeout: 20_000, interval: 20 };
const AWAY = new CxrError('store-failed', 'My memory cannot be reached at the moment.');
let server: DiscordServer;
let discord: StartedDiscord;
let store: Keyv;
/** Whether the core can keep a message with these words. */
let isKept: (text: string) => boolean;
let offered: number;

beforeEach(async () => {
  server = await createDiscordServer();
  store = new Keyv();
  isKept = () => true;
  offered = 0;
});
afterEach(async () => {
  await discord.close();
  await server.close();
});

async function start(config: Partial<DiscordConfig> = {}): Promise<void> {
  discord = await startDiscord({ server, config: { store, timing: { ...QUICK, retryDelayMs: 1 }, ...config } });
  discord.beforeTaking = async (event) => {
    if (event.kind !== 'message' || isKept(event.text)) return;
    offered += 1;
    throw AWAY;
  };
}
const texts = () => discord.of('message').map((event) => event.text);
const hears = (...all: string[]) => vi.waitFor(() => expect(texts()).toEqual(expect.arrayContaining(all)), eventually);
const isOffered = (times: number) => vi.waitFor(() => expect(offered).toBeGreaterThanOrEqual(times), eventually);

test('a question is offered until the store is back, and what came after it in its channel waits behind it', async () => {
  await start();
  isKept = () => false;
  server.people.post({ text: 'first' });
  server.people.post({ text: 'second' });
  await isOffered(7);
  isKept = () => true;
  await hears('second');
  expect(texts()).toEqual(['first', 'second']);
});

test('a message that the process took with it is fetched at the next start, although newer ones were heard elsewhere', async () => {
  await start();
  isKept = (text) => text !== 'the question';
  const question = server.people.post({ text: 'the question' });
  await isOffered(2);
  // Far beyond the overlap in which messages are looked at again anyway.
  const later = server.store.snowflake(Date.now() + 60_000);
  const direct = { ...question, id: later, channel_id: server.people.direct(), content: 'elsewhere', attachments: [] };
  server.gateway.dispatch('MESSAGE_CREATE', direct, { intent: -1 });
  await hears('elsewhere');
  await discord.close();
  isKept = () => true;
  await start();
  await hears('the question');
});

test('beyond the bound messages are left, which the log tells, and fetched by the next session', async () => {
  await start({ maxWaiting: 2 });
  isKept = () => false;
  for (let n = 1; n <= 4; n += 1) {
    server.people.post({ text: `message ${n}` });
    if (n === 1) await isOffered(1);
  }
  const left = () => discord.logged.filter(({ level, sentence }) => level === 'error' && sentence.includes('was left'));
  await vi.waitFor(() => expect(left()).toHaveLength(2), eventually);
  isKept = () => true;
  await hears('message 1', 'message 2');
  expect(texts()).toHaveLength(2);
  server.gateway.refuseResume = true;
  server.gateway.disturb('drop');
  await hears('message 3', 'message 4');
}, 90_000);
