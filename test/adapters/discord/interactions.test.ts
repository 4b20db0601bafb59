// Commands, the message command and buttons: deferred in time, answered privately or in a thread, also after the token's 15 minutes.

import { setTimeout as sleep } from 'node:timers/promises';
import Keyv from 'keyv';
import { afterEach, expect, test, vi } from 'vitest';
import { QUICK } from '../../support/discord-server/harness.ts';
import { repliesIn } from '../../support/discord-server/looking.ts';
import { OTHER, PERSON } from '../../support/discord-server/people.ts';
import { type StartedDiscord, startDiscord } from '../../support/discord-server/started.ts';
import { READING } from '../../support/discord-server/store.ts';

const eventually = { timeout: 20_000, interval: 20 };
const FILM = { name: 'film.png', type: 'image/png', bytes: Uint8Array.of(1, 2, 3, 4) };
let discord: StartedDiscord;
afterEach(() => discord?.close());

const command = () =>
  vi.waitFor(() => {
    const [event] = discord.of('command');
    if (event === undefined) throw new Error('no command yet');
    return event;
  }, eventually);

test('/cxr read: its image can be read, its answer opens a thread, nothing is left thinking', async () => {
  discord = await startDiscord();
  const { people, store } = discord.server;
  const used = people.command(['cxr', 'read'], { files: { image: FILM }, strings: { prompt: 'basic' } });
  const event = await command();
  await people.answered(used);
  expect(used.callback).toMatchObject({ type: 5, ephemeral: false });
  expect(event).toMatchObject({ name: 'read', argument: 'basic' });
  expect(event.place.thread).toBe(`discord:${READING}:${used.original}`);
  expect(event.attachments[0]?.reference).toBeNull();
  expect(await discord.read(event.attachments[0])).toEqual(Buffer.from(FILM.bytes));
  const reply = await discord.adapter.reply(event.place, { key: event.id, answers: event.id });
  await reply.update('Reading');
  await reply.finish({ text: 'Report.' });
  expect(repliesIn(store, used.original ?? '')).toMatchObject([{ parts: ['Report.'] }]);
  expect(store.messages.get(used.original ?? '')).toMatchObject({
    content: 'The answer is in the thread below.',
    thinking: false,
  });
});

test('/cxr help is answered to the person alone, whole, and as a direct message once the token is over', async () => {
  discord = await startDiscord({ config: { timing: { ...QUICK, interactionLifeMs: 1_500 } } });
  const { people, store } = discord.server;
  const used = people.command(['cxr', 'help']);
  const event = await command();
  const reply = await discord.adapter.reply(event.place, { key: 'a', answers: event.id, privateTo: PERSON });
  await reply.finish({ text: 'word '.repeat(800) });
  const own = store.in(READING);
  expect(own.length).toBeGreaterThan(1);
  expect(own.every((message) => message.onlyFor === PERSON && message.thinking !== true)).toBe(true);
  expect(used.callback).toMatchObject({ type: 5, ephemeral: true });
  await sleep(1_600);
  const late = await discord.adapter.reply(event.place, { key: 'b', answers: event.id, privateTo: PERSON });
  await late.finish({ text: 'Late.' });
  expect(repliesIn(store, people.direct())).toMatchObject([{ parts: ['Late.'] }]);
});

test('what a command of one person has for another goes to that other alone', async () => {
  discord = await startDiscord();
  const { people, store } = discord.server;
  people.command(['cxr', 'help']);
  const event = await command();
  const reply = await discord.adapter.reply(event.place, { key: 'a', answers: event.id, privateTo: OTHER });
  await reply.finish({ text: 'Ann would take this case over.' });
  expect(repliesIn(store, people.direct(OTHER))).toMatchObject([{ parts: ['Ann would take this case over.'] }]);
  expect(JSON.stringify(store.in(READING))).not.toContain('Ann');
});

test('an answer for all to a command takes its thinking mark away', async () => {
  discord = await startDiscord();
  const { people, store } = discord.server;
  people.command(['cxr', 'forget']);
  const event = await command();
  expect(event).toMatchObject({ name: 'forget', argument: '' });
  await (await discord.adapter.reply(event.place, { key: 'a', answers: event.id })).finish({ text: 'Forgotten.' });
  await vi.waitFor(() => expect(store.in(READING).filter((message) => message.thinking)).toEqual([]), eventually);
  expect(repliesIn(store, READING)).toMatchObject([{ parts: ['Forgotten.'] }]);
});

test('a private answer that cannot be given never becomes a public one', async () => {
  discord = await startDiscord();
  const { people, store } = discord.server;
  store.channels.get(people.direct())?.denied.add('DirectMessages');
  const reply = await discord.adapter.reply(
    discord.place('').thread === '' ? discord.place('') : { ...discord.place(''), thread: `discord:${READING}:` },
    {
      key: 'secret',
      privateTo: PERSON,
    },
  );
  await reply.finish({ text: 'The diagnosis is tension pneumothorax.' });
  expect(
    store
      .in(READING)
      .map((message) => message.content)
      .join(),
  ).toContain('one person alone');
  expect(JSON.stringify([...store.messages.values()])).not.toContain('tension');
});

test('a slow core: deferred within Discord’s three seconds all the same', async () => {
  discord = await startDiscord();
  discord.beforeTaking = () => sleep(2_000);
  const { people } = discord.server;
  const used = people.command(['cxr', 'status']);
  await people.answered(used);
  expect((used.callback?.at ?? 0) - used.at).toBeLessThan(2_000);
  expect(discord.events).toEqual([]);
  await command();
});

test('"Read this X-ray" reads the message that it was used on, in that message’s thread', async () => {
  discord = await startDiscord();
  const { people } = discord.server;
  const target = people.post({ files: [FILM], isBot: true });
  const used = people.readMessage(target);
  const event = await command();
  await people.answered(used);
  expect(event).toMatchObject({ name: 'read', target: `discord:${READING}:${target.id}` });
  expect(event.place.thread).toBe(`discord:${READING}:${target.id}`);
  expect(await discord.read(event.attachments[0])).toEqual(Buffer.from(FILM.bytes));
});

test('/case goes through as it was typed, with its images in order', async () => {
  discord = await startDiscord();
  const second = { ...FILM, name: 'second.png' };
  discord.server.people.command(['case'], {
    files: { image2: second, image: FILM },
    strings: { text: 'title: Cough', do: 'new' },
  });
  const event = await command();
  expect(event).toMatchObject({ name: 'case', argument: 'new title: Cough' });
  expect(event.attachments.map((file) => file.name)).toEqual(['film.png', 'second.png']);
});

test('every button says what it is, on which reply; a foreign one says nothing; rows are at most five', async () => {
  discord = await startDiscord();
  const { people, store } = discord.server;
  const root = people.post({ files: [FILM] });
  const reply = await discord.adapter.reply(discord.place(root.id), { key: 'k' });
  const actions = ['again', 'confirm', 'stop', 'helpful', 'not-helpful', 'forget', 'case-reveal'] as const;
  await reply.finish({ text: 'Report.', controls: actions.map((action) => ({ action, label: action, value: 'x:1' })) });
  const [message] = store.in(root.id);
  if (message === undefined) throw new Error('no reply');
  expect(message.components.map((row) => row.components?.length)).toEqual([5, 2]);
  for (const action of actions) await people.answered(people.press(message, action));
  await vi.waitFor(() => expect(discord.of('action')).toHaveLength(actions.length), eventually);
  expect(discord.of('action').map((event) => [event.action, event.post, event.value])).toEqual(
    actions.map((action) => [action, reply.post, 'x:1']),
  );
  expect([...store.interactions.values()].every((each) => each.callback?.type === 6)).toBe(true);
  const pressed = discord.of('action')[3];
  const thanks = await discord.adapter.reply(pressed?.place ?? discord.place(root.id), {
    key: 't',
    answers: pressed?.id ?? '',
    privateTo: PERSON,
  });
  await thanks.finish({ text: 'Thank you.' });
  expect(store.in(root.id).at(-1)).toMatchObject({ onlyFor: PERSON });
  expect(message.content).toContain('Report.');
});

test('/case new in a channel: nobody sees what was typed, and the case has a thread of its own, where later words belong', async () => {
  discord = await startDiscord();
  const { people, store } = discord.server;
  const typed = { do: 'new', text: 'findings: left effusion' };
  const used = people.command(['case'], { files: { image: FILM }, strings: typed });
  const event = await command();
  await people.answered(used);
  expect(used.callback).toMatchObject({ type: 5, ephemeral: true });
  const [below] = store.ofBot().filter((message) => message.content.includes('in the thread below'));
  expect(event).toMatchObject({
    name: 'case',
    argument: 'new findings: left effusion',
    place: discord.place(below?.id ?? ''),
  });
  const reply = await discord.adapter.reply(event.place, { key: event.id, answers: event.id });
  await reply.finish({ text: 'Case.' });
  expect(repliesIn(store, below?.id ?? '')).toMatchObject([{ parts: ['Case.'] }]);
  expect(store.in(READING).map(({ id }) => id)).toEqual([below?.id]);
  people.post({ channel: below?.id ?? '', text: 'effusion' });
  await vi.waitFor(() => expect(discord.of('message')[0]?.place).toEqual(event.place), eventually);
  // In a thread it stays there; without a film there is nothing to open.
  people.command(['case'], { channel: below?.id ?? '', files: { image: FILM }, strings: typed });
  people.command(['case'], { strings: { do: 'help' } });
  await vi.waitFor(() => expect(discord.of('command')).toHaveLength(3), eventually);
  const places = discord.of('command').map(({ place }) => place.thread);
  expect(places.toSorted()).toEqual([event.place.thread, event.place.thread, `discord:${READING}:`].toSorted());
});

test('/case new where the bot may not write says so to the person alone', async () => {
  discord = await startDiscord({ prepare: ({ store }) => store.guildDenied.add('SendMessages') });
  const { people, store } = discord.server;
  people.command(['case'], { files: { image: FILM }, strings: { do: 'new' } });
  await vi.waitFor(
    () =>
      expect(
        store
          .ofBot()
          .map(({ content }) => content)
          .join(),
      ).toContain('no case can be opened'),
    eventually,
  );
  expect(store.ofBot().every((message) => message.onlyFor === PERSON)).toBe(true);
  expect(discord.of('command')).toEqual([]);
});

test('a private answer’s button in the direct conversation belongs to the thread, with the roles there, also after a restart', async () => {
  const store = new Keyv();
  discord = await startDiscord({ config: { store } });
  const { server } = discord;
  const root = server.people.post({ files: [FILM] });
  await vi.waitFor(() => expect(discord.of('message')).toHaveLength(1), eventually);
  const place = discord.place(root.id);
  const reply = await discord.adapter.reply(place, {
    key: 'a',
    answers: discord.of('message')[0]?.id ?? '',
    privateTo: PERSON,
  });
  await reply.finish({ text: 'I read.', controls: [{ action: 'case-confirm', label: 'Yes', value: 'x' }] });
  const [asked] = server.store.in(server.people.direct());
  if (asked === undefined) throw new Error('no direct message');
  await discord.adapter.stop();
  const restarted = await startDiscord({ server, config: { store } });
  await server.people.answered(server.people.press(asked, 'Yes'));
  await vi.waitFor(() => expect(restarted.of('action')).toHaveLength(1), eventually);
  expect(restarted.of('action')[0]).toMatchObject({ place, value: 'x', author: { roles: ['300000000000000001'] } });
  await restarted.close();
});

test('roles that Discord is slow to tell are waited for, and the press is deferred in time all the same', async () => {
  discord = await startDiscord();
  const { people, store, faults } = discord.server;
  const root = people.post({ files: [FILM] });
  await vi.waitFor(() => expect(discord.of('message')).toHaveLength(1), eventually);
  const place = discord.place(root.id);
  const about = { key: 'a', answers: discord.of('message')[0]?.id ?? '', privateTo: PERSON };
  const reply = await discord.adapter.reply(place, about);
  await reply.finish({ text: 'I read.', controls: [{ action: 'case-confirm', label: 'Yes', value: 'x' }] });
  const [asked] = store.in(people.direct());
  if (asked === undefined) throw new Error('no direct message');
  faults.add({ kind: 'slow', method: /members/, delayMs: 2_000 });
  const pressed = people.press(asked, 'Yes');
  await people.answered(pressed);
  expect((pressed.callback?.at ?? 0) - pressed.at).toBeLessThan(2_000);
  expect(discord.of('action')).toEqual([]);
  await vi.waitFor(() => expect(discord.of('action')).toHaveLength(1), eventually);
  expect(discord.of('action')[0]).toMatchObject({ place, author: { roles: ['300000000000000001'] } });
});

test('a private answer’s button belongs to the thread as soon as it can be pressed, however slowly the store writes', async () => {
  const kept = new Map<string, unknown>();
  const slowly = {
    get: async (key: string) => kept.get(key),
    async set(key: string, value: unknown) {
      if (key.includes('place-')) await sleep(500);
      kept.set(key, value);
    },
    delete: async (key: string) => kept.delete(key),
    clear: async () => kept.clear(),
  };
  discord = await startDiscord({ config: { store: new Keyv({ store: slowly }) } });
  const { people, store } = discord.server;
  const root = people.post({ files: [FILM] });
  await vi.waitFor(() => expect(discord.of('message')).toHaveLength(1), eventually);
  const place = discord.place(root.id);
  const about = { key: 'a', answers: discord.of('message')[0]?.id ?? '', privateTo: PERSON };
  const reply = await discord.adapter.reply(place, about);
  const finishing = reply.finish({
    text: 'I read.',
    controls: [{ action: 'case-confirm', label: 'Yes', value: 'x' }],
  });
  const asked = await vi.waitFor(() => {
    const [message] = store.in(people.direct());
    if (message === undefined) throw new Error('no direct message yet');
    return message;
  }, eventually);
  await people.answered(people.press(asked, 'Yes'));
  await finishing;
  await vi.waitFor(() => expect(discord.of('action')).toHaveLength(1), eventually);
  expect(discord.of('action')[0]).toMatchObject({ place, author: { roles: ['300000000000000001'] } });
});
