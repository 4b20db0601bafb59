// A small teaching case over the local Slack: opened by words to the bot, answered in the thread, read back to each person alone, revealed and exported.
import { afterEach, expect, test, vi } from 'vitest';
import { createTeachingMode } from '../../../bot/teaching/teaching-mode.ts';
import { type ReadReply, readThread } from '../../support/slack-server/looking.ts';
import { buttonsOf, renderText } from '../../support/slack-server/rendering.ts';
import { type SlackBot, startSlackBot, temporaryStoreUrl } from '../../support/slack-server/slack-bot.ts';
import { createSlackServer, type SlackServer } from '../../support/slack-server/slack-server.ts';
import type { StoredMessage } from '../../support/slack-server/store.ts';

const eventually = { timeout: 30_000, interval: 30 };
const CHANNEL = 'C0READING';
/** The scripted engine takes a PNG by its first byte. */
const BYTES = Uint8Array.from({ length: 3_000 }, (_, n) => (n === 0 ? 0x89 : n % 251));
const FILM = { name: 'film.png', mimetype: 'image/png', bytes: BYTES };
const [TEACHER, ANN, BEN] = ['U0TEACHER', 'U0ANN', 'U0BEN'];
const engine = { answer: () => 'There is a pleural effusion. No pneumothorax.' };

let server: SlackServer;
let bot: SlackBot | null = null;
afterEach(async () => {
  await bot?.close();
  bot = null;
  await server.close();
});

const whispers = (user: string): StoredMessage[] =>
  server.store.messages.filter(({ ephemeralFor, deleted }) => ephemeralFor === user && !deleted);
const toldAlone = (user: string, count: number): Promise<StoredMessage> =>
  vi.waitFor(() => {
    const all = whispers(user);
    expect(all.map(renderText), `what ${user} was told alone`).toHaveLength(count);
    return all.at(-1) as StoredMessage;
  }, eventually);

/** Who presses a button is told by its response URL. */
const counted = (times: number): Promise<void> =>
  vi.waitFor(() => {
    const told = server.responses.map(({ body }) => String(body.text));
    expect(told.filter((text) => text.includes('Counted.'))).toHaveLength(times);
  }, eventually);

test.each(['socket', 'http'] as const)('over %s, with a restart in the middle', async (transport) => {
  server = await createSlackServer();
  const storeUrl = temporaryStoreUrl();
  const start = async () => {
    bot = await startSlackBot({ server, storeUrl, transport, engine, modes: [createTeachingMode] });
  };
  await start();
  const { people, store } = server;
  store.names.set(ANN, 'Ann').set(BEN, 'Ben');
  const root = people.post({
    user: TEACHER,
    text: `<@${store.bot.user}> case new title: Breathless; history: 70 years`,
    files: [FILM],
  });
  const { thread } = root;
  /** Replies that everybody in the thread sees. */
  const open = (count: number): Promise<ReadReply> =>
    vi.waitFor(() => {
      const replies = readThread(server, CHANNEL, thread)
        .map((reply) => ({
          ...reply,
          messages: reply.messages.filter(({ ephemeralFor }) => ephemeralFor === undefined),
        }))
        .filter(({ messages }) => messages.length > 0);
      expect(replies.map(({ text }) => text.slice(0, 80))).toHaveLength(count);
      expect(replies.every(({ finished }) => finished)).toBe(true);
      return replies.at(-1) as ReadReply;
    }, eventually);
  const say = (user: string, text: string) => people.post({ user, thread, text });
  const toBot = (user: string, text: string) => say(user, `<@${store.bot.user}> ${text}`);

  const opening = await open(1);
  expect(opening.text).toContain('70 years');
  // Without expected findings the teacher alone is offered the model's draft.
  expect(renderText(await toldAlone(TEACHER, 1))).toContain('my draft');
  toBot(TEACHER, 'case findings effusion, no pneumothorax');
  await toldAlone(TEACHER, 2);
  say(ANN, 'Is there an effusion?');
  expect((await open(2)).text).toContain('The teacher will reveal what I see');

  say(ANN, 'Effusion 80%');
  const asked = await toldAlone(ANN, 1);
  expect(renderText(asked)).toContain('effusion: 80 % present');
  await bot?.close();
  await start();
  await people.press(asked, 'That is what I mean', ANN);
  await counted(1);
  const wrong = say(BEN, 'Pneumothorax');
  expect(buttonsOf(await toldAlone(BEN, 1)).map(({ label }) => label)).toContain('No');
  await people.edit(CHANNEL, wrong.message.ts, 'No effusion.');
  await people.press(await toldAlone(BEN, 2), 'That is what I mean', BEN);
  await counted(2);

  toBot(TEACHER, 'case reveal');
  const { text } = await open(3);
  expect(text).toContain('Reveal: Breathless');
  expect(text).toMatch(/Ann\*: Sensitivity 1\/1 = 100 %; Specificity 11\/11 = 100 %.*Kappa with teacher 1\.000/);
  expect(text).toMatch(/Ben\*: Sensitivity 0\/1 = 0 %; Specificity 11\/11 = 100 %.*Kappa with teacher 0\.000/);
  toBot(TEACHER, 'case export');
  await vi.waitFor(() => {
    const files = [...store.files.values()].filter(({ name, deleted }) => !deleted && /\.(csv|html)$/.test(name));
    expect(files.map(({ title }) => title).sort()).toEqual(['case.csv', 'case.html']);
    const csv = Buffer.from(files.find(({ title }) => title === 'case.csv')?.bytes ?? []).toString('utf8');
    expect(csv).toContain('Breathless,Ann,effusion,1,0.8,0\r\n');
  }, eventually);
  expect([whispers(ANN).length, whispers(BEN).length, server.responses.length]).toEqual([1, 2, 2]);
});
