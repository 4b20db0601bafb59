// Replies arrive whole and once: streamed, rolled over, edited, through lost answers, and private ones to their person alone.
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Place, Reply } from '../../../bot/contract.ts';
import { QUICK } from '../../support/slack-server/harness.ts';
import { buttonsOf, renderText } from '../../support/slack-server/rendering.ts';
import { type StartedSlack, startSlack } from '../../support/slack-server/started.ts';
import type { StoredMessage } from '../../support/slack-server/store.ts';

const eventually = { timeout: 15_000, interval: 20 };
const PICTURE = { png: Uint8Array.of(137, 80, 78, 71), name: 'panel.png', alt: 'Finding panel' };
let slack: StartedSlack;
afterEach(() => slack.close());

async function opened(
  key: string,
  extra: { privateTo?: string; channel?: string } = {},
): Promise<{ place: Place; reply: Reply }> {
  const posted = slack.server.people.post({ text: 'question', channel: extra.channel ?? 'C0READING' });
  await posted.delivered;
  const event = slack.of('message').at(-1);
  if (event === undefined) throw new Error('no event');
  const options = { key, answers: event.id, ...(extra.privateTo === undefined ? {} : { privateTo: extra.privateTo }) };
  return { place: event.place, reply: await slack.adapter.reply(event.place, options) };
}
function answers(place: Place): StoredMessage[] {
  const [, channel = '', ts = ''] = place.thread.split(':');
  return slack.server.store.thread(channel, ts).filter((message) => message.bot_id === slack.server.store.bot.bot);
}
const called = (method: string): number => slack.server.store.calls.filter((call) => call.method === method).length;
const sentences = (count: number): string =>
  Array.from({ length: count }, (_, n) => `This is sentence ${n}.`).join(' ');

async function grow(reply: Reply, text: string, steps: number, pauseMs: number): Promise<void> {
  for (let step = 1; step <= steps; step += 1) {
    await reply.update(text.slice(0, Math.ceil((text.length * step) / steps)));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

describe('native streaming', () => {
  test('appends to one stream for the person who asked, and ends with the whole answer', async () => {
    slack = await startSlack();
    const { place, reply } = await opened('one');
    await reply.update('Received **film.png**.');
    expect(answers(place).map(renderText).join()).toContain('Received *film.png*.');
    await reply.update('Reading **film.png** …', [{ action: 'stop', label: 'Stop' }]);
    await vi.waitFor(() => expect(answers(place).map(renderText).join()).toContain('Reading'), eventually);
    expect(called('chat.startStream')).toBe(0);
    await grow(reply, sentences(20), 10, 60);
    expect(answers(place)).toMatchObject([{ streaming_state: 'in_progress' }]);
    await reply.finish({ text: sentences(21) });
    const [message, ...rest] = answers(place);
    expect(rest).toEqual([]);
    expect(message).toMatchObject({ streaming_state: 'completed' });
    expect(message === undefined ? '' : renderText(message)).toBe(sentences(21));
    expect(called('chat.startStream')).toBe(1);
    expect(called('chat.appendStream')).toBeGreaterThan(2);
    const start = slack.server.store.calls.find((call) => call.method === 'chat.startStream');
    expect(start?.args).toMatchObject({ recipient_user_id: 'U0PERSON1', recipient_team_id: slack.server.store.team });
  });

  test('rolls over to a new message at a sentence before Slack ends the stream', async () => {
    slack = await startSlack('socket', { timing: { appendIntervalMs: 20, editIntervalMs: 20, rollOverMs: 300 } });
    slack.server.streamLifetimeMs = 900;
    const { place, reply } = await opened('long');
    const text = sentences(60);
    await grow(reply, text, 40, 40);
    await reply.finish({ text });
    const parts = answers(place).map(renderText);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.join(' ')).toBe(text);
    for (const part of parts) expect(part).toMatch(/^This is sentence \d+\.(.*\.)?$/s);
    const lost = slack.server.store.calls.filter((call) => call.outcome === 'message_not_in_streaming_state');
    expect(lost).toEqual([]);
  });

  test('an answer that was changed after it was cut is shown as it is', async () => {
    slack = await startSlack('socket', { timing: { appendIntervalMs: 20, editIntervalMs: 20, rollOverMs: 150 } });
    const { place, reply } = await opened('changed');
    await grow(reply, sentences(30), 20, 40);
    await reply.finish({ text: 'Only this.' });
    expect(answers(place).map(renderText)).toEqual(['Only this.']);
  });

  test('goes on by editing when Slack ends the stream early', async () => {
    slack = await startSlack();
    slack.server.streamLifetimeMs = 150;
    const { place, reply } = await opened('early');
    await grow(reply, sentences(20), 10, 80);
    await vi.waitFor(() => expect(called('chat.update')).toBeGreaterThan(0), eventually);
    await reply.finish({ text: sentences(20) });
    expect(answers(place).map(renderText)).toEqual([sentences(20)]);
  });

  test.each(['rate-limit', 'disconnect', 'disconnect-after', 'error-after', 'server-error'] as const)(
    'one answer although starting the stream fails: %s',
    async (kind) => {
      slack = await startSlack();
      const { place, reply } = await opened('start');
      slack.server.faults.add({ kind, method: 'chat.startStream', retryAfterSeconds: 1 });
      await reply.update('Reading …');
      await grow(reply, 'The heart is', 4, 60);
      await vi.waitFor(() => expect(called('chat.startStream')).toBe(1), eventually);
      await reply.finish({ text: 'The heart is large.' });
      expect(answers(place).map(renderText)).toEqual(['The heart is large.']);
    },
  );

  test('one answer although the stream was given up and begins after all, later than anybody waited', async () => {
    slack = await startSlack('socket', { timing: { ...QUICK, requestTimeoutMs: 300 } });
    const { place, reply } = await opened('late');
    slack.server.faults.add({ kind: 'slow', method: 'chat.startStream', delayMs: 1_500 });
    await reply.update('Reading …');
    await grow(reply, 'The heart is', 4, 60);
    await vi.waitFor(() => expect(answers(place)).toHaveLength(2), eventually);
    await reply.finish({ text: 'The heart is large.' });
    expect(answers(place).map(renderText)).toEqual(['The heart is large.']);
  });

  test('a draft that the core takes back is edited, not appended to', async () => {
    slack = await startSlack();
    const { place, reply } = await opened('taken back');
    await grow(reply, 'Unchanged since the last film.', 3, 60);
    await vi.waitFor(() => expect(answers(place)).toMatchObject([{ streaming_state: 'in_progress' }]), eventually);
    await reply.update('The heart is large.');
    await vi.waitFor(() => expect(answers(place).map(renderText).join()).not.toContain('Unchanged'), eventually);
    await reply.finish({ text: 'The heart is large.' });
    expect(answers(place).map(renderText)).toEqual(['The heart is large.']);
  });
});

describe('posting', () => {
  test.each(['disconnect-after', 'error-after'] as const)(
    'a lost answer does not double the reply: %s',
    async (kind) => {
      slack = await startSlack('socket', { streaming: 'edit' });
      const { place, reply } = await opened('lost');
      slack.server.faults.add({ kind, method: 'chat.postMessage', times: 2 });
      await reply.finish({ text: 'Once.', pictures: [PICTURE] });
      expect(
        answers(place)
          .filter((message) => message.files.length === 0)
          .map(renderText),
      ).toEqual(['Once.']);
    },
  );

  test.each([
    'chat.postMessage',
    'chat.update',
    'files.completeUploadExternal',
    'file-upload',
    'files.getUploadURLExternal',
  ])('text and picture arrive once through faults in %s', async (method) => {
    slack = await startSlack('socket', { streaming: 'edit' });
    for (const kind of ['error-after', 'rate-limit', 'server-error', 'disconnect', 'html'] as const) {
      const { place, reply } = await opened(kind);
      await reply.finish({ text: 'Draft.' });
      slack.server.faults.add({ kind, method, retryAfterSeconds: 1 });
      await reply.finish({ text: 'Whole.', pictures: [PICTURE] });
      slack.server.faults.clear();
      const shown = answers(place);
      expect(shown.filter((message) => message.files.length === 0).map(renderText)).toEqual(['Whole.']);
      expect(shown.flatMap((message) => message.files).map((file) => file.altText)).toEqual(['Finding panel']);
    }
  });

  test('honours Retry-After', async () => {
    slack = await startSlack('socket', { streaming: 'edit' });
    const { reply } = await opened('wait');
    slack.server.faults.add({ kind: 'rate-limit', method: 'chat.postMessage', retryAfterSeconds: 2 });
    await reply.finish({ text: 'Later.' });
    const tries = slack.server.store.calls.filter((call) => call.method === 'chat.postMessage');
    expect((tries[1]?.at ?? 0) - (tries[0]?.at ?? 0)).toBeGreaterThanOrEqual(1_950);
  });

  test('receipts of many uploads do not wait for one another', async () => {
    slack = await startSlack('socket', { timing: { editIntervalMs: 5_000 } });
    const start = Date.now();
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const { reply } = await opened(`receipt ${index}`);
        await reply.update('Received.');
      }),
    );
    expect(called('chat.postMessage')).toBe(20);
    expect(Date.now() - start).toBeLessThan(4_000);
  });

  test('spaces edits in a channel', async () => {
    slack = await startSlack('socket', { streaming: 'edit', timing: { editIntervalMs: 300 } });
    const { reply } = await opened('spaced');
    await grow(reply, sentences(50), 50, 20);
    await reply.finish({ text: sentences(50) });
    expect(called('chat.update')).toBeLessThan(8);
  });

  test('posts anew what a person deleted, and turns unfurling and parsing off', async () => {
    slack = await startSlack('socket', { streaming: 'edit' });
    const { place, reply } = await opened('deleted');
    await reply.finish({ text: 'First.' });
    const [message] = answers(place);
    if (message !== undefined) message.deleted = true;
    await reply.finish({ text: 'Second.' });
    expect(answers(place).map(renderText)).toEqual(['Second.']);
    expect(answers(place).every((each) => !each.unfurls)).toBe(true);
  });

  test('says so when a picture cannot be uploaded', async () => {
    slack = await startSlack();
    const { place, reply } = await opened('no picture');
    slack.server.scopes.delete('files:write');
    await reply.finish({ text: 'Report.', pictures: [PICTURE] });
    expect(answers(place).map(renderText).join()).toContain('could not be uploaded');
  });

  test('a channel that the bot was not invited to gives one plain sentence', async () => {
    slack = await startSlack('socket', { streaming: 'edit' });
    const { reply } = await opened('closed');
    slack.server.store.closedChannels.add('C0READING');
    await expect(reply.finish({ text: 'Report.' })).rejects.toMatchObject({
      code: 'platform-failed',
      message: 'I am not a member of this channel; please invite me with /invite first.',
    });
  });

  test('buttons: feedback in Slack’s own form, what cannot be undone asks first', async () => {
    slack = await startSlack();
    const { place, reply } = await opened('buttons');
    await reply.finish({
      text: 'Report.',
      controls: [
        { action: 'confirm', label: 'Any more certain?', value: 'effusion' },
        { action: 'confirm', label: 'And edema?', value: 'edema' },
        { action: 'helpful', label: 'Helpful' },
        { action: 'not-helpful', label: 'Not helpful' },
        { action: 'stop', label: 'Stop', style: 'danger' },
        { action: 'forget', label: 'Forget this case', style: 'danger', asksFirst: true },
      ],
    });
    const [message] = answers(place);
    if (message === undefined) throw new Error('no message');
    const buttons = buttonsOf(message);
    expect(buttons.filter((each) => each.needsConfirmation).map((each) => each.label)).toEqual(['Forget this case']);
    expect(buttons.filter((each) => each.type === 'feedback_buttons').map((each) => each.label)).toEqual([
      'Helpful',
      'Not helpful',
    ]);
    await slack.server.people.press(message, 'And edema?');
    await slack.server.people.press(message, 'Not helpful');
    expect(slack.of('action').map((each) => [each.action, each.value, each.post === reply.post])).toEqual([
      ['confirm', 'edema', true],
      ['not-helpful', undefined, true],
    ]);
  });
});

describe('private replies', () => {
  test('are ephemeral, in the thread, for one person', async () => {
    slack = await startSlack();
    const { place, reply } = await opened('private', { privateTo: 'U0PERSON1' });
    await reply.update('nothing of this is shown');
    await reply.finish({ text: 'Only you see this.' });
    expect(answers(place).map((message) => [renderText(message), message.ephemeralFor])).toEqual([
      ['Only you see this.', 'U0PERSON1'],
    ]);
  });

  test('answer a command where it was given, even in channels without the bot', async () => {
    slack = await startSlack();
    slack.server.store.closedChannels.add('C0OTHER');
    await slack.server.people.command('help', { channel: 'C0OTHER' });
    const event = slack.of('command')[0];
    if (event === undefined) throw new Error('no command');
    const reply = await slack.adapter.reply(event.place, {
      key: 'help',
      answers: event.id,
      privateTo: event.author.id,
    });
    await reply.finish({ text: 'This is how it works.' });
    expect(slack.server.responses.map((each) => [each.body.response_type, each.body.text])).toEqual([
      ['ephemeral', 'This is how it works.'],
    ]);
  });

  test('for somebody else than who commanded reach that person alone', async () => {
    slack = await startSlack();
    await slack.server.people.command('help', { channel: 'C0READING' });
    const event = slack.of('command')[0];
    if (event === undefined) throw new Error('no command');
    const other = 'U0PERSON2';
    const reply = await slack.adapter.reply(event.place, { key: 'other', answers: event.id, privateTo: other });
    await reply.finish({ text: 'Ann would take this case over.' });
    expect(event.author.id).not.toBe(other);
    expect(slack.server.responses).toEqual([]);
    const told = slack.server.store.messages.filter((message) => renderText(message).includes('Ann'));
    expect(told.map(({ ephemeralFor, channel }) => [ephemeralFor, channel])).toEqual([[other, 'C0READING']]);
  });

  test('go to the direct conversation when nothing else works; files always do', async () => {
    slack = await startSlack();
    const { reply } = await opened('dm', { privateTo: 'U0PERSON1' });
    slack.server.store.closedChannels.add('C0READING');
    const csv = { bytes: Buffer.from('a,b\n'), name: 'feedback.csv', mediaType: 'text/csv' };
    await reply.finish({ text: 'Here.', files: [csv] });
    const direct = slack.server.store.messages.filter((message) => message.channel === 'DU0PERSON1');
    expect(direct.map((message) => message.files[0]?.name.startsWith('feedback-') ?? renderText(message))).toEqual(
      expect.arrayContaining(['Here.', true]),
    );
  });
});
