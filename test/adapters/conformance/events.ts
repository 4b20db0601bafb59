// Conformance: what an adapter tells of people: messages, threads, mentions, edits, commands, redelivery, acknowledgement.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { type Bench, eventually, need } from './bench.ts';

export function describeEvents(bench: Bench): void {
  test('is ready once started', async () => {
    expect(bench.adapter.name).toMatch(/^[a-z][a-z-]*$/);
    await vi.waitFor(() => expect(bench.adapter.health().ready).toBe(true), eventually);
  });

  test('tells a message with its place, author and text', async () => {
    const { thread, message } = await bench.harness.post({ text: 'Is there an effusion?', mention: 'bot' });
    const event = await vi.waitFor(() => bench.messageOf(message), eventually);
    expect(event.place.thread).toBe(thread);
    expect(thread.startsWith(`${bench.adapter.name}:`)).toBe(true);
    expect(event.text).toContain('Is there an effusion?');
    expect(event.author.isBot).toBe(false);
    expect(event.author.id).not.toBe('');
    expect(event.mentionsOthers).toBe(false);
    expect(Math.abs(Date.now() - event.at)).toBeLessThan(24 * 3_600_000);
  });

  test('keeps threads together and apart', async () => {
    const first = await bench.posted({ text: 'first', mention: 'bot' });
    const same = await bench.posted({ thread: first.place.thread, text: 'second', mention: 'bot' });
    expect(same.place.thread).toBe(first.place.thread);
    expect(same.id).not.toBe(first.id);
  });

  test('tells who was mentioned', async ({ skip }) => {
    if (bench.harness.alone === true) skip('there is nobody else to mention');
    const { message } = await bench.harness.post({ text: 'look at this', mention: 'other' });
    await vi
      .waitFor(() => expect(bench.messageOf(message).mentionsOthers).toBe(true), eventually)
      .catch((error: unknown) => {
        // Not delivering what is for somebody else is as good.
        if (bench.messages().some((event) => event.id === message)) throw error;
      });
    const toBot = await bench.posted({ text: 'and you', mention: 'bot' });
    expect(toBot.mentionsBot || toBot.place.isDirect).toBe(true);
    expect(toBot.text).not.toMatch(/<@|@cxr/i);
  });

  test('never tells the bot’s own posts, and marks other bots', async ({ skip }) => {
    if (bench.harness.alone === true) skip('there are no other bots');
    const { reply } = await bench.opened('own');
    await reply.finish({ text: 'My own words.' });
    const { message } = await bench.harness.post({ text: 'beep', by: 'other-bot' });
    await bench.posted({ text: 'a person again', mention: 'bot' });
    const bots = bench.messages().filter((event) => event.id === message);
    expect(bots.every((event) => event.author.isBot)).toBe(true);
    expect(bench.messages().some((event) => event.text.includes('My own words'))).toBe(false);
  });

  test('gives a redelivered event the same id', async ({ skip }) => {
    need(skip, bench.harness.redeliver, 'redelivery');
    const event = await bench.posted({ text: 'once', mention: 'bot' });
    const before = bench.events.length;
    await bench.harness.redeliver?.();
    await vi.waitFor(() => expect(bench.events.length).toBeGreaterThan(before), eventually);
    expect(new Set(bench.messages().map((each) => each.id))).toEqual(new Set([event.id]));
  });

  test('acknowledges only what was taken in', async ({ skip }) => {
    need(skip, bench.harness.acknowledged, 'acknowledgement');
    let take: () => void = () => {};
    const taken = new Promise<void>((resolve) => {
      take = resolve;
    });
    bench.receive = async (event) => {
      bench.events.push(event);
      await taken;
      return 'accepted';
    };
    const { message } = await bench.harness.post({ text: 'hold on', mention: 'bot' });
    await vi.waitFor(() => bench.messageOf(message), eventually);
    await sleep(50);
    expect(await bench.harness.acknowledged?.(message)).toBe(false);
    take();
    await vi.waitFor(async () => expect(await bench.harness.acknowledged?.(message)).toBe(true), eventually);
  });

  test('tells an edited and a deleted message', async ({ skip }) => {
    need(skip, bench.harness.edit ?? bench.harness.remove, 'editing');
    const event = await bench.posted({ text: 'Is there an efusion?', mention: 'bot' });
    await bench.harness.edit?.(event.id, 'Is there an effusion?');
    await vi.waitFor(() => {
      const edits = bench.events.filter((each) => each.kind === 'edit');
      expect(edits.map((each) => [each.message, each.text.includes('an effusion')])).toEqual([[event.id, true]]);
    }, eventually);
    await bench.harness.remove?.(event.id);
    await vi.waitFor(() => {
      const deletes = bench.events.filter((each) => each.kind === 'delete');
      expect(deletes.map((each) => [each.message, each.place.thread])).toEqual([[event.id, event.place.thread]]);
    }, eventually);
  });

  test('tells a command', async ({ skip }) => {
    need(skip, bench.harness.command, 'commands');
    await bench.harness.command?.('settings', 'language de');
    await vi.waitFor(() => {
      const commands = bench.events.filter((each) => each.kind === 'command');
      expect(commands.map((each) => [each.name, each.argument])).toEqual([['settings', 'language de']]);
    }, eventually);
  });

  test('answers a direct message', async () => {
    const event = await bench.posted({ direct: true, text: 'hello' });
    expect(event.place.isDirect).toBe(true);
    const reply = await bench.adapter.reply(event.place, { key: 'direct', privateTo: event.author.id });
    await reply.finish({ text: 'Hello.' });
    expect((await bench.only(event.place)).parts.join('')).toContain('Hello.');
  });

  test('after stop it takes nothing in', async () => {
    await bench.posted({ text: 'before', mention: 'bot' });
    await bench.adapter.stop();
    const before = bench.events.length;
    await bench.harness.post({ text: 'after', mention: 'bot' }).catch(() => undefined);
    await sleep(100);
    expect(bench.events.length).toBe(before);
    expect(bench.adapter.health().ready).toBe(false);
  });
}
