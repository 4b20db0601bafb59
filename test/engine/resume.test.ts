// Conversations that lost their sequence or outlived the process go on with the same greedy answer; the wrong bundle and a failing store are told plainly.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import KeyvSqlite from '@keyv/sqlite';
import Keyv from 'keyv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Conversation } from '../../engine/engine.ts';
import { toyImage } from '../support/toy-bundle.ts';
import { type ToyFolder, toyFolder } from '../support/toy-engine.ts';

let folder: ToyFolder;
beforeAll(async () => {
  folder = await toyFolder();
});
afterAll(() => folder.remove());

const greedy = { temperature: 0, maxTokens: 12 };
const QUESTIONS = ['Is there any edema?', 'Why?', 'What is the report?'];

/** Greedy answers to all questions, the conversation left to itself. */
async function undisturbed(seed: number): Promise<string[]> {
  const engine = await folder.open();
  const conversation = await engine.start(toyImage(seed));
  const answers: string[] = [];
  for (const question of QUESTIONS) answers.push((await conversation.ask(question, greedy).turn).answerTokenIds.join());
  await engine.close();
  return answers;
}

test.each(
  [
    { name: 'kept as files', maxStateBytes: 1e9, rebuilt: false },
    { name: 'rebuilt from the transcript', maxStateBytes: 0, rebuilt: true },
  ].flatMap((states) => (['batched', 'side-by-side'] as const).map((decoding) => ({ ...states, decoding }))),
)(
  'six conversations over two sequences answer as each would alone, $decoding, states $name',
  async ({ maxStateBytes, rebuilt, decoding }) => {
    const engine = await folder.open({}, { sequences: 2, maxStateBytes, decoding });
    const seeds = [1, 2, 3, 4, 5, 6];
    const conversations = await Promise.all(seeds.map((seed) => engine.start(toyImage(seed))));
    for (const question of QUESTIONS) {
      await Promise.all(conversations.map((conversation) => conversation.ask(question, greedy).turn));
    }
    for (const seed of [1, 4]) {
      const turns = (conversations[seed - 1] as Conversation).turns;
      expect(turns.map(({ answerTokenIds }) => answerTokenIds.join())).toEqual(await undisturbed(seed));
    }
    const again = conversations.flatMap(({ turns }) =>
      turns.slice(1).map((turn, index) => {
        const before = turns[index] as typeof turn;
        return turn.evaluatedTokens - (turn.promptTokens - before.promptTokens - before.answerTokens);
      }),
    );
    // A state that was kept saves evaluating history; one that was dropped costs it.
    if (rebuilt) expect(Math.max(...again)).toBeGreaterThan(20);
    else expect(Math.max(...again)).toBeLessThanOrEqual(1);
  },
);

test('a conversation outlives the process: SQLite, soft token and transcript are enough', async () => {
  const path = join(folder.dir, 'restart.sqlite');
  const open = () => new Keyv({ store: new KeyvSqlite(`sqlite://${path}`) });
  const first = open();
  const before = await folder.open({}, { store: first });
  const conversation = await before.start(toyImage(9), { id: 'thread-1' });
  const answers: string[] = [];
  for (const question of QUESTIONS.slice(0, 2)) {
    answers.push((await conversation.ask(question, greedy).turn).answerTokenIds.join());
  }
  await before.close();
  await first.disconnect();

  const second = open();
  const after = await folder.open({}, { store: second });
  const resumed = await after.resume('thread-1');
  expect(resumed.turns.map(({ question }) => question)).toEqual(QUESTIONS.slice(0, 2));
  expect(resumed.images[0]?.findings[0]).toMatchObject({ name: 'effusion', probability: 0.7 });
  answers.push((await resumed.ask(QUESTIONS[2] as string, greedy).turn).answerTokenIds.join());
  expect(answers).toEqual(await undisturbed(9));
  // Starting a known id takes the conversation up as it is.
  expect((await after.start(toyImage(1), { id: 'thread-1' })).turns.length).toBe(3);
  await after.close();
  await second.disconnect();
});

test('no pixels and no file of an image stay behind', async () => {
  const store = new Map<string, string>();
  const engine = await folder.open({}, { store: new Keyv({ store }) });
  const image = { ...toyImage(1), display: { width: 64, height: 64, pixels: new Uint8Array(4096).fill(77) } };
  const conversation = await engine.start(image, { id: 'pixels' });
  await conversation.ask('Report.', greedy).turn;
  expect([...store.keys()].map((key) => key.replace(/^keyv:/, '')).sort()).toEqual([
    'conversation:pixels',
    'image-tokens:pixels:0',
  ]);
  for (const value of store.values()) expect(value).not.toMatch(/display|77,77,77/);
  expect(Buffer.from(JSON.parse(store.get('keyv:image-tokens:pixels:0') ?? '').value, 'base64').length).toBe(64 * 4);
});

test('listing and forgetting', async () => {
  const engine = await folder.open();
  const conversation = await engine.start(toyImage(1), { id: 'a' });
  await conversation.ask('Report.', greedy).turn;
  await engine.start(toyImage(2), { id: 'b' });
  const list = await engine.list();
  expect(list.map(({ id, turns, images, bundle }) => ({ id, turns, images, bundle }))).toEqual(
    expect.arrayContaining([
      { id: 'a', turns: 1, images: 1, bundle: 'toy' },
      { id: 'b', turns: 0, images: 1, bundle: 'toy' },
    ]),
  );
  const running = conversation.ask('What is there?', { temperature: 0, maxTokens: 300 });
  expect(await engine.forget('a')).toBe(true);
  await expect(running.turn).rejects.toMatchObject({ code: expect.stringMatching(/aborted|conversation-closed/) });
  expect(await engine.forget('a')).toBe(false);
  await expect(engine.resume('a')).rejects.toMatchObject({ code: 'conversation-unknown' });
  await expect(conversation.ask('Why?').turn).rejects.toMatchObject({ code: 'conversation-closed' });
  expect((await engine.list()).map(({ id }) => id)).toEqual(['b']);
});

test('a handle that is closed leaves the others and the stored conversation alone', async () => {
  const engine = await folder.open();
  const one = await engine.start(toyImage(1), { id: 'shared' });
  const other = await engine.resume('shared');
  await one.close();
  await one.close();
  expect((await other.ask('Report.', greedy).turn).answerTokens).toBeGreaterThan(0);
  await other.close();
  expect((await engine.resume('shared')).turns.length).toBe(1);
});

test('a conversation of another bundle is refused, an unknown one too', async () => {
  const store = new Keyv();
  const one = await folder.open({}, { store });
  await one.start(toyImage(1), { id: 'x' });
  const other = await folder.open({ seed: 2, name: 'other' }, { store });
  await expect(other.resume('x')).rejects.toMatchObject({
    code: 'bundle-mismatch',
    message: expect.stringMatching(/toy.*other/),
  });
  await expect(other.start(toyImage(1), { id: 'x' })).rejects.toMatchObject({ code: 'bundle-mismatch' });
  await expect(other.resume('y')).rejects.toMatchObject({ code: 'conversation-unknown' });
});

test('an image of another width is refused', async () => {
  const engine = await folder.open();
  const image = { ...toyImage(1), imageTokens: new Float32Array(32) };
  await expect(engine.start(image)).rejects.toMatchObject({ code: 'bundle-mismatch' });
});

test('a store that fails is told as store-failed, and the turn does not count as said', async () => {
  const backing = new Map<string, string>();
  let failing = false;
  const flaky = {
    get: (key: string) => (failing ? fail() : backing.get(key)),
    set: (key: string, value: string) => (failing ? fail() : backing.set(key, value)),
    delete: (key: string) => (failing ? fail() : backing.delete(key)),
    clear: () => backing.clear(),
    on: () => flaky,
    opts: {},
  };
  const fail = (): never => {
    throw new Error('disk full');
  };
  const engine = await folder.open({}, { store: new Keyv({ store: flaky }) });
  const conversation = await engine.start(toyImage(1), { id: 'f' });
  failing = true;
  await expect(conversation.ask('Report.', greedy).turn).rejects.toMatchObject({
    code: 'store-failed',
    cause: expect.objectContaining({ message: 'disk full' }),
  });
  expect(conversation.turns).toEqual([]);
  await expect(engine.resume('g')).rejects.toMatchObject({ code: 'store-failed' });
  failing = false;
  expect((await conversation.ask('Report.', greedy).turn).answerTokens).toBeGreaterThan(0);
});

test('a conversation that nobody touches expires with all that belongs to it', async () => {
  const backing = new Map<string, string>();
  const engine = await folder.open({}, { store: new Keyv({ store: backing }), ttlMs: 3_600_000 });
  const conversation = await engine.start(toyImage(1), { id: 't' });
  await conversation.ask('Report.', greedy).turn;
  const expiries = [...backing.values()].map((value) => JSON.parse(value).expires as number);
  expect(expiries.length).toBe(2);
  for (const expiry of expiries) expect(Math.abs(expiry - Date.now() - 3_600_000)).toBeLessThan(600_000);
});

test('when the context is full the oldest turns leave, the image and the report do not, and a restart remembers which', async () => {
  const store = new Keyv();
  const bundle = { contextTokens: 256, maxTokens: 16 };
  const engine = await folder.open(bundle, { store });
  const conversation = await engine.start(toyImage(1), { id: 'long' });
  const prompts: number[] = [];
  for (let i = 0; i < 12; i++) {
    prompts.push(
      (await conversation.ask(`Is there any effusion number ${i}?`, { temperature: 0, maxTokens: 16 }).turn)
        .promptTokens,
    );
  }
  expect(Math.max(...prompts)).toBeLessThanOrEqual(255 - 16);
  expect(prompts.some((length, index) => length < (prompts[index - 1] ?? 0))).toBe(true);
  expect(conversation.turns.length).toBe(12);
  const ask = { temperature: 0, maxTokens: 16, key: 'last' };
  const last = await conversation.ask('Why?', ask).turn;
  await conversation.rewind('last');
  await engine.close();
  const restarted = await folder.open(bundle, { store });
  const again = await (await restarted.resume('long')).ask('Why?', ask).turn;
  expect(again.promptTokens).toBe(last.promptTokens);
  expect(again.answerTokenIds).toEqual(last.answerTokenIds);
});

test('the temporary folder is empty of adapters and gone when the engine is closed', async () => {
  const { makeWorkFolder } = await import('../../engine/work-folder.ts');
  const root = join(folder.dir, 'work');
  const work = await makeWorkFolder(root);
  expect(await readdir(root)).toHaveLength(1);
  const { mkdir } = await import('node:fs/promises');
  // A process id beyond every system's largest: its process is dead.
  await mkdir(join(root, '999999999-left'));
  const next = await makeWorkFolder(root);
  expect((await readdir(root)).some((name) => name.startsWith('999999999'))).toBe(false);
  await work.remove();
  await next.remove();
  expect(await readdir(root)).toEqual([]);
});
