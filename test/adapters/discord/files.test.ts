// Attachments: taken on receipt, fetched anew when their links expire, from Discord's hosts only and never with the token.
import { afterEach, expect, test, vi } from 'vitest';
import { createHeldFiles } from '../../../adapters/discord/held-files.ts';
import { SILENT } from '../../support/discord-server/harness.ts';
import { type StartedDiscord, startDiscord } from '../../support/discord-server/started.ts';

const eventually = { timeout: 20_000, interval: 20 };
const bytes = Uint8Array.from({ length: 5_000 }, (_, n) => n % 251);
const FILM = { name: 'film.png', type: 'image/png', bytes };
let discord: StartedDiscord;
afterEach(() => discord?.close());

const first = () =>
  vi.waitFor(() => {
    const attachment = discord.of('message')[0]?.attachments[0];
    if (attachment === undefined) throw new Error('no attachment yet');
    return attachment;
  }, eventually);
const fetched = (count: number) =>
  vi.waitFor(() => expect(discord.server.fileRequests).toHaveLength(count), eventually);

test('the bytes are taken on receipt and given once, without a second request', async () => {
  discord = await startDiscord();
  discord.server.people.post({ files: [FILM] });
  const attachment = await first();
  await fetched(1);
  discord.server.links.lifeMs = -1;
  expect(await discord.read(attachment)).toEqual(Buffer.from(bytes));
  expect(discord.server.fileRequests).toMatchObject([{ status: 200, auth: null }]);
});

test('other kinds of files and too large ones are not fetched before they are wanted', async () => {
  discord = await startDiscord({ config: { maxFileBytes: 4_000 } });
  discord.server.people.post({ files: [{ ...FILM, name: 'letter.pdf', type: 'application/pdf' }, FILM] });
  await first();
  expect(discord.server.fileRequests).toEqual([]);
});

test('an expired link is made fresh by fetching its message again; a deleted message is said', async () => {
  discord = await startDiscord({ config: { maxFileBytes: 1 } });
  const { people, links, store } = discord.server;
  links.lifeMs = -1;
  const message = people.post({ files: [FILM] });
  const attachment = await first();
  links.lifeMs = 60_000;
  expect(await discord.read(attachment)).toEqual(Buffer.from(bytes));
  expect(discord.server.fileRequests.map(({ status }) => status)).toEqual([404, 200]);
  store.guildDenied.add('ReadMessageHistory');
  const stale = { ...attachment, reference: (attachment.reference ?? '').replace(/hm=\w+/, 'hm=0') };
  await expect(discord.read(stale)).rejects.toMatchObject({ message: expect.stringContaining('history') });
  store.guildDenied.clear();
  people.remove(message.id);
  await expect(discord.read(stale)).rejects.toMatchObject({ code: 'attachment-unavailable' });
});

test('a link to anywhere else is refused without asking it', async () => {
  discord = await startDiscord({ config: { maxFileBytes: 1 } });
  discord.server.people.post({ files: [FILM] });
  const attachment = await first();
  for (const url of [
    'http://127.0.0.1:9/a.png',
    'https://evil.example/a.png',
    'file:///etc/passwd',
    'http://cdn.discordapp.com/a',
  ]) {
    const reference = JSON.stringify({ ...JSON.parse(attachment.reference ?? '{}'), url });
    await expect(discord.read({ ...attachment, reference })).rejects.toMatchObject({
      code: 'attachment-unavailable',
      message: expect.stringContaining('not kept by Discord'),
    });
  }
  expect(discord.server.fileRequests).toEqual([]);
});

test.each(['server-error', 'disconnect', 'truncate'] as const)('a download goes on after: %s', async (kind) => {
  discord = await startDiscord({ config: { maxFileBytes: 1 } });
  discord.server.people.post({ files: [FILM] });
  const attachment = await first();
  discord.server.faults.add({ kind, method: 'file-download' });
  expect(await discord.read(attachment)).toEqual(Buffer.from(bytes));
});

test('held bytes stay within their bound and go when their time is over', async () => {
  const held = createHeldFiles({ maxTotalBytes: 10, heldForMs: 30, log: SILENT });
  held.take('a', 6, async () => bytes);
  held.take('b', 6, async () => bytes);
  expect(await held.give('b')).toBeNull();
  await vi.waitFor(async () => expect(await held.give('a')).toBeNull(), eventually);
  held.take('c', 6, async () => bytes);
  expect(await held.give('c')).toEqual(bytes);
  expect(await held.give('c')).toBeNull();
});
