// What people do in Discord reaches the core as its events, once, with the right place; what is none of its business does not.
import { afterEach, expect, test, vi } from 'vitest';
import { readIncomingText } from '../../../adapters/discord/incoming-text.ts';
import { OTHER } from '../../support/discord-server/people.ts';
import { type StartedDiscord, startDiscord } from '../../support/discord-server/started.ts';
import { READING } from '../../support/discord-server/store.ts';

const eventually = { timeout: 20_000, interval: 20 };
const FILM = { name: 'film.png', type: 'image/png', bytes: Uint8Array.of(1, 2, 3, 4) };
let discord: StartedDiscord;
afterEach(() => discord?.close());

const messages = (count: number) =>
  vi.waitFor(() => {
    expect(discord.of('message')).toHaveLength(count);
    return discord.of('message');
  }, eventually);

test('reads Discord’s markup as what was typed', () => {
  const mentions = [
    { id: '1', username: 'CXR-LLaVA' },
    { id: '2', username: 'anna' },
  ];
  const read = (content: string, more = {}) =>
    readIncomingText(
      { content, mentions: [], mention_roles: [], mention_everyone: false, ...more },
      '1',
      new Set(['9']),
    );
  expect(read('<@1>  is it <:lung:77> in <#5>?', { mentions: mentions.slice(0, 1) })).toEqual({
    text: 'is it :lung: in #channel?',
    mentionsBot: true,
    mentionsOthers: false,
  });
  expect(read('<@!2> and <@&8>', { mentions: mentions.slice(1), mention_roles: ['8'] })).toEqual({
    text: '@anna and @role',
    mentionsBot: false,
    mentionsOthers: true,
  });
  expect(read('<@&9> hello', { mention_roles: ['9'] })).toMatchObject({ text: 'hello', mentionsBot: true });
});

test('a message in a channel, in a thread and a direct one each have their place; an answer to the bot belongs to what it answered', async () => {
  discord = await startDiscord();
  const { people, store } = discord.server;
  const root = people.post({ files: [FILM], text: 'new' });
  const [first] = await messages(1);
  expect(first?.place).toEqual(discord.place(root.id));
  store.guildDenied.add('CreatePublicThreads');
  const reply = await discord.adapter.reply(discord.place(root.id), { key: 'k', answers: first?.id ?? '' });
  await reply.finish({ text: 'Answer.' });
  const answer = store.ofBot()[0];
  people.post({ text: 'why?', replyTo: answer?.id ?? '' });
  const answered = (await messages(2))[1];
  expect(answered?.place.thread).toBe(`discord:${READING}:${root.id}`);
  expect(answered?.mentionsBot).toBe(true);
  store.addChannel({ id: '777', type: 11, parent_id: READING, guild_id: store.guild });
  people.post({ channel: '777', text: 'in a thread that the bot never saw' });
  expect((await messages(3))[2]?.place).toEqual({ ...discord.place('777') });
  people.post({ channel: people.direct(), text: 'hello' });
  expect((await messages(4))[3]?.place.isDirect).toBe(true);
});

test('an answer to the bot in a channel stays where it belongs when it is edited or deleted, also once the bot’s message is gone', async () => {
  discord = await startDiscord();
  const { people, store } = discord.server;
  store.guildDenied.add('CreatePublicThreads');
  const root = people.post({ files: [FILM], text: 'new' });
  const [first] = await messages(1);
  const reply = await discord.adapter.reply(discord.place(root.id), { key: 'k', answers: first?.id ?? '' });
  await reply.finish({ text: 'Answer.' });
  const answer = store.ofBot()[0]?.id ?? '';
  const question = people.post({ text: 'why?', replyTo: answer });
  await messages(2);
  people.remove(answer);
  people.edit(question.id, 'why not?');
  await vi.waitFor(() => expect(discord.of('edit')).toHaveLength(1), eventually);
  people.remove(question.id);
  await vi.waitFor(() => expect(discord.of('delete')).toHaveLength(2), eventually);
  const id = `discord:${READING}:${question.id}`;
  expect(discord.of('edit')[0]).toMatchObject({ message: id, place: discord.place(root.id) });
  expect(discord.of('delete')[1]).toMatchObject({ message: id, place: discord.place(root.id) });
});

test('pins and previews are no edits; an edit comes once; a file taken out of a message is told', async () => {
  discord = await startDiscord();
  const { people, store, gateway } = discord.server;
  const root = people.post({ files: [FILM], text: 'look' });
  const [message] = await messages(1);
  gateway.dispatch('MESSAGE_UPDATE', { ...root, guild_id: store.guild, attachments: [] }, { intent: -1 });
  people.edit(root.id, 'look here', { withoutFiles: true });
  await vi.waitFor(() => expect(discord.of('edit')).toHaveLength(1), eventually);
  expect(discord.of('edit')[0]).toMatchObject({ message: message?.id, text: 'look here' });
  expect(discord.of('delete')).toMatchObject([{ message: null, attachment: message?.attachments[0]?.id }]);
});

test('without MESSAGE_CONTENT: says so at start; sees mentions and direct messages whole, and takes hidden edits for nothing', async () => {
  discord = await startDiscord({
    prepare: ({ store }) => {
      store.flags = 0;
    },
  });
  const { people, store, gateway } = discord.server;
  expect(discord.logged.some(({ level, sentence }) => level === 'warn' && sentence.includes('MESSAGE_CONTENT'))).toBe(
    true,
  );
  expect((gateway.seen.intents[0] ?? 0) & (1 << 15)).toBe(0);
  people.post({ text: 'not for the bot', files: [FILM] });
  const mention = people.post({ text: `<@${store.bot.id}> read`, files: [FILM] });
  people.post({ channel: people.direct(), files: [FILM] });
  const [hidden, mentioned, direct] = await messages(3);
  expect(hidden).toMatchObject({ text: '', attachments: [] });
  expect(mentioned?.attachments).toHaveLength(1);
  expect(direct?.attachments).toHaveLength(1);
  const other = people.post({ text: 'a', user: OTHER });
  people.edit(other.id, 'b');
  people.edit(mention.id, `<@${store.bot.id}> read it`);
  await vi.waitFor(() => expect(discord.of('edit')).toHaveLength(1), eventually);
  expect(discord.of('edit')[0]?.text).toBe('read it');
});

test('an event that the core cannot keep is offered again, in its order', async () => {
  discord = await startDiscord();
  let failures = 2;
  discord.beforeTaking = async () => {
    failures -= 1;
    if (failures >= 0) throw new Error('store down');
  };
  discord.server.people.post({ text: 'first' });
  discord.server.people.post({ text: 'second' });
  expect((await messages(2)).map((event) => event.text)).toEqual(['first', 'second']);
});

test('says at start which permissions and commands are missing, and how to invite the bot', async () => {
  discord = await startDiscord({ prepare: ({ store }) => store.guildDenied.add('CreatePublicThreads') });
  await vi.waitFor(
    () =>
      expect(discord.logged.find(({ facts }) => 'missing' in facts)?.facts.missing).toEqual(['CreatePublicThreads']),
    eventually,
  );
  expect(discord.logged.some(({ sentence }) => sentence.includes('discord:register'))).toBe(true);
  expect(discord.logged.some(({ facts }) => String(facts.invite).includes('permissions='))).toBe(true);
});

test('a wrong token is one sentence that names the variable', async () => {
  await expect(startDiscord({ config: { token: 'wrong' } })).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('DISCORD_TOKEN'),
  });
  discord = await startDiscord();
});
