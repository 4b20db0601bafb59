// Running the bot: shutdown finishes or keeps turns, a restart continues them; health, metrics and retention.
import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { startOps } from '../../bot/ops.ts';
import { sweep } from '../../bot/retention.ts';
import { filmBytes } from '../support/scripted-engine.ts';
import { createScriptedPlatform } from '../support/scripted-platform.ts';
import { eventually, startTestBot, type TestBot, temporaryStoreUrl } from '../support/test-bot.ts';

let bot: TestBot;
afterEach(() => bot.close());
const THREAD = 'scripted:channel-1:T';

test('stop lets a running turn finish and keeps the waiting one for the next start', async () => {
  const url = temporaryStoreUrl();
  const platform = createScriptedPlatform();
  const slow = { wordMs: 10, answer: () => 'word '.repeat(30) };
  bot = await startTestBot({ url, platform, engine: slow });
  await bot.say({ thread: THREAD, files: [{ bytes: filmBytes() }] });
  await bot.say({ thread: THREAD, text: 'and the heart?' });
  await vi.waitFor(() => expect(platform.thread(THREAD)[0]?.text).toContain('word word'), eventually);
  await bot.close();
  expect(platform.thread(THREAD).map(({ outcome }) => outcome)).toEqual(['finished', null]);
  bot = await startTestBot({ url, platform });
  const posts = await bot.settled(THREAD, 2);
  expect(posts[1]?.text).toContain('Answer 2');
  expect(posts.map(({ finishes }) => finishes)).toEqual([1, 1]);
});

test('a turn that takes too long to stop is cut off and runs again whole', async () => {
  const url = temporaryStoreUrl();
  const platform = createScriptedPlatform();
  bot = await startTestBot({
    url,
    platform,
    core: { stopLimitMs: 100 },
    engine: { wordMs: 20, answer: () => 'word '.repeat(500) },
  });
  await bot.say({ thread: THREAD, files: [{ bytes: filmBytes() }] });
  await vi.waitFor(() => expect(platform.thread(THREAD)[0]?.text).toContain('word word'), eventually);
  await bot.close();
  expect(platform.thread(THREAD)[0]?.outcome).toBeNull();
  bot = await startTestBot({ url, platform });
  const [post] = await bot.settled(THREAD, 1);
  expect(post?.text).toContain('Answer 1 about 1');
  expect(post?.text).not.toContain('word');
});

test('health and metrics are served', async () => {
  bot = await startTestBot();
  await bot.say({ thread: THREAD, files: [{ bytes: filmBytes() }, { mediaType: 'video/mp4', bytes: filmBytes() }] });
  await bot.settled(THREAD, 2);
  let ready = false;
  const ops = await startOps(
    { host: '127.0.0.1', port: 0 },
    { ready: async () => ({ ready, parts: { models: 'loading' } }), metrics: bot.core.metrics.text },
  );
  const get = (path: string) => fetch(`http://127.0.0.1:${ops.port}${path}`);
  expect((await get('/healthz')).status).toBe(200);
  expect((await get('/readyz')).status).toBe(503);
  ready = true;
  expect((await get('/readyz')).status).toBe(200);
  const metrics = await (await get('/metrics')).text();
  await ops.stop();
  expect(metrics).toContain('cxr_refusals_total{reason="attachment-unsupported"} 1');
  expect(metrics).toContain('cxr_events_total{adapter="scripted",kind="message"} 1');
  expect(metrics).toContain('cxr_queue_jobs{state="waiting"} 0');
  expect(metrics).toMatch(/cxr_stage_seconds_count\{stage="finished"\} 1/);
  expect(metrics).toContain('cxr_tokens_per_second_count 1');
});

test('what is over its time is erased from the store, not only hidden', async () => {
  const url = temporaryStoreUrl();
  bot = await startTestBot({ url, core: { retentionMs: 1 } });
  await bot.say({ thread: THREAD, files: [{ bytes: filmBytes() }] });
  await bot.settled(THREAD, 1);
  await sweep(bot.store);
  const onDisk = readFileSync(url.slice('sqlite://'.length), 'latin1');
  expect(onDisk).toContain('seen:');
  expect(onDisk).not.toMatch(/thread:|claim:/);
  await bot.say({ thread: THREAD, text: 'any more certain?', mentionsBot: true });
  expect((await bot.settled(THREAD, 2))[1]?.text).toContain('There is no report in this thread');
});
