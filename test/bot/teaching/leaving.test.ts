// What goes from a case, and when: an answer with its message, a changed one with its edit, a person's words on request, everything with the teacher's.
import { afterEach, expect, test } from 'vitest';
import { type Classroom, openClassroom, TEACHER, THREAD } from './classroom.ts';

const engine = { answer: () => 'There is a pleural effusion.' };
const LINE = 'title: Leaving; findings: left effusion';

let room: Classroom;
afterEach(() => room.bot.close());

const reveal = async () => (await room.command(TEACHER, 'reveal')).text;
const keptBytes = async () =>
  JSON.stringify((await Promise.all(['modecases', 'modecasefilms', 'engine'].map(entries))).flat());

async function entries(name: string): Promise<unknown[]> {
  const found: unknown[] = [];
  const kept = room.bot.store.namespace(name, null);
  for await (const entry of kept.iterator?.(name) ?? []) found.push(entry);
  return found;
}

test('an answer goes with its message, whoever deletes it and whether or not the platform says who', async () => {
  room = await openClassroom(LINE, { engine });
  const [mine, theirs] = [await room.answer('ann', 'Effusion'), await room.answer('bob', 'Effusion')];
  await room.deliver({ kind: 'delete', message: mine }, 'ann');
  await room.deliver({ kind: 'delete', message: theirs });
  await room.answer('cid', 'Effusion');
  const text = await reveal();
  expect(text).toContain('| cid |');
  expect(text).not.toMatch(/\| (?:ann|bob) \|/);
});

test('an edited answer is read and confirmed anew; edited into something else it is none', async () => {
  room = await openClassroom(LINE, { engine });
  const message = await room.answer('ann', 'Pneumothorax');
  const edited = await room.edit('ann', message, 'Effusion 80%');
  expect(edited.privateTo).toBe('ann');
  expect(edited.text).toContain('- effusion: 80 % present');
  await room.press('ann', 'case-confirm', edited.controls[0]?.value ?? '');
  const other = await room.answer('bob', 'Effusion');
  await room.deliver({ kind: 'edit', message: other, text: 'Sorry, wrong thread' }, 'bob');
  const unsure = await room.answer('cid', 'Effusion');
  await room.edit('cid', unsure, 'Pneumothorax');
  // Somebody else's edit of the message (a platform's moderator, a forged event) changes nothing.
  await room.deliver({ kind: 'edit', message, text: 'normal' }, 'mallory');
  const text = await reveal();
  expect(text).toMatch(/\| ann \| 1\/1 = 100 % \| 11\/11 = 100 % \|.*\| 0\.040 \(1\) \|/);
  expect(text).not.toMatch(/\| (?:bob|cid|mallory) \|/);
});

test('a message that was none becomes an answer by its edit', async () => {
  room = await openClassroom(LINE, { engine });
  await room.deliver(
    { kind: 'message', id: 'typo', text: 'Efusion', attachments: [], mentionsBot: false, mentionsOthers: false },
    'ann',
  );
  const { text } = await room.edit('ann', 'typo', 'Effusion');
  expect(text).toContain('- effusion: 90 % present');
});

test.each([
  ['a word', (person: string) => room.say(person, 'forget this case', { mentionsBot: true })],
  ['the button', (person: string) => room.press(person, 'forget', '')],
  ['the command', (person: string) => room.command(person, '', 'forget')],
])('forgetting by %s takes a participant’s words out, and the case with the teacher’s', async (_, forget) => {
  room = await openClassroom(LINE, { engine });
  await room.answer('ann', 'Effusion, ddx: mesothelioma');
  await room.answer('bob', 'Effusion');
  await room.command('ann', 'vote');
  const told = await forget('ann');
  expect(told.text).toContain('Your answers in this case are gone');
  expect(await keptBytes()).not.toMatch(/"ann"|mesothelioma/);
  expect((await room.command('bob', 'vote')).text).toContain('1 of 1 who answered');
  expect((await forget(TEACHER)).text).toContain('The case is gone');
  expect(await keptBytes()).not.toMatch(/Leaving|"bob"|pleural effusion|base64/);
  expect((await room.command(TEACHER, 'reveal')).text).toContain('There is no case in this thread');
});

test('with the message that opened it the case goes', async () => {
  room = await openClassroom(LINE, { engine });
  await room.deliver({ kind: 'delete', message: 'opening' });
  expect(room.bot.platform.thread(THREAD).at(-1)?.text).toContain('The case is gone');
  expect(await keptBytes()).not.toContain('Leaving');
});

test('one person’s forgetting takes back nobody else’s answer that is still on its way', async () => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isFirst = true;
  room = await openClassroom(LINE, { engine });
  room.bot.platform.beforeWrite = () => {
    if (!isFirst) return Promise.resolve();
    isFirst = false;
    return held;
  };
  const slow = room.say('ann', 'Effusion');
  const waiting = room.say('bob', 'Effusion');
  const forgotten = room.say('cid', 'forget', { mentionsBot: true });
  release();
  for (const { text } of [await slow, await waiting]) expect(text).toContain('- effusion: 90 % present');
  expect((await forgotten).text).toContain('Your answers in this case are gone');
});
