// Where answers go when threads are archived, locked or deleted, when permissions are missing and messages vanish; nobody is ever pinged.
import { afterEach, expect, test, vi } from 'vitest';
import { toDiscordMarkdown } from '../../../adapters/discord/render.ts';
import { repliesIn } from '../../support/discord-server/looking.ts';
import { PERSON } from '../../support/discord-server/people.ts';
import { linksIn, renderText } from '../../support/discord-server/rendering.ts';
import { type StartedDiscord, startDiscord } from '../../support/discord-server/started.ts';
import { READING, type StoredMessage } from '../../support/discord-server/store.ts';

const eventually = { timeout: 20_000, interval: 20 };
const FILM = { name: 'film.png', type: 'image/png', bytes: Uint8Array.of(1, 2, 3, 4) };
const PANEL = [{ png: Uint8Array.of(137, 80, 78, 71), name: 'panel.png', alt: 'Finding panel' }];
let discord: StartedDiscord;
afterEach(() => discord?.close());

async function asked(): Promise<StoredMessage> {
  discord = await startDiscord();
  const root = discord.server.people.post({ files: [FILM] });
  await vi.waitFor(() => expect(discord.of('message')).toHaveLength(1), eventually);
  return root;
}
const replyTo = (root: StoredMessage, key = 'k') =>
  discord.adapter.reply(discord.place(root.id), { key, answers: `discord:${READING}:${root.id}` });

test('opens the thread of the upload, once, under a name that tells nothing of the file', async () => {
  const root = await asked();
  const replies = await Promise.all(['a', 'b', 'c'].map((key) => replyTo(root, key)));
  await Promise.all(replies.map((reply, n) => reply.finish({ text: `Answer ${n}.` })));
  const { store } = discord.server;
  expect(store.channels.get(root.id)).toMatchObject({ type: 11, parent_id: READING });
  expect(store.channels.get(root.id)?.name).toMatch(/^CXR-LLaVA, \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
  expect(repliesIn(store, root.id)).toHaveLength(3);
  expect(store.in(READING)).toHaveLength(1);
});

test('without the permission to open threads it answers the upload in the channel, pinging nobody', async () => {
  const root = await asked();
  const { store } = discord.server;
  store.guildDenied.add('CreatePublicThreads');
  const reply = await replyTo(root);
  await reply.update('Reading');
  await reply.finish({ text: 'Report.' });
  expect(repliesIn(store, READING)).toMatchObject([{ parts: ['Report.'] }]);
  expect(store.ofBot()[0]).toMatchObject({ message_reference: { message_id: root.id }, pinged: [] });
});

test('where it may not write at all the person gets the answer, and a later try in the channel is made', async () => {
  const root = await asked();
  const { store, people } = discord.server;
  for (const permission of ['SendMessages', 'SendMessagesInThreads']) store.guildDenied.add(permission);
  await (await replyTo(root)).finish({ text: 'Report.' });
  expect(repliesIn(store, people.direct())).toMatchObject([{ parts: ['Report.'] }]);
  store.channels.get(people.direct())?.denied.add('DirectMessages');
  const other = await replyTo(root, 'other');
  await expect(other.finish({ text: 'Other.' })).rejects.toMatchObject({ code: 'platform-failed' });
  store.guildDenied.clear();
  await other.finish({ text: 'Other.' });
  expect(repliesIn(store, root.id)).toMatchObject([{ parts: ['Other.'] }]);
});

test('an archived thread is opened again, for new messages and for edits', async () => {
  const root = await asked();
  const { store, people } = discord.server;
  const reply = await replyTo(root);
  await reply.update('Reading');
  people.archive(root.id, {});
  await reply.finish({ text: 'Report.' });
  people.archive(root.id, {});
  await (await replyTo(root, 'next')).finish({ text: 'Next.' });
  expect(repliesIn(store, root.id).map((each) => [each.parts, each.unfinished])).toEqual([
    [['Report.'], false],
    [['Next.'], false],
  ]);
});

test('a locked thread: the whole answer stands in the channel', async () => {
  const root = await asked();
  const { store, people } = discord.server;
  const reply = await replyTo(root);
  await reply.update('Reading');
  people.archive(root.id, { locked: true });
  Object.assign(store.channels.get(root.id) ?? {}, { archived: false });
  await reply.finish({ text: 'Report.' });
  expect(repliesIn(store, READING)).toMatchObject([{ parts: ['Report.'], unfinished: false }]);
});

test('a deleted thread, or a message deleted before its thread: nobody to answer, no error, no thread made anew', async () => {
  const root = await asked();
  const { store, people } = discord.server;
  const reply = await replyTo(root);
  await reply.update('Reading');
  people.deleteThread(root.id);
  await vi.waitFor(async () => {
    await reply.finish({ text: 'Report.' });
    expect(discord.logged.some(({ sentence }) => sentence.includes('no place any more'))).toBe(true);
  }, eventually);
  const second = people.post({ files: [FILM] });
  people.remove(second.id);
  await (await replyTo(second)).finish({ text: 'Report.' });
  expect(store.ofBot()).toEqual([]);
});

test('what a moderator deletes of an answer is written anew', async () => {
  const root = await asked();
  const { store } = discord.server;
  const reply = await replyTo(root);
  await reply.update('Reading');
  for (const message of store.ofBot()) store.messages.delete(message.id);
  await reply.finish({ text: 'Report.' });
  expect(repliesIn(store, root.id)).toMatchObject([{ parts: ['Report.'] }]);
});

test.each(['size', 'permission'] as const)(
  'a picture refused for its %s: the text stands, and says so',
  async (why) => {
    const root = await asked();
    const { store } = discord.server;
    if (why === 'size') discord.server.maxUploadBytes = 2;
    else store.guildDenied.add('AttachFiles');
    const reply = await replyTo(root);
    await reply.update('Reading');
    await reply.finish({ text: 'Report.', pictures: PANEL });
    const [seen] = repliesIn(store, root.id);
    expect(seen?.parts.join()).toContain('Report.');
    expect(seen?.parts.join()).toContain('could not be uploaded');
  },
);

test('a picture is replaced by one of its name and has a description for those who cannot see it', async () => {
  const root = await asked();
  const reply = await replyTo(root);
  await reply.finish({
    text: 'Report.',
    pictures: PANEL,
    files: [{ bytes: FILM.bytes, name: 'a b.csv', mediaType: 'text/csv' }],
  });
  await reply.finish({ text: 'Report again.', pictures: PANEL });
  const [message] = discord.server.store.in(root.id);
  expect(message?.files.map((file) => file.filename).toSorted()).toEqual(['a_b.csv', 'panel.png']);
  expect(message?.files.at(-1)?.description).toBe('Finding panel');
});

test('an answer of Discord that gets lost makes no second message', async () => {
  const root = await asked();
  const { store, faults } = discord.server;
  faults.add({ kind: 'disconnect-after', method: /POST .*\/messages$/, times: 2 });
  faults.add({ kind: 'error-after', method: /POST .*\/messages$/ });
  await (await replyTo(root)).finish({ text: 'Report.' });
  expect(store.in(root.id)).toHaveLength(1);
});

test('rate limits are kept: with Discord’s own five in five seconds nothing is refused for long and the answer is whole', async () => {
  const root = await asked();
  const { store, limits } = discord.server;
  limits.limit = 5;
  limits.windowMs = 1_000;
  const text = Array.from({ length: 600 }, (_, n) => `Sentence number ${n} is here.`).join(' ');
  await (await replyTo(root)).finish({ text });
  expect(repliesIn(store, root.id)[0]?.parts.join(' ').replace(/\s+/g, ' ')).toBe(text);
  expect(limits.refused).toBeLessThan(3);
});

test('every write forbids every mention; hostile text shows as typed and links nowhere', async () => {
  const root = await asked();
  const hostile =
    '@everyone <@1> <@&2> <#3> [here](https://evil.example/a) https://evil.example <t:1> ||x|| ~~y~~ __z__';
  await (await replyTo(root)).finish({ text: hostile });
  await (await discord.adapter.reply(discord.place(root.id), { key: 'p', privateTo: PERSON })).finish({
    text: hostile,
  });
  const writes = discord.server.store.calls.filter(
    (call) =>
      ['POST', 'PATCH'].includes(call.method) && /\/messages/.test(call.path) && !call.path.endsWith('/threads'),
  );
  expect(writes.length).toBeGreaterThan(1);
  expect(writes.every((call) => JSON.stringify(call.body).includes('"allowed_mentions":{"parse":[]'))).toBe(true);
  const rendered = toDiscordMarkdown(hostile);
  expect(renderText(rendered)).toBe(hostile);
  expect(linksIn(rendered)).toEqual([]);
  expect(discord.server.store.ofBot().flatMap((message) => message.pinged)).toEqual([]);
});
