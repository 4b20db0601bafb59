// Core and Discord together: what people do in a channel, Discord's faults, a restart, messages written meanwhile; every answer there exactly once.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTeachingMode } from '../../../bot/teaching/teaching-mode.ts';
import { type DiscordBot, startDiscordBot } from '../../support/discord-server/discord-bot.ts';
import { createDiscordServer, type DiscordServer } from '../../support/discord-server/discord-server.ts';
import { repliesIn, type SeenReply } from '../../support/discord-server/looking.ts';
import { OTHER } from '../../support/discord-server/people.ts';
import { createSchoolClass } from '../../support/discord-server/school-class.ts';
import { READING } from '../../support/discord-server/store.ts';
import { temporaryStoreUrl } from '../../support/test-bot.ts';

const eventually = { timeout: 60_000, interval: 50 };
const FILM = {
  name: 'film.png',
  type: 'image/png',
  bytes: Uint8Array.from({ length: 3_000 }, (_, n) => (n === 0 ? 0x89 : n % 251)),
};
let server: DiscordServer;
let bot: DiscordBot;
let storeUrl: string;
beforeEach(async () => {
  server = await createDiscordServer();
  storeUrl = temporaryStoreUrl();
});
afterEach(async () => {
  await bot.close();
  await server.close();
});

const settled = (channel: string, count: number): Promise<SeenReply[]> =>
  vi.waitFor(() => {
    const replies = repliesIn(server.store, channel);
    expect(replies.map(({ unfinished }) => unfinished)).toEqual(Array.from({ length: count }, () => false));
    return replies;
  }, eventually);

test('a film is read in its thread, discussed without mentions, told apart from talk among people', async () => {
  bot = await startDiscordBot(server, { storeUrl });
  const { people, store } = server;
  const root = people.post({ files: [FILM] });
  const [report] = await settled(root.id, 1);
  expect(report?.parts.join()).toContain('Draft report');
  expect(report?.controls.map(({ label }) => label)).toEqual(
    expect.arrayContaining(['Report again', 'Forget this case']),
  );
  people.post({ channel: root.id, text: 'Is the heart enlarged?' });
  await settled(root.id, 2);
  people.post({ channel: root.id, text: `<@${OTHER}> lunch?` });
  people.post({ channel: root.id, text: 'beep', isBot: true });
  people.post({ text: 'nothing to do with it' });
  people.post({ channel: root.id, text: 'And the lungs?' });
  await settled(root.id, 3);
  expect(repliesIn(store, READING)).toEqual([]);
});

test('where no thread may be opened, a deleted question is taken back with its answer, after a restart too', async () => {
  bot = await startDiscordBot(server, { storeUrl });
  const { people, store } = server;
  store.guildDenied.add('CreatePublicThreads');
  people.post({ files: [FILM] });
  const [report] = await settled(READING, 1);
  const first = people.post({ text: 'Is the heart enlarged?', replyTo: report?.messages[0]?.id ?? '' });
  await settled(READING, 2);
  const second = people.post({ text: 'And the lungs?', replyTo: report?.messages[0]?.id ?? '' });
  await settled(READING, 3);
  const isTakenBack = (index: number) =>
    vi.waitFor(
      () => expect(repliesIn(store, READING)[index]?.parts.join()).toContain('its answer was taken back'),
      eventually,
    );
  people.remove(second.id);
  await isTakenBack(2);
  await bot.close();
  bot = await startDiscordBot(server, { storeUrl });
  people.remove(first.id);
  await isTakenBack(1);
  expect(repliesIn(store, READING)[0]?.parts.join()).toContain('Draft report');
});

test('a store that is away at the start: questions from before and from then are answered once it is back', async () => {
  const folder = join(dirname(storeUrl.slice('sqlite://'.length)), 'state');
  mkdirSync(folder);
  const url = `sqlite://${join(folder, 'bot.sqlite')}`;
  bot = await startDiscordBot(server, { storeUrl: url });
  const { people } = server;
  const root = people.post({ files: [FILM] });
  await settled(root.id, 1);
  await bot.close();
  people.post({ channel: root.id, text: 'Is the heart enlarged?' });
  renameSync(folder, `${folder}-away`);
  writeFileSync(folder, 'in its place');
  bot = await startDiscordBot(server, { storeUrl: url });
  people.post({ channel: root.id, text: 'And the lungs?' });
  // Longer than the first few tries.
  await sleep(3_000);
  rmSync(folder);
  renameSync(`${folder}-away`, folder);
  await settled(root.id, 3);
});

test('faults everywhere and a restart: each event is answered once, those written while it was down as well', async () => {
  bot = await startDiscordBot(server, { storeUrl, core: { concurrency: 8, stopLimitMs: 0 }, engine: { wordMs: 10 } });
  const { people, faults, gateway } = server;
  const kinds = ['server-error', 'error-after', 'disconnect', 'disconnect-after', 'slow'] as const;
  faults.random({ probability: 0.06, kinds, seed: 7 });
  const breaking = setInterval(() => gateway.disturb('drop'), 1_500);
  const roots = Array.from({ length: 8 }, () => people.post({ files: [FILM] }));
  await Promise.all(roots.map(({ id }) => settled(id, 1)));
  for (const { id } of roots) people.post({ channel: id, text: 'Question 1?' });
  await bot.close();
  for (const { id } of roots) people.post({ channel: id, text: 'Question 2?' });
  bot = await startDiscordBot(server, { storeUrl });
  const late = people.post({ files: [FILM] });
  await Promise.all([...roots.map(({ id }) => settled(id, 3)), settled(late.id, 1)]);
  clearInterval(breaking);
  faults.clear();
  for (const { id } of roots) {
    const replies = await settled(id, 3);
    expect(replies.map(({ parts }) => parts.length)).toEqual([1, 1, 1]);
  }
  expect(Object.values(faults.played()).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(3);
}, 120_000);

test('a small case with allowlists: opened in a channel, answered by command and in words, confirmed in the direct message, revealed', async () => {
  const access = { spaces: [server.store.guild], channels: [READING], users: [], roles: ['300000000000000001'] };
  bot = await startDiscordBot(server, {
    storeUrl,
    core: { access: { ...access, adminUsers: [], adminRoles: [], perMinute: 1_000 } },
    engine: { answer: () => 'There is a pleural effusion. No pneumothorax.' },
    modes: [createTeachingMode],
  });
  const { store } = server;
  const school = createSchoolClass(server, ['teacher', 'ann', 'ben']);
  await school.command('teacher', READING, 'new', 'title: Breathless; findings: effusion', [FILM]);
  const thread = await vi.waitFor(() => {
    const made = [...store.channels.values()].find(({ parent_id }) => parent_id === READING);
    if (made === undefined) throw new Error('no thread yet');
    return made.id;
  }, eventually);
  await settled(thread, 1);
  school.say('ann', thread, 'Effusion 80%');
  await school.settle('ann', 1);
  await school.command('ben', thread, 'answer', 'Pneumothorax');
  await school.settle('ben', 1);
  await school.command('teacher', thread, 'reveal');
  await vi.waitFor(() => {
    const text = school.told(thread).at(-1)?.parts.join('\n');
    expect(text).toMatch(/ann: Sensitivity 1\/1 = 100 %; Specificity 11\/11 = 100 %/);
    expect(text).toMatch(/ben: Sensitivity 0\/1 = 0 %; Specificity 10\/11 = 91 %/);
  }, eventually);
  // Longer than the class waits for anything, so that a wait in vain says what it waited for.
}, 120_000);
