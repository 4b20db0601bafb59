// Starting with several chat platforms: one that cannot be reached holds up no other and is tried again; only a refused configuration ends the start.
import { afterEach, expect, test, vi } from 'vitest';
import { createSlackAdapter } from '../../adapters/slack/slack-adapter.ts';
import { CxrError } from '../../engine/error.ts';
import { createScriptedAdapter, messageEvent, type ScriptedAdapter } from '../support/scripted-adapter.ts';
import { filmBytes } from '../support/scripted-engine.ts';
import { createScriptedPlatform, type ScriptedPlatform } from '../support/scripted-platform.ts';
import { configFor } from '../support/slack-server/harness.ts';
import { createSlackServer } from '../support/slack-server/slack-server.ts';
import { eventually, startTestBot, type TestBot, temporaryStoreUrl } from '../support/test-bot.ts';

let bot: TestBot;
afterEach(() => bot.close());
const UP = 'up:channel-1:T';
const DOWN = 'down:channel-1:T';
const unreachable = () => new CxrError('platform-failed', 'The chat platform cannot be reached.');
const refusedToken = () => new CxrError('config-invalid', 'The chat platform refused the token.');

/** An adapter whose start runs `before` each time. */
function starting(platform: ScriptedPlatform, name: string, before: () => Promise<void>): ScriptedAdapter {
  const adapter = createScriptedAdapter(platform, name);
  return {
    ...adapter,
    async start(receive) {
      await before();
      await adapter.start(receive);
    },
  };
}

async function reads(platform: ScriptedPlatform, adapter: ScriptedAdapter, thread: string): Promise<void> {
  await adapter.deliver(messageEvent(platform, { thread, files: [{ bytes: filmBytes() }] }));
  const [post] = await bot.settled(thread, 1);
  expect(post?.text).toContain('Answer 1');
}

const failures = () =>
  bot.logged.filter((line) => line.msg === 'a chat platform could not be started; it is tried again');

test('Slack takes the token and opens no connection: the other platform works, and Slack does once it can', async () => {
  const server = await createSlackServer();
  server.faults.add({ kind: 'server-error', method: 'apps.connections.open', times: 5 });
  const platform = createScriptedPlatform();
  const up = createScriptedAdapter(platform, 'up');
  const slack = createSlackAdapter(configFor(server, 'socket'));
  bot = await startTestBot({ platform, supplies: { adapters: [slack, up] }, core: { startPatienceMs: 100 } });
  expect(slack.health().ready).toBe(false);
  await reads(platform, up, UP);
  await vi.waitFor(() => expect(slack.health().ready).toBe(true), eventually);
  await bot.close();
  await server.close();
});

test('a platform that cannot be reached is tried again with growing pauses, and its journal waits for it', async () => {
  const [url, platform] = [temporaryStoreUrl(), createScriptedPlatform()];
  const first = createScriptedAdapter(platform, 'down');
  bot = await startTestBot({ url, platform, supplies: { adapters: [first] }, core: { retryMs: 60_000 } });
  platform.beforeWrite = () => Promise.reject(unreachable());
  await first.deliver(messageEvent(platform, { thread: DOWN, files: [{ bytes: filmBytes() }] }));
  await bot.close();
  platform.beforeWrite = null;

  let isDown = true;
  const down = starting(platform, 'down', () => (isDown ? Promise.reject(unreachable()) : Promise.resolve()));
  const up = createScriptedAdapter(platform, 'up');
  bot = await startTestBot({ url, platform, supplies: { adapters: [down, up] } });
  expect(bot.core.health().troubles).toEqual({ down: 'The chat platform cannot be reached.' });
  await reads(platform, up, UP);
  await vi.waitFor(() => expect(failures().length).toBeGreaterThan(2), eventually);
  expect(
    failures()
      .map(({ adapter, pauseMs }) => [adapter, pauseMs])
      .slice(0, 3),
  ).toEqual([
    ['down', 50],
    ['down', 100],
    ['down', 200],
  ]);
  expect(platform.thread(DOWN)).toEqual([]);
  isDown = false;
  const [post] = await bot.settled(DOWN, 1);
  expect(post?.text).toContain('Answer 1');
  expect(bot.core.health().troubles).toEqual({});
});

test('a refused configuration ends the start at once', async () => {
  const platform = createScriptedPlatform();
  bot = await startTestBot();
  const hanging = starting(platform, 'hanging', () => new Promise(() => undefined));
  const wrong = starting(platform, 'wrong', () => Promise.reject(refusedToken()));
  const begun = Date.now();
  await expect(startTestBot({ platform, supplies: { adapters: [hanging, wrong] } })).rejects.toMatchObject({
    code: 'config-invalid',
  });
  expect(Date.now() - begun).toBeLessThan(9_000);
});

test('a configuration that is refused after the start is told too', async () => {
  const platform = createScriptedPlatform();
  let tries = 0;
  const wrong = starting(platform, 'wrong', async () => {
    tries += 1;
    throw tries < 3 ? unreachable() : refusedToken();
  });
  const refused: CxrError[] = [];
  const supplies = { adapters: [wrong], refused: (error: CxrError) => void refused.push(error) };
  bot = await startTestBot({ platform, supplies });
  expect(refused).toEqual([]);
  await vi.waitFor(() => expect(refused.map(({ code }) => code)).toEqual(['config-invalid']), eventually);
  expect(tries).toBe(3);
});

test('stop ends the trying', async () => {
  const platform = createScriptedPlatform();
  let tries = 0;
  const down = starting(platform, 'down', () => {
    tries += 1;
    return Promise.reject(unreachable());
  });
  bot = await startTestBot({ platform, supplies: { adapters: [down] } });
  await bot.core.stop();
  const before = tries;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(tries).toBe(before);
});
