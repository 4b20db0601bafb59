// A mode is offered every event first, inside the journal's care: it may take what the plain rules would leave alone, and gets the plain reading.
import { afterEach, expect, test, vi } from 'vitest';
import type { CreateMode } from '../../bot/mode-room.ts';
import { filmBytes } from '../support/scripted-engine.ts';
import { eventually, startTestBot, type TestBot } from '../support/test-bot.ts';

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
