// Turns that failed and pause before they are tried again: what comes later waits behind them, but forgetting and deleting take effect at once.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { entriesOf } from '../../bot/store.ts';
import { CxrError } from '../../engine/error.ts';
import { messageEvent, placeOf } from '../support/scripted-adapter.ts';
import { filmBytes } from '../support/scripted-engine.ts';
import { eventually, startTestBot, type TestBot, type TestBotOptions, temporaryStoreUrl } from '../support/test-bot.ts';

let bot: TestBot;
afterEach(() => bot.close());
const THREAD = 'scripted:channel-1:T';
const texts = () => bot.platform.thread(THREAD).map(({ text }) => text);
const failed = () => new CxrError('platform-failed', 'The chat platform did not answer.');
const deletion = (of: { message: string | null; attachment?: string }) =>
  bot.adapter.deliver({
    kind: 'delete',
    id: 'deletion-1',
    place: placeOf({ thread: THREAD }),
    author: { id: '', isBot: false },
    at: Date.now(),
    ...of,
  });

/** A film whose bytes the platform does not serve; its turn pauses until the test says otherwise. */
async function withPausedFilm(options: TestBotOptions = {}, files: readonly string[] = ['F1']) {
  bot = await startTestBot({ ...options, core: { retryMs: 60_000, ...options.core } });
  bot.platform.beforeRead = () => Promise.reject(failed());
  const upload = await bot.say({
    thread: THREAD,
    text: 'QUOKKA',
    files: files.map((id, index) => ({ id, name: `${id}-NUMBAT.png`, bytes: filmBytes(index + 1) })),
  });
  await vi.waitFor(() => expect(bot.logged.some((line) => line.msg === 'turn failed')).toBe(true), eventually);
  await vi.waitFor(() => expect(bot.core.health().queue).toEqual({ waiting: 1, running: 0 }), eventually);
  return upload;
}

test('a question waits behind a film that pauses', async () => {
  let failures = 3;
  bot = await startTestBot({ core: { retryMs: 100 } });
  bot.platform.beforeRead = () => (failures-- > 0 ? Promise.reject(failed()) : Promise.resolve());
  await bot.say({ thread: THREAD, files: [{ bytes: filmBytes() }] });
  await vi.waitFor(() => expect(failures).toBe(2), eventually);
  await bot.say({ thread: THREAD, text: 'and the heart?' });
  await vi.waitFor(() => expect(texts()[1]).toBe('Waiting: one request in this thread comes first.'), eventually);
  const posts = await bot.settled(THREAD, 2);
  expect(posts.map(({ text }) => text.match(/Answer \d/)?.[0])).toEqual(['Answer 1', 'Answer 2']);
});

test('a film that pauses holds up no other thread, and no room in the queue', async () => {
  await withPausedFilm({ core: { concurrency: 1, maxWaiting: 1 } });
  bot.platform.beforeRead = null;
  await bot.say({ thread: 'scripted:channel-1:U', files: [{ bytes: filmBytes(2) }] });
  const [post] = await bot.settled('scripted:channel-1:U', 1);
  expect(post?.text).toContain('Answer 1');
  expect(bot.platform.history.some(({ text }) => text.includes('Waiting'))).toBe(false);
});

test('stop ends a turn that pauses, and what waits behind it goes on', async () => {
  await withPausedFilm();
  await bot.say({ thread: THREAD, text: 'and the heart?' });
  await bot.say({ thread: THREAD, text: 'stop' });
  bot.platform.beforeRead = null;
  const posts = await bot.settled(THREAD, 2);
  // There is no film that the question could be about.
  expect(posts.map(({ text }) => text)).toEqual(['Stopped.', expect.stringContaining('no image')]);
  await vi.waitFor(() => expect(bot.core.health().queue).toEqual({ waiting: 0, running: 0 }), eventually);
  expect(bot.engine.calls).toEqual({ encoded: 0, asked: 0 });
});

describe('forgetting', () => {
  test('a film that pauses is not read afterwards', async () => {
    await withPausedFilm();
    await bot.say({ thread: THREAD, text: 'and the heart?' });
    await bot.say({ thread: THREAD, text: 'Forget this case.' });
    bot.platform.beforeRead = null;
    const posts = await bot.settled(THREAD, 3);
    expect(posts.map(({ text }) => text)).toEqual([
      'Stopped.',
      'Stopped.',
      expect.stringContaining('Checked: nothing of this case is stored any more.'),
    ]);
    await vi.waitFor(() => expect(bot.core.health().queue).toEqual({ waiting: 0, running: 0 }), eventually);
    expect(bot.engine.calls).toEqual({ encoded: 0, asked: 0 });
  });

  test('neither after a restart, when the forgetting is long done and the film could not be told yet', async () => {
    const url = temporaryStoreUrl();
    const upload = await withPausedFilm({ url });
    const { platform } = bot;
    const { save } = platform;
    platform.save = (post) => {
      if (post.key === `${upload.id}:0`) throw failed();
      save(post);
    };
    const forget = await bot.say({ thread: THREAD, text: 'Forget this case.' });
    await vi.waitFor(
      () => expect(platform.thread(THREAD).find(({ key }) => key === forget.id)?.outcome).toBe('finished'),
      eventually,
    );
    const journal = bot.store.namespace('journal', null);
    await vi.waitFor(async () => {
      const kept = JSON.stringify(await entriesOf(journal));
      expect(kept).toContain('"overtaken":"forgotten"');
      expect(kept).not.toContain(forget.id);
      // What was forgotten is not kept in the journal either.
      expect(kept).not.toMatch(/QUOKKA|NUMBAT/);
    }, eventually);
    await bot.close();
    platform.save = save;
    platform.beforeRead = null;
    bot = await startTestBot({ url, platform });
    await vi.waitFor(() => expect(texts()[0]).toBe('Stopped.'), eventually);
    await vi.waitFor(async () => expect(await entriesOf(bot.store.namespace('journal', null))).toEqual([]), eventually);
    expect(bot.engine.calls.encoded).toBe(0);
  });

  test('bytes that the platform serves once are erased with it', async () => {
    bot = await startTestBot({ core: { retryMs: 60_000 }, engine: { before: () => Promise.reject(failed()) } });
    await bot.say({ thread: THREAD, files: [{ bytes: filmBytes(), servesTwice: false }] });
    await vi.waitFor(() => expect(bot.core.health().queue).toEqual({ waiting: 1, running: 0 }), eventually);
    expect(await entriesOf(bot.store.namespace('bytes', null))).toHaveLength(1);
    await bot.say({ thread: THREAD, text: 'forget' });
    await bot.settled(THREAD, 2);
    expect(await entriesOf(bot.store.namespace('bytes', null))).toEqual([]);
  });
});

describe('deleting', () => {
  test.each(['message', 'file'])('the %s of a film that pauses: it is not read afterwards', async (what) => {
    const upload = await withPausedFilm();
    await deletion(what === 'message' ? { message: upload.id } : { message: null, attachment: 'F1' });
    bot.platform.beforeRead = null;
    const [post] = await bot.settled(THREAD, 1);
    expect(post?.text).toContain('The image was deleted');
    await vi.waitFor(() => expect(bot.core.health().queue).toEqual({ waiting: 0, running: 0 }), eventually);
    expect(bot.engine.calls.encoded).toBe(0);
  });

  test('the message on which a shortcut was used: its film, which pauses, is not read afterwards', async () => {
    bot = await startTestBot({ core: { retryMs: 60_000 } });
    bot.platform.beforeRead = () => Promise.reject(failed());
    const { attachments } = messageEvent(bot.platform, { thread: THREAD, files: [{ id: 'F1', bytes: filmBytes() }] });
    await bot.adapter.deliver({
      kind: 'command',
      id: 'shortcut-1',
      name: 'read',
      argument: '',
      attachments,
      target: 'a-message-not-for-the-bot',
      place: placeOf({ thread: THREAD }),
      author: { id: 'U1', isBot: false },
      at: Date.now(),
    });
    await vi.waitFor(() => expect(bot.core.health().queue).toEqual({ waiting: 1, running: 0 }), eventually);
    await deletion({ message: 'a-message-not-for-the-bot' });
    bot.platform.beforeRead = null;
    const [post] = await bot.settled(THREAD, 1);
    expect(post?.text).toContain('The image was deleted');
    expect(bot.engine.calls.encoded).toBe(0);
  });

  test('one of two files of a message that pauses: the other is read', async () => {
    await withPausedFilm({ core: { retryMs: 1_000 } }, ['F1', 'F2']);
    await deletion({ message: null, attachment: 'F1' });
    await vi.waitFor(() => expect(bot.logged.some((line) => line.did === 'delete of a file')).toBe(true), eventually);
    bot.platform.beforeRead = null;
    const posts = await bot.settled(THREAD, 3);
    expect(posts.map(({ text }) => text)).toEqual([
      '**F1-NUMBAT.png** was not read: the file was deleted.',
      expect.stringContaining('Answer 1 about 1'),
      expect.stringContaining('Answer 2 about 1'),
    ]);
    expect(bot.engine.calls.encoded).toBe(1);
  });

  test('while the platform takes no words: the case is erased at once, and the report is taken back when it can be', async () => {
    bot = await startTestBot({ core: { retryMs: 100 } });
    const upload = await bot.say({ thread: THREAD, files: [{ bytes: filmBytes() }] });
    await bot.settled(THREAD, 1);
    bot.platform.beforeWrite = () => Promise.reject(failed());
    await deletion({ message: upload.id });
    await vi.waitFor(async () => expect(await bot.engine.list()).toEqual([]), eventually);
    expect(texts()[0]).toContain('Answer 1');
    bot.platform.beforeWrite = null;
    await vi.waitFor(() => expect(texts()[0]).toContain('The image was deleted'), eventually);
    expect(bot.platform.thread(THREAD)[0]?.pictures).toEqual([]);
  });
});
