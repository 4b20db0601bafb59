// A mode is offered every event first, inside the journal's care: it may take what the plain rules would leave alone, and gets the plain reading.
import { afterEach, expect, test, vi } from 'vitest';
import type { ActionEvent } from '../../bot/contract.ts';
import type { CreateMode } from '../../bot/mode-room.ts';
import { CORE_OPTIONS } from '../support/core-options.ts';
import { filmBytes } from '../support/scripted-engine.ts';
import { createScriptedPlatform } from '../support/scripted-platform.ts';
import { eventually, startTestBot, type TestBot, temporaryStoreUrl } from '../support/test-bot.ts';

let bot: TestBot;
afterEach(() => bot.close());

/** Takes messages that begin with "case" and answers with the hidden report's length; remembers how often it was asked. */
const caseMode: CreateMode = (room) => {
  const kept = room.store('cases', room.retentionMs);
  return {
    name: 'cases',
    concerns: async (event) => event.kind === 'message' && event.text.startsWith('case'),
    async handle(event, { reply, read, signal }) {
      if (event.kind !== 'message' || !event.text.startsWith('case')) return false;
      const [attachment] = event.attachments;
      const answer = await reply(event.place, { key: event.id });
      if (attachment === undefined) {
        await answer.finish({ text: `Case talk, ${await kept.get('count')} cases.` });
        return true;
      }
      const bytes = await read(attachment);
      const reading = await room.readFilm({
        bytes,
        name: attachment.name,
        conversation: `case-${event.id}`,
        place: event.place,
        signal,
      });
      await kept.set('count', 1);
      await answer.finish({
        text: `Case opened: ${reading.image.findings.length} findings, report ${reading.content.text.includes('Drafted by')}.`,
      });
      return true;
    },
  };
};

test('the mode answers what concerns it, once, with nothing of the plain conversation beside it', async () => {
  bot = await startTestBot({ supplies: { modes: [caseMode] } });
  const thread = 'scripted:channel-1:C';
  const opened = await bot.say({ thread, text: 'case new', files: [{ bytes: filmBytes() }] });
  await bot.adapter.deliver(opened);
  expect((await bot.settled(thread, 1))[0]?.text).toBe('Case opened: 3 findings, report true.');
  await bot.say({ thread: 'scripted:channel-1:D', text: 'case talk without a mention' });
  expect((await bot.settled('scripted:channel-1:D', 1))[0]?.text).toBe('Case talk, 1 cases.');
  await bot.say({ thread: 'scripted:channel-1:E', files: [{ bytes: filmBytes(2) }] });
  expect((await bot.settled('scripted:channel-1:E', 1))[0]?.text).toContain('Answer 1');
  await vi.waitFor(() => expect(bot.logged.filter((line) => line.did === 'mode cases')).toHaveLength(2), eventually);
});

/** Rings twice under one id as soon as the adapters run, on behalf of somebody whom nobody let in. */
const bellMode: CreateMode = (room) => {
  const ring: ActionEvent = {
    kind: 'action',
    action: 'case-bell',
    id: 'bell-1',
    place: { thread: 'scripted:channel-1:bell', channel: 'channel-1', space: 'space-1', isDirect: false },
    author: { id: 'nobody', isBot: false },
    at: 0,
    post: '',
  };
  let isStopped = false;
  return {
    name: 'bells',
    concerns: async (event) => event.kind === 'action' && event.action === 'case-bell',
    async handle(event, { reply, isConcerned }) {
      if (event.kind !== 'action') return false;
      const answer = await reply(event.place, { key: event.id, privateTo: 'teacher' });
      await answer.finish({
        text: `Rung: ${isConcerned}, stopped: ${isStopped}, waiting: ${room.waiting(event.place).length}.`,
      });
      return true;
    },
    async start() {
      expect(room.canBePrivate(ring.place)).toBe(true);
      await room.wake(ring);
      await room.wake(ring);
    },
    stop() {
      isStopped = true;
    },
  };
};

test('a mode wakes itself through the journal: once for an id, also over a restart, and without an invitation', async () => {
  const [url, platform] = [temporaryStoreUrl(), createScriptedPlatform()];
  const access = { ...CORE_OPTIONS.access, users: ['somebody-else'] };
  const options = { url, platform, supplies: { modes: [bellMode] }, core: { access } };
  bot = await startTestBot(options);
  const [post] = await bot.settled('scripted:channel-1:bell', 1);
  expect(post).toMatchObject({ text: 'Rung: true, stopped: false, waiting: 1.', privateTo: 'teacher', finishes: 1 });
  await vi.waitFor(() => expect(bot.logged.filter((line) => line.did === 'mode bells')).toHaveLength(1), eventually);
  await bot.close();
  bot = await startTestBot(options);
  const press = { ...(await bot.say({ thread: 'scripted:channel-1:F', text: 'hello' })), kind: 'action' as const };
  await bot.adapter.deliver({ ...press, id: 'press-1', action: 'case-bell', post: '' });
  // A person's press of the same button is refused as any other, and the bell does not ring again.
  await vi.waitFor(
    () => expect(platform.thread('scripted:channel-1:F').at(-1)?.text).toContain('not on the list'),
    eventually,
  );
  expect(platform.thread('scripted:channel-1:bell').map(({ finishes }) => finishes)).toEqual([1]);
});
