// Every event of a case runs twice, as after a crash between its work and the journal's note: nothing changes twice and nothing is answered twice.
import type Keyv from 'keyv';
import { afterEach, expect, test, vi } from 'vitest';
import type { StateStore } from '../../../bot/store.ts';
import { createStateStore } from '../../../bot/store.ts';
import { eventually, type TestBot, temporaryStoreUrl } from '../../support/test-bot.ts';
import { type Classroom, openClassroom, storeOf, TEACHER, THREAD } from './classroom.ts';

const engine = { answer: () => 'There is a pleural effusion. There is pneumonia.' };
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const open: TestBot[] = [];
afterEach(async () => {
  for (const bot of open.splice(0)) await bot.close();
});

/** A real store whose journal cannot note the first time that an event is done. */
function forgetfulStore(url: string): { store: StateStore; failed: Set<string> } {
  const store = createStateStore(url, silent);
  const failed = new Set<string>();
  const forgetful = (keyv: Keyv): Keyv => {
    const set = keyv.set.bind(keyv);
    keyv.set = (key, value, ttl) => {
      if (failed.has(key)) return set(key, value, ttl);
      failed.add(key);
      return Promise.reject(new Error('the process died here'));
    };
    return keyv;
  };
  return {
    failed,
    store: {
      ...store,
      namespace: (name, ttl) =>
        name === 'seen' && ttl !== null ? forgetful(store.namespace(name, ttl)) : store.namespace(name, ttl),
    },
  };
}

/** Uses every verb and button; returns what a person can see, and what is kept. */
async function play(room: Classroom) {
  const said: string[] = [];
  const note = ({ text, privateTo }: { text: string; privateTo: string | null }) =>
    said.push(`${privateTo ?? 'all'}: ${text}`);
  const command = async (who: string, what: string) => note(await room.command(who, what));
  await command(TEACHER, 'draft');
  const draft = room.bot.platform.thread(THREAD).find(({ text }) => text.includes('Only you see this'));
  note(await room.press(TEACHER, 'case-use-draft', draft?.controls[0]?.value ?? ''));
  await command(TEACHER, 'findings left effusion, cardiomegaly');
  await command(TEACHER, 'timer 2 h');
  await command(TEACHER, 'hint');
  await command(TEACHER, 'hint');
  const first = await room.answer('ann', 'Effusion 80%, ddx: heart failure, pneumonia');
  await room.answer('bob', 'Cardiomegaly');
  const gone = await room.answer('cid', 'Effusion');
  const dropped = await room.say('dan', 'Pneumothorax');
  note(await room.press('dan', 'case-drop', dropped.controls[1]?.value ?? ''));
  const edited = await room.edit('ann', first, 'Effusion 70%, ddx: heart failure, pneumonia');
  note(await room.press('ann', 'case-confirm', edited.controls[0]?.value ?? ''));
  await command('eve', 'answer normal');
  await command('fay', 'observe');
  await command('bob', 'forget-me');
  await room.answer('bob', 'Effusion, cardiomegaly');
  await room.deliver({ kind: 'delete', message: gone });
  note(await room.say('gus', 'AP or PA?', { mentionsBot: true }));
  await command('ann', 'vote');
  await command(TEACHER, 'vote off');
  await command(TEACHER, 'vote on');
  await command('bob', 'vote');
  await command(TEACHER, 'reveal');
  await command(TEACHER, 'hint');
  note(await room.say('ann', 'What do you see?'));
  const { files } = await room.command(TEACHER, 'export');
  const session = await storeOf(room).find(THREAD);
  await command(TEACHER, 'close');
  await command(TEACHER, 'close');
  return {
    said,
    files,
    posts: room.bot.platform.thread(THREAD).map(({ text, outcome }) => `${outcome}: ${text}`),
    kept: {
      answers: session?.answers.map(({ person, stated, confirmed, hints }) => ({ person, stated, confirmed, hints })),
      hints: session?.hints.map(({ kind }) => kind),
      votes: session?.votes,
      observers: session?.observers,
      description: session?.description,
      revealed: session?.revealed,
    },
  };
}

test('a whole case with every event run twice is the same case', { timeout: 60_000 }, async () => {
  const plain = await openClassroom('title: Twice', { engine });
  open.push(plain.bot);
  const once = await play(plain);

  const url = temporaryStoreUrl();
  const { store, failed } = forgetfulStore(url);
  const disturbed = await openClassroom('title: Twice', { url, engine, supplies: { store } });
  open.push(disturbed.bot);
  const twice = await play(disturbed);
  await store.close();

  expect(failed.size).toBeGreaterThan(30);
  expect(twice.kept).toEqual(once.kept);
  expect(twice.said).toEqual(once.said);
  expect(twice.posts).toEqual(once.posts);
  expect(twice.files).toEqual(once.files);
  expect(once.kept.hints).toEqual(['overlay', 'count']);
  await vi.waitFor(
    () => expect(disturbed.bot.platform.thread(THREAD).every(({ outcome }) => outcome !== null)).toBe(true),
    eventually,
  );
});
