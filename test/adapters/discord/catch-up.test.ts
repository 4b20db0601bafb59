// What is written while the process is down: fetched at the next start, within bounds, and nothing that is older than the first start.
import Keyv from 'keyv';
import { afterEach, expect, test, vi } from 'vitest';
import { createDiscordServer, type DiscordServer } from '../../support/discord-server/discord-server.ts';
import { QUICK } from '../../support/discord-server/harness.ts';
import { PERSON } from '../../support/discord-server/people.ts';
import { type StartedDiscord, startDiscord } from '../../support/discord-server/started.ts';
import { READING } from '../../support/discord-server/store.ts';

const eventually = { timeout: 20_000, interval: 20 };
let server: DiscordServer;
let discord: StartedDiscord;
let store: Keyv;

async function begin(): Promise<void> {
  server = await createDiscordServer();
  store = new Keyv();
  await start();
}
async function start(timing = {}): Promise<void> {
  discord = await startDiscord({ server, config: { store, timing: { ...QUICK, ...timing } } });
}
afterEach(async () => {
  await discord.close();
  await server.close();
});

const texts = () => discord.of('message').map((event) => event.text);
const hears = (...all: string[]) => vi.waitFor(() => expect(texts()).toEqual(expect.arrayContaining(all)), eventually);
const lookedAt = () =>
  vi.waitFor(
    () => expect(discord.logged.some(({ sentence }) => sentence.includes('looked at what was written'))).toBe(true),
    eventually,
  );

/** Older than the overlap in which messages are looked at again anyway. */
function aMinuteOlder(kept: DiscordServer['store'], id: string): { id: string } {
  const message = kept.messages.get(id);
  if (message === undefined) throw new Error('no message');
  kept.messages.delete(id);
  const aged = { ...message, id: kept.snowflake(Date.now() - 60_000) };
  kept.messages.set(aged.id, aged);
  return aged;
}

test('messages in channels, threads and direct conversations, with the roles of who wrote them', async () => {
  await begin();
  const { people } = server;
  const root = people.post({ text: 'before' });
  people.post({ channel: people.direct(), text: 'direct before' });
  await hears('before', 'direct before');
  const event = discord.of('message')[0];
  const reply = await discord.adapter.reply(discord.place(root.id), { key: 'a', answers: event?.id ?? '' });
  await reply.finish({ text: 'A thread.' });
  await discord.close();

  people.post({ text: 'in the channel' });
  people.post({ channel: root.id, text: 'in the thread' });
  people.post({ channel: people.direct(), text: 'direct' });
  await start();
  await hears('in the channel', 'in the thread', 'direct');
  const inThread = discord.of('message').find(({ text }) => text === 'in the thread');
  expect(inThread).toMatchObject({
    place: discord.place(root.id),
    author: { id: PERSON, name: 'person-1', roles: ['300000000000000001'] },
  });
  expect(discord.of('message').find(({ text }) => text === 'direct')?.place.isDirect).toBe(true);
  expect(discord.logged.filter(({ level }) => level === 'error')).toEqual([]);
});

test('an older message of the bot’s thread that was edited meanwhile comes as an edit', async () => {
  await begin();
  const { people, store: kept } = server;
  const root = people.post({ text: 'upload' });
  await hears('upload');
  const reply = await discord.adapter.reply(discord.place(root.id), { key: 'a' });
  await reply.finish({ text: 'A thread.' });
  const old = people.post({ channel: root.id, text: 'effusion' });
  await hears('effusion');
  await discord.close();
  const aged = aMinuteOlder(kept, old.id);
  people.edit(aged.id, 'no effusion');
  await start();
  await vi.waitFor(() => expect(discord.of('edit')).toHaveLength(1), eventually);
  expect(discord.of('edit')[0]).toMatchObject({
    message: `discord:${root.id}:${aged.id}`,
    text: 'no effusion',
    place: discord.place(root.id),
  });
});

test('an older direct message that was edited meanwhile comes as an edit', async () => {
  await begin();
  const { people, store: kept } = server;
  const direct = people.direct();
  people.post({ channel: direct, text: 'hello' });
  await hears('hello');
  await discord.close();
  const old = people.post({ channel: direct, text: 'effusion' });
  const aged = aMinuteOlder(kept, old.id);
  people.edit(aged.id, 'no effusion');
  await start();
  await vi.waitFor(() => expect(discord.of('edit')).toHaveLength(1), eventually);
  expect(discord.of('edit')[0]).toMatchObject({ message: `discord:${direct}:${aged.id}`, text: 'no effusion' });
});

test('an edit is not lost although the process was killed before it noted the message as heard', async () => {
  await begin();
  const { people } = server;
  people.post({ text: 'before' });
  await hears('before');
  await discord.close();
  const noted = await store.get('heard');
  await start();
  const changed = people.post({ text: 'effusion' });
  await hears('effusion');
  await discord.close();
  await store.set('heard', noted);
  people.edit(changed.id, 'no effusion');
  await start();
  await vi.waitFor(() => expect(discord.of('edit')).toHaveLength(1), eventually);
  expect(discord.of('edit')[0]).toMatchObject({ message: `discord:${READING}:${changed.id}`, text: 'no effusion' });
});

test('a message heard just before the stop and edited meanwhile comes as an edit; one written and edited meanwhile comes once, as it stands', async () => {
  await begin();
  const { people } = server;
  const old = people.post({ text: 'effusion' });
  await hears('effusion');
  await discord.close();
  people.edit(old.id, 'no effusion');
  const fresh = people.post({ text: 'edema' });
  people.edit(fresh.id, 'no edema');
  await start();
  await hears('no edema');
  await vi.waitFor(() => expect(discord.of('edit')).toHaveLength(1), eventually);
  expect(discord.of('edit')[0]).toMatchObject({ message: `discord:${READING}:${old.id}`, text: 'no effusion' });
});

test('many messages are fetched page by page, up to a bound that the log tells', async () => {
  await begin();
  const { people } = server;
  people.post({ text: 'before' });
  await hears('before');
  await discord.close();
  for (let n = 1; n <= 620; n += 1) people.post({ text: `message ${n}` });
  await start();
  await hears('message 1', 'message 499');
  await vi.waitFor(
    () => expect(discord.logged.some(({ sentence }) => sentence.includes('more was written'))).toBe(true),
    eventually,
  );
  expect(new Set(texts()).size).toBe(500);
});

test('what is older than the bound, and what was there before the first start, is left alone', async () => {
  server = await createDiscordServer();
  store = new Keyv();
  server.people.post({ text: 'before the bot was invited' });
  await start();
  server.people.post({ text: 'first' });
  await hears('first');
  await discord.close();
  const late = server.people.post({ text: 'long ago' });
  await new Promise((resolve) => setTimeout(resolve, 400));
  const fresh = server.people.post({ text: 'just now' });
  expect(BigInt(fresh.id)).toBeGreaterThan(BigInt(late.id));
  await start({ catchUpMs: 200 });
  await hears('just now');
  await lookedAt();
  expect(texts()).toEqual(['just now']);
});

test('a channel that the bot may not see is passed over', async () => {
  await begin();
  const { people, store: kept } = server;
  people.post({ text: 'before' });
  await hears('before');
  await discord.close();
  const hidden = kept.addChannel({ id: '777000000000000001', type: 0, guild_id: kept.guild });
  hidden.denied.add('ViewChannel');
  people.post({ channel: hidden.id, text: 'secret' });
  people.post({ channel: READING, text: 'open' });
  await start();
  await hears('open');
  await lookedAt();
  expect(texts()).not.toContain('secret');
  expect(
    discord.logged.filter(({ level }) => level !== 'debug' && level !== 'info').map((each) => each.sentence),
  ).toEqual(expect.not.arrayContaining([expect.stringContaining('could not be fetched')]));
});
