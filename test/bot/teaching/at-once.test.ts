// Many people at the same moment: the core runs one event of a thread at a time, and changes of a case that come from elsewhere wait for each other.
import { afterEach, expect, test } from 'vitest';
import { nameOf } from '../../../bot/identity.ts';
import { type Classroom, openClassroom, storeOf, TEACHER, THREAD } from './classroom.ts';

let room: Classroom;
afterEach(() => room.bot.close());

const PEOPLE = Array.from({ length: 12 }, (_, index) => `person-${String.fromCharCode(97 + index)}`);
const engine = { answer: () => 'There is a pleural effusion.' };

test('twelve answers and twelve confirmations at once all count, whatever thread the button was pressed in', async () => {
  room = await openClassroom('title: Crowd; findings: effusion', { engine });
  const readBacks = await Promise.all(PEOPLE.map((person) => room.say(person, 'Effusion. ddx: pneumonia')));
  // Each in a direct conversation of its own: four of them run side by side in the core.
  await Promise.all(
    readBacks.map(({ controls }, index) =>
      room.press(PEOPLE[index] ?? '', 'case-confirm', controls[0]?.value ?? '', `scripted:direct-${index}:`),
    ),
  );
  const { text } = await room.command(TEACHER, 'reveal');
  for (const person of PEOPLE) expect(text).toContain(`| ${person} | 1/1`);
  expect(text).toContain('- pneumonia: 12 of 12 participants');
});

test('votes, answers, hints and deletions at once lose nothing of each other', async () => {
  room = await openClassroom('title: Crowd; findings: left effusion; vote: on', { engine });
  const voters = PEOPLE.slice(0, 4);
  for (const person of PEOPLE.slice(0, 10)) await room.answer(person, 'Effusion');
  const gone = await room.answer('late', 'Effusion');
  await Promise.all([
    ...voters.map((person) => room.command(person, 'vote')),
    room.command(TEACHER, 'hint'),
    room.deliver({ kind: 'delete', message: gone }),
    room.command('person-j', 'observe'),
    room.command('person-i', 'forget-me'),
    room.answer('person-k', 'normal'),
  ]);
  expect((await room.command('person-e', 'vote')).text).toContain('**Reveal: Crowd**');
  const session = await storeOf(room).find(THREAD);
  expect(session?.votes.toSorted()).toEqual([...voters, 'person-e']);
  expect(session?.hints).toHaveLength(1);
  expect(session?.answers.map(({ person }) => person).toSorted()).toEqual(
    PEOPLE.filter((_, index) => index < 11 && index !== 8),
  );
});

test('changes of a case come one after the other, and one event changes it once', async () => {
  room = await openClassroom('title: Counter; findings: effusion', { engine });
  const cases = storeOf(room);
  const add = (event: string) =>
    cases.update(THREAD, event, (now) => ({ ...now, votes: [...now.votes, nameOf(event)] }));
  await Promise.all(Array.from({ length: 40 }, (_, index) => add(`event-${index % 20}`)));
  expect((await cases.find(THREAD))?.votes).toHaveLength(20);
});
