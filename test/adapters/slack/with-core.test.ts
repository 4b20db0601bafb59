// Core and Slack together: what a radiology group does in a channel, with Slack's faults, every answer there exactly once.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type ReadReply, readThread } from '../../support/slack-server/looking.ts';
import { type SlackBot, startSlackBot, temporaryStoreUrl } from '../../support/slack-server/slack-bot.ts';
import { createSlackServer } from '../../support/slack-server/slack-server.ts';

const eventually = { timeout: 60_000, interval: 50 };
/** The scripted engine takes a PNG by its first byte. */
const FILM_BYTES = Uint8Array.from({ length: 3_000 }, (_, n) => (n === 0 ? 0x89 : n % 251));
const FILM = { name: 'film.png', mimetype: 'image/png', bytes: FILM_BYTES };
let bot: SlackBot | null = null;
afterEach(async () => {
  await bot?.close();
  bot = null;
});

function settled(channel: string, thread: string, count: number): Promise<ReadReply[]> {
  return vi.waitFor(() => {
    const replies = bot === null ? [] : readThread(bot.server, channel, thread);
    const open = replies.filter((reply) => !reply.finished);
    if (replies.length !== count || open.length > 0) {
      throw new Error(
        `${replies.length} of ${count}, unfinished: ${open.length}: ${replies.map((reply) => reply.text).join(' | ')}`,
      );
    }
    return replies;
  }, eventually);
}

/** The picture follows the text. */
async function pictured(channel: string, thread: string): Promise<void> {
  await vi.waitFor(() => {
    const replies = bot === null ? [] : readThread(bot.server, channel, thread);
    expect(replies[0]?.pictures).toBe(1);
  }, eventually);
}

describe.each(['socket', 'http'] as const)('a case over %s', (transport) => {
  test('is read, discussed without mentions, told apart from talk among people, and forgotten', async () => {
    bot = await startSlackBot({ transport });
    const { people, store } = bot.server;
    const root = people.post({ files: [FILM] });
    const [report] = await settled('C0READING', root.thread, 1);
    expect(report?.text).toContain('Draft report');
    expect(report?.text).toContain('Not a diagnosis');
    await pictured('C0READING', root.thread);
    expect(report?.buttons).toEqual(
      expect.arrayContaining(['Report again', 'Yes or no, finding by finding', 'Helpful', 'Forget this case']),
    );
    people.post({ text: 'Is the heart enlarged?', thread: root.thread });
    await settled('C0READING', root.thread, 2);
    await people.post({ text: '<@U0OTHER> lunch?', thread: root.thread }).delivered;
    await people.post({ text: 'beep', thread: root.thread, otherBot: true }).delivered;
    await people.post({ text: 'nothing to do with it' }).delivered;
    people.post({ files: [{ ...FILM, name: 'second.png' }], thread: root.thread, text: 'the new film' });
    // The words beside the second film are asked as a question once it has been read.
    const replies = await settled('C0READING', root.thread, 4);
    expect(replies[2]?.text).toContain('film 2');
    const [first] = replies[0]?.messages ?? [];
    if (first === undefined) throw new Error('no message');
    await people.press(first, 'Forget this case');
    await vi.waitFor(
      () =>
        expect(
          readThread(bot?.server ?? never(), 'C0READING', root.thread).some((reply) =>
            reply.text.includes('Forgotten'),
          ),
        ).toBe(true),
      eventually,
    );
    expect(
      store.messages.filter((message) => message.bot_id === store.bot.bot && message.thread_ts !== root.thread),
    ).toEqual([]);
  });

  test('every file gets its receipt, read or refused and why', async () => {
    bot = await startSlackBot({ transport });
    const { people } = bot.server;
    const pdf = people.post({
      files: [{ name: 'letter.pdf', mimetype: 'application/pdf', bytes: Buffer.from('%PDF-1.7') }],
    });
    const big = people.post({ files: [FILM], fileFields: { size: 200 * 1_024 * 1_024 } });
    const foreign = people.post({
      files: [FILM],
      fileFields: { url_private_download: 'https://evil.example/film.png' },
    });
    expect((await settled('C0READING', pdf.thread, 1))[0]?.text).toContain('another kind of file');
    expect((await settled('C0READING', big.thread, 1))[0]?.text).toContain('too large');
    expect((await settled('C0READING', foreign.thread, 1))[0]?.text).toContain('not kept by Slack');
    bot.server.scopes.delete('files:read');
    const noScope = people.post({ files: [FILM] });
    expect((await settled('C0READING', noScope.thread, 1))[0]?.text).toContain('files:read');
    bot.server.scopes.add('files:read');
    const good = people.post({ files: [FILM] });
    expect((await settled('C0READING', good.thread, 1))[0]?.text).toContain('Draft report');
  });
});

function never(): never {
  throw new Error('unreachable');
}

test('the App Home, private commands and the shortcut are answered where people look for them', async () => {
  bot = await startSlackBot();
  const { people, store, responses } = bot.server;
  await people.openHome('U0PERSON1');
  await vi.waitFor(() => expect(JSON.stringify(store.homes.get('U0PERSON1'))).not.toContain('One moment'), eventually);
  const home = JSON.stringify(store.homes.get('U0PERSON1'));
  expect(home).toContain('scripted');
  expect(home).toContain('chest');
  await people.command('status');
  await vi.waitFor(() => expect(responses.map((each) => each.body.text).join()).toContain('scripted'), eventually);
  const old = people.post({
    files: [FILM],
    events: 'file_shared',
    channel: 'C0OLD',
  });
  await old.delivered;
  await settled('C0OLD', old.thread, 1);
  await people.shortcut(old.message);
  await settled('C0OLD', old.thread, 2);
  expect(
    store.messages.filter((message) => message.bot_id === store.bot.bot && message.channel === 'C0READING'),
  ).toEqual([]);
});

test('/cxr forget finds its case after a restart, and says so where there is none', async () => {
  const server = await createSlackServer();
  const storeUrl = temporaryStoreUrl();
  const told = () => server.responses.map(({ body }) => String(body.text)).join('\n');
  try {
    bot = await startSlackBot({ server, storeUrl });
    const root = server.people.post({ files: [FILM] });
    await settled('C0READING', root.thread, 1);
    await pictured('C0READING', root.thread);
    await bot.close();
    bot = await startSlackBot({ server, storeUrl });
    await server.people.command('forget', { user: 'U0PERSON2' });
    await vi.waitFor(() => expect(told()).toContain('There is no case here that I could forget'), eventually);
    expect(told()).toContain('in the thread of the case');
    await server.people.command('forget');
    const [, forgotten] = await settled('C0READING', root.thread, 2);
    expect(forgotten?.text).toContain('Forgotten: one film and one answer.');
    expect(told()).not.toContain('Forgotten');
    const inChannel = server.store.messages.filter(
      (each) => each.bot_id === server.store.bot.bot && each.thread_ts !== root.thread,
    );
    expect(inChannel).toEqual([]);
  } finally {
    await bot?.close();
    bot = null;
    await server.close();
  }
});

test('60 events with faults everywhere: each answered once', { timeout: 180_000 }, async () => {
  bot = await startSlackBot({ core: { concurrency: 8 } });
  const { people, faults, delivery } = bot.server;
  delivery.options.retryDelaysMs = [0, 1_000, 3_000, 6_000, 10_000];
  const kinds = ['server-error', 'error-after', 'disconnect', 'disconnect-after', 'slow', 'html'] as const;
  faults.random({ probability: 0.08, kinds, seed: 11 });
  const breaking = setInterval(() => delivery.disconnect('drop'), 3_000);
  const threads = await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const channel = `C0BUSY${index % 3}`;
      const user = `U0READER${index}`;
      const root = people.post({ channel, files: [FILM], user });
      await settled(channel, root.thread, 1);
      for (let turn = 1; turn <= 4; turn += 1) {
        people.post({ channel, thread: root.thread, text: `Question ${turn}?`, user });
        await settled(channel, root.thread, turn + 1);
      }
      await pictured(channel, root.thread);
      return { channel, thread: root.thread };
    }),
  );
  clearInterval(breaking);
  faults.clear();
  await vi.waitFor(() => expect(delivery.pending()).toBe(0), eventually);
  for (const { channel, thread } of threads) {
    const replies = await settled(channel, thread, 5);
    expect(replies.map((reply) => reply.pictures)).toEqual([1, 0, 0, 0, 0]);
    expect(replies.map((reply) => reply.messages.filter((message) => message.files.length === 0).length)).toEqual([
      1, 1, 1, 1, 1,
    ]);
  }
  expect(bot.engine.calls).toEqual({ encoded: 12, asked: 60 });
  expect(Object.values(faults.played()).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(15);
});

test('a restart in the middle of everything ends in one answer each', { timeout: 120_000 }, async () => {
  const server = await createSlackServer();
  const storeUrl = temporaryStoreUrl();
  server.delivery.options.acknowledgeWithinMs = 1_000;
  bot = await startSlackBot({ server, storeUrl, engine: { wordMs: 30 }, core: { stopLimitMs: 0 } });
  const roots = Array.from({ length: 6 }, (_, index) =>
    server.people.post({ channel: `C0RESTART${index}`, files: [FILM] }),
  );
  await vi.waitFor(
    () => expect(server.store.calls.some((call) => call.method === 'chat.startStream')).toBe(true),
    eventually,
  );
  await bot.close();
  bot = await startSlackBot({ server, storeUrl });
  for (const [index, root] of roots.entries()) {
    const replies = await settled(`C0RESTART${index}`, root.thread, 1);
    await pictured(`C0RESTART${index}`, root.thread);
    expect(replies).toHaveLength(1);
  }
  await bot.close();
  bot = null;
  await server.close();
});
