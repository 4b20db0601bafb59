// "Stop" for turns that fail and are tried again: they end, they say so once they can, and what erases is not stopped.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLog } from '../../bot/log.ts';
import { createStateStore, entriesOf, type StateStore } from '../../bot/store.ts';
import { CxrError } from '../../engine/error.ts';
import { placeOf } from '../support/scripted-adapter.ts';
import { filmBytes } from '../support/scripted-engine.ts';
import type { StoredPost } from '../support/scripted-platform.ts';
import { eventually, startTestBot, type TestBot, temporaryStoreUrl } from '../support/test-bot.ts';

const THREAD = 'scripted:channel-1:T';
const PAUSE = { core: { retryMs: 60_000 } };
let bot: TestBot;
const closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  closing.length = 0;
});
afterEach(async () => {
  await bot.close();
  for (const close of closing) await close();
});

const failed = () => new CxrError('platform-failed', 'The chat platform did not answer.');
const say = (text: string) => bot.say({ thread: THREAD, text });
const upload = (text = '') => bot.say({ thread: THREAD, text, files: [{ id: 'F1', bytes: filmBytes() }] });
const texts = () => bot.platform.thread(THREAD).map(({ text }) => text);
const pausing = (waiting = 1) =>
  vi.waitFor(() => expect(bot.core.health().queue).toEqual({ waiting, running: 0 }), eventually);
const nothingLeft = () =>
  vi.waitFor(async () => {
    expect(bot.core.health().queue).toEqual({ waiting: 0, running: 0 });
    expect(await entriesOf(bot.store.namespace('journal', null))).toEqual([]);
  }, eventually);

/** The platform takes no posts that `refused` names. */
function refuse(refused: (post: StoredPost) => boolean): void {
  const { save } = bot.platform;
  bot.platform.save = (post) => {
    if (refused(post)) throw failed();
    save(post);
  };
}

test('a question whose reply could not be opened: who stops it is told', async () => {
  bot = await startTestBot(PAUSE);
  await upload();
  await bot.settled(THREAD, 1);
  bot.platform.beforeWrite = () => Promise.reject(failed());
  await say('and the heart?');
  await pausing();
  bot.platform.beforeWrite = null;
  await say('stop');
  expect((await bot.settled(THREAD, 2))[1]?.text).toBe('Stopped.');
  await nothingLeft();
  expect(bot.engine.calls.asked).toBe(1);
});

test('a question beside a film that was read: its own reply says that it was stopped, the report stands', async () => {
  bot = await startTestBot(PAUSE);
  let question = '';
  // The question's reply is opened and takes no words after that.
  refuse(({ key, text }) => key === question && text !== '');
  bot.platform.beforeRead = async () => {
    question = [...bot.platform.posts.values()][0]?.key.split(':')[0] ?? '';
  };
  await upload('is the heart enlarged?');
  await pausing();
  question = '-';
  await say('stop');
  const posts = await bot.settled(THREAD, 2);
  expect(posts.map(({ text }) => text)).toEqual([expect.stringContaining('Answer 1'), 'Stopped.']);
  await nothingLeft();
});

test('a film that pauses is stopped, not the help that could not be told meanwhile', async () => {
  bot = await startTestBot(PAUSE);
  bot.platform.beforeRead = () => Promise.reject(failed());
  await upload();
  await pausing();
  bot.platform.beforeWrite = () => Promise.reject(failed());
  await say('help');
  await vi.waitFor(() => expect(bot.logged.filter(({ msg }) => msg === 'turn failed')).toHaveLength(2), eventually);
  bot.platform.beforeWrite = null;
  bot.platform.beforeRead = null;
  await say('stop');
  await vi.waitFor(() => expect(texts()).toEqual(['Stopped.']), eventually);
  expect(bot.engine.calls.encoded).toBe(0);
});

test('a deletion that pauses is carried out all the same', async () => {
  bot = await startTestBot({ core: { retryMs: 2_000 } });
  const { id } = await upload();
  await bot.settled(THREAD, 1);
  bot.platform.beforeWrite = () => Promise.reject(failed());
  const about = { place: placeOf({ thread: THREAD }), author: { id: '', isBot: false }, at: Date.now() };
  await bot.adapter.deliver({ kind: 'delete', id: 'deletion-1', message: id, ...about });
  await pausing();
  bot.platform.beforeWrite = null;
  await say('stop');
  await vi.waitFor(
    () =>
      expect(texts()).toEqual([expect.stringContaining('The image was deleted'), expect.stringMatching(/nothing/i)]),
    eventually,
  );
  await nothingLeft();
});

test('stopped while it runs, when the platform takes no words: it is not begun again', async () => {
  bot = await startTestBot({ core: { retryMs: 200 } });
  let serve: (() => void) | null = null;
  bot.platform.beforeRead = () =>
    new Promise((_, reject) => {
      serve = () => reject(failed());
    });
  await upload();
  const fail = await vi.waitFor(() => reading(serve), eventually);
  await say('stop');
  await vi.waitFor(() => expect(bot.logged.some(({ did }) => did === 'stop')).toBe(true), eventually);
  bot.platform.beforeWrite = () => Promise.reject(failed());
  bot.platform.beforeRead = null;
  fail();
  await vi.waitFor(
    () => expect(bot.logged.some(({ msg }) => msg === 'failure could not be told')).toBe(true),
    eventually,
  );
  bot.platform.beforeWrite = null;
  await vi.waitFor(() => expect(texts()).toEqual(['Stopped.']), eventually);
  await nothingLeft();
  expect(bot.engine.calls).toEqual({ encoded: 0, asked: 0 });
});

test('a turn that fails while its stop is being noted ends as well', async () => {
  const store = createStateStore(temporaryStoreUrl(), createLog({ level: 'silent', content: false }));
  let serve: (() => void) | null = null;
  /** The real store; it takes its time to note a stop, and meanwhile the turn fails and pauses. */
  const slow: StateStore = {
    ...store,
    namespace(name, ttlMs) {
      const keyv = store.namespace(name, ttlMs);
      const { set } = keyv;
      keyv.set = async (key, value: unknown, ttl) => {
        const result = await set.call(keyv, key, value, ttl);
        if (name === 'journal' && (value as { stopped?: boolean }).stopped === true && !bot.logged.some(isFailure)) {
          reading(serve)();
          await pausing();
        }
        return result;
      };
      return keyv;
    },
  };
  bot = await startTestBot({ ...PAUSE, supplies: { store: slow } });
  closing.push(() => store.close());
  bot.platform.beforeRead = () =>
    new Promise((_, reject) => {
      serve = () => reject(failed());
    });
  await upload();
  await vi.waitFor(() => reading(serve), eventually);
  await say('stop');
  bot.platform.beforeRead = null;
  await vi.waitFor(() => expect(texts()).toEqual(['Stopped.']), eventually);
  await vi.waitFor(() => expect(bot.core.health().queue).toEqual({ waiting: 0, running: 0 }), eventually);
  expect(bot.engine.calls.encoded).toBe(0);
});

test('cut off after its stop was noted and before anything was said: the film is not reported after the restart', async () => {
  const url = temporaryStoreUrl();
  bot = await startTestBot({ url, core: { stopLimitMs: 0 } });
  const { platform } = bot;
  let serve: (() => void) | null = null;
  platform.beforeRead = () =>
    new Promise((_, reject) => {
      serve = () => reject(failed());
    });
  await upload();
  const fail = await vi.waitFor(() => reading(serve), eventually);
  setTimeout(fail, 100);
  await bot.close();
  // As a kill between the note and the abort leaves it.
  const store = createStateStore(url, createLog({ level: 'silent', content: false }));
  const journal = store.namespace('journal', null);
  for (const [key, entry] of await entriesOf<object>(journal)) await journal.set(key, { ...entry, stopped: true });
  await store.close();
  platform.beforeRead = null;
  bot = await startTestBot({ url, platform });
  await vi.waitFor(() => expect(texts()).toEqual(['Stopped.']), eventually);
  await nothingLeft();
  expect(bot.engine.calls.asked).toBe(0);
});

/** What lets the download of the film fail; throws until it is under way. */
function reading(serve: (() => void) | null): () => void {
  if (serve === null) throw new Error('not downloading yet');
  return serve;
}

const isFailure = ({ msg }: Record<string, unknown>): boolean => msg === 'turn failed';
