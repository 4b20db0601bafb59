// The reveal without the teacher's word: by timer, also over restarts, and by vote; never without the teacher's findings.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { readDuration, shownDuration } from '../../../bot/teaching/durations.ts';
import { createTeachingMode } from '../../../bot/teaching/teaching-mode.ts';
import { createScriptedPlatform } from '../../support/scripted-platform.ts';
import { eventually, startTestBot, temporaryStoreUrl } from '../../support/test-bot.ts';
import { type Classroom, classroomOf, openClassroom, TEACHER, THREAD } from './classroom.ts';

const LINE = 'title: Timed; findings: left effusion';
const engine = { answer: () => 'There is a pleural effusion.' };

let room: Classroom;
afterEach(() => room?.bot.close());

const reveals = () => room.bot.platform.thread(THREAD).filter(({ text }) => text.startsWith('**Reveal'));
const revealed = () =>
  vi.waitFor(() => expect(reveals().map(({ outcome }) => outcome)).toEqual(['finished']), eventually);

test.each([
  ['20 min', 1_200_000],
  ['20', 1_200_000],
  ['90s', 90_000],
  ['1.5 h', 5_400_000],
  ['2 days', 172_800_000],
  ['7 d', 604_800_000],
  ['8 d', null],
  ['0 min', null],
  ['soon', null],
  ['', null],
  ['-5 min', null],
])('%s is %s ms', (text, ms) => {
  expect(readDuration(text)).toBe(ms);
});

test('times are told in whole units', () => {
  expect([500, 1_200_000, 5_400_000, 10_800_000, 604_800_000].map(shownDuration)).toEqual([
    '1 s',
    '20 min',
    '90 min',
    '3 h',
    '7 days',
  ]);
});

test('when the time is up the case is revealed, once, with what was answered until then', async () => {
  room = await openClassroom(LINE, { engine });
  await room.answer('ann', 'Effusion');
  expect((await room.command('ann', 'timer 1 s')).text).toBe('Only the teacher of this case may do that.');
  expect((await room.command(TEACHER, 'timer whenever')).text).toContain('Say a time from 1 s to 7 days');
  expect((await room.command(TEACHER, 'timer 1 s')).text).toBe('The case is revealed in 1 s.');
  await revealed();
  expect(reveals()[0]?.text).toContain('| ann | 1/1 = 100 %');
  expect((await room.command('bob', 'answer Effusion')).text).toContain('answers are closed');
});

test('a timer can be set with the case, and stopped', async () => {
  room = await openClassroom(`${LINE}; reveal: 1 s`, { engine });
  expect(room.bot.platform.thread(THREAD)[0]?.text).toContain('The case is revealed 1 s after its opening.');
  expect((await room.command(TEACHER, 'timer off')).text).toContain('The timer is off');
  await sleep(1_500);
  expect(reveals()).toEqual([]);
});

test('a time that passed while nothing ran is made up for at the start, once', async () => {
  const [url, platform] = [temporaryStoreUrl(), createScriptedPlatform()];
  const options = { url, platform, engine, supplies: { modes: [createTeachingMode] } };
  room = await openClassroom(LINE, options);
  await room.command(TEACHER, 'timer 1 s');
  await room.bot.close();
  await sleep(1_200);
  expect(reveals()).toEqual([]);
  room = classroomOf(await startTestBot(options));
  await revealed();
  await room.bot.close();
  room = classroomOf(await startTestBot(options));
  await room.command(TEACHER, 'export');
  expect(reveals().map(({ finishes }) => finishes)).toEqual([1]);
});

test('a timer that still runs at a restart rings afterwards', async () => {
  const options = { url: temporaryStoreUrl(), platform: createScriptedPlatform(), engine };
  room = await openClassroom(LINE, options);
  await room.command(TEACHER, 'timer 4 s');
  await room.bot.close();
  room = classroomOf(await startTestBot({ ...options, supplies: { modes: [createTeachingMode] } }));
  expect(reveals()).toEqual([]);
  await revealed();
});

test('without expected findings the time tells the teacher alone, and reveals nothing', async () => {
  room = await openClassroom('title: Unset; reveal: 1 s', { engine });
  const told = await vi.waitFor(() => {
    const post = room.bot.platform.thread(THREAD).find(({ text }) => text.includes('The time of this case is up'));
    if (post?.outcome !== 'finished') throw new Error('not yet');
    return post;
  }, eventually);
  expect(told.privateTo).toBe(TEACHER);
  expect(reveals()).toEqual([]);
});

test('nobody can ring the bell early', async () => {
  room = await openClassroom(`${LINE}; reveal: 1 h`, { engine });
  const posts = await room.deliver({ kind: 'action', action: 'case-time-is-up', post: 'any' }, 'ann');
  expect(posts).toEqual([]);
  expect(reveals()).toEqual([]);
});

test('more than half of those who answered, at least two, reveal the case', async () => {
  room = await openClassroom(LINE, { engine });
  const vote = async (person: string) => (await room.command(person, 'vote')).text;
  expect(await vote('ann')).toContain('has given an answer and confirmed it first');
  await room.answer('ann', 'Effusion');
  expect(await vote('ann')).toBe('1 of 1 who answered wants the reveal; 2 are needed.');
  for (const person of ['bob', 'cid', 'dan']) await room.answer(person, 'normal');
  expect(await vote(TEACHER)).toContain('You are the teacher');
  expect(await vote('ann')).toBe('1 of 4 who answered wants the reveal; 3 are needed.');
  expect(await vote('bob')).toBe('2 of 4 who answered want the reveal; 3 are needed.');
  // Who only looks on has no vote, and doesn't count among those who answered.
  await room.command('dan', 'observe');
  expect(await vote('dan')).toContain('has given an answer');
  expect(await vote('ann')).toContain('**Reveal: Timed**');
  expect(await vote('bob')).toBe('The case is revealed already.');
});

test('the teacher may switch voting off; a vote without expected findings reveals nothing', async () => {
  room = await openClassroom('title: Unset; vote: off', { engine });
  for (const person of ['ann', 'bob']) await room.answer(person, 'Effusion');
  expect((await room.command('ann', 'vote')).text).toContain('voting is switched off');
  expect((await room.command('ann', 'vote on')).text).toContain('Only the teacher');
  await room.command(TEACHER, 'vote on');
  await room.command('ann', 'vote');
  expect((await room.command('bob', 'vote')).text).toContain('The teacher has yet to say what is expected');
  expect(reveals()).toEqual([]);
});
