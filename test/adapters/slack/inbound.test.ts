// What people do in Slack reaches the core as its events, once, with the right place; what is none of its business does not.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readIncomingText } from '../../../adapters/slack/incoming-text.ts';
import { type StartedSlack, startSlack } from '../../support/slack-server/started.ts';

const PNG = { name: 'film.png', mimetype: 'image/png', bytes: Uint8Array.of(1, 2, 3, 4) };
let slack: StartedSlack;
beforeEach(async () => {
  slack = await startSlack();
});
afterEach(() => slack.close());

test('reads Slack’s markup as what was typed', () => {
  expect(readIncomingText('<@U0BOT> is 3 &lt; 4 &amp;amp; so? <https://a.example|the atlas>', 'U0BOT')).toEqual({
    text: 'is 3 < 4 &amp; so? the atlas',
    mentionsBot: true,
    mentionsOthers: false,
  });
  expect(readIncomingText('<@U2|anna> <!here> <#C1|reading> <!subteam^S1|@team>', 'U0BOT')).toEqual({
    text: '@anna @here #reading @team',
    mentionsBot: false,
    mentionsOthers: true,
  });
});

test('message, app_mention and both upload events of one message have one id', async () => {
  const bot = slack.server.store.bot.user;
  const posted = slack.server.people.post({ text: `<@${bot}> please`, files: [PNG] });
  const deliveries = await posted.delivered;
  expect(deliveries).toHaveLength(3);
  expect(deliveries.every((each) => each.attempts.at(-1)?.acknowledgedAt !== null)).toBe(true);
  const messages = slack.of('message');
  expect(new Set(messages.map((each) => each.id))).toEqual(new Set([`slack:C0READING:${posted.message.ts}`]));
  expect(messages.every((each) => each.mentionsBot && each.text === 'please')).toBe(true);
  expect(messages.every((each) => each.attachments.length === 1)).toBe(true);
});

test.each([
  ['in a channel', undefined],
  ['in a thread', 'thread'],
] as const)('a lone file_shared %s is looked up and tells the same message', async (_where, inThread) => {
  const { people } = slack.server;
  const root = people.post({ text: 'look at the next one' });
  await root.delivered;
  const thread = inThread === undefined ? {} : { thread: root.thread };
  const posted = people.post({ text: 'here', files: [PNG], events: 'file_shared', ...thread });
  await posted.delivered;
  const message = slack.of('message').at(-1);
  expect(message?.id).toBe(`slack:C0READING:${posted.message.ts}`);
  expect(message?.place.thread).toBe(`slack:C0READING:${inThread === undefined ? posted.message.ts : root.thread}`);
  expect(message?.attachments.map((each) => each.size)).toEqual([4]);
});

test('a Slack Connect file is looked up before the core hears of it', async () => {
  await slack.server.people.post({ files: [PNG], connect: true, events: 'message' }).delivered;
  expect(slack.of('message')[0]?.attachments[0]).toMatchObject({ name: 'film.png', mediaType: 'image/png', size: 4 });
  expect(slack.server.store.calls.some((call) => call.method === 'files.info')).toBe(true);
});

test('a Slack Connect file that Slack hides is still offered, so that the person hears about it', async () => {
  slack.server.scopes.delete('files:read');
  await slack.server.people.post({ files: [PNG], connect: true, events: 'message' }).delivered;
  const [attachment] = slack.of('message')[0]?.attachments ?? [];
  expect(attachment).toBeDefined();
  if (attachment === undefined) return;
  const signal = new AbortController().signal;
  await expect(slack.adapter.read(attachment, { maxBytes: 10, signal })).rejects.toMatchObject({
    code: 'attachment-unavailable',
    message: expect.stringContaining('files:read'),
  });
});

test('edits count only when a person changed the text', async () => {
  const { people, store } = slack.server;
  const { message } = people.post({ text: 'efusion?' });
  await people.edit(message.channel, message.ts, 'effusion?');
  // An unfurled link changes a message too, but nobody edited it.
  await people.event('unfurl', {
    type: 'message',
    subtype: 'message_changed',
    channel: message.channel,
    channel_type: 'channel',
    ts: store.nextTs(),
    message: { user: message.user, text: 'effusion?', ts: message.ts, attachments: [] },
    previous_message: { user: message.user, text: 'effusion?', ts: message.ts },
  });
  expect(slack.of('edit').map((each) => [each.message, each.text])).toEqual([
    [`slack:C0READING:${message.ts}`, 'effusion?'],
  ]);
});

test('deleted messages and deleted files are told, with their thread', async () => {
  const { people } = slack.server;
  const root = people.post({ text: 'case', files: [PNG] });
  const answer = people.post({ text: 'and this one', files: [PNG], thread: root.thread });
  await Promise.all([root.delivered, answer.delivered]);
  await people.removeFile(root.message.files[0]?.id ?? '');
  await people.remove('C0READING', answer.message.ts);
  const deletions = slack.of('delete');
  expect(new Set(deletions.filter((each) => each.message === null).map((each) => each.id)).size).toBe(1);
  expect(deletions.find((each) => each.message === null)?.place.thread).toBe(`slack:C0READING:${root.thread}`);
  expect(deletions.find((each) => each.message !== null)).toMatchObject({
    message: `slack:C0READING:${answer.message.ts}`,
    place: { thread: `slack:C0READING:${root.thread}` },
  });
});

test('notices, its own posts and payloads that are none are acknowledged and left alone', async () => {
  const { people, store } = slack.server;
  const { bot } = store;
  const all = await Promise.all([
    people.event('join', {
      type: 'message',
      subtype: 'channel_join',
      channel: 'C1',
      user: 'U1',
      ts: '1.1',
      text: 'joined',
    }),
    people.event('own', { type: 'message', channel: 'C1', user: bot.user, bot_id: bot.bot, ts: '1.2', text: 'mine' }),
    people.event('odd', { type: 'message', channel: 'C1', ts: 7, files: 'none' }),
    people.event('later', { type: 'something_new', a: 1 }),
  ]);
  expect(all.every((each) => each.attempts.length === 1 && each.attempts[0]?.acknowledgedAt !== null)).toBe(true);
  expect(slack.events).toEqual([]);
  await people.post({ text: 'beep', otherBot: true }).delivered;
  expect(slack.of('message')[0]?.author.isBot).toBe(true);
});

test('direct messages are direct, group conversations are not', async () => {
  await slack.server.people.post({ channel: 'D0READER', text: 'hello' }).delivered;
  await slack.server.people.post({ channel: 'G0GROUP', text: 'hello' }).delivered;
  expect(slack.of('message').map((each) => each.place.isDirect)).toEqual([true, false]);
});

test('an event that could not be kept is not acknowledged and comes again', async () => {
  let failures = 2;
  slack.beforeTaking = async () => {
    failures -= 1;
    if (failures >= 0) throw new Error('store down');
  };
  slack.server.delivery.options.acknowledgeWithinMs = 200;
  const [delivery] = await slack.server.people.post({ text: 'hello' }).delivered;
  expect(delivery?.attempts.map((each) => each.acknowledgedAt !== null)).toEqual([false, false, true]);
  await vi.waitFor(() => expect(slack.of('message')).toHaveLength(1));
});
