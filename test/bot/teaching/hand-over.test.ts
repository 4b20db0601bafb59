// A case changes hands only when both the next teacher and the present one say so; from then on each has the other's part.
import { afterEach, expect, test } from 'vitest';
import { type Classroom, openClassroom, storeOf, TEACHER, THREAD } from './classroom.ts';

const engine = { answer: () => 'There is a pleural effusion.' };

let room: Classroom;
afterEach(() => room.bot.close());

const asked = () => room.bot.platform.thread(THREAD).filter(({ text }) => text.includes('would take this case over'));

test('one offers, one takes, the teacher agrees', async () => {
  room = await openClassroom('findings: effusion', { engine });
  await room.answer('ann', 'Effusion');
  await room.answer('bob', 'Effusion');
  expect((await room.command('ann', 'hand-over')).text).toContain('Only the teacher');
  const offer = await room.command(TEACHER, 'hand-over');
  expect(offer.privateTo).toBeNull();
  const take = offer.controls[0]?.value ?? '';
  expect((await room.press(TEACHER, 'case-take-over', take)).text).toContain('the teacher of this case already');
  // The first post that answers the press is the question to the teacher.
  expect(await room.press('ann', 'case-take-over', take)).toMatchObject({ privateTo: TEACHER });
  const give = asked()[0]?.controls[0];
  expect(give?.label).toBe('Give it to ann');
  expect((await room.press('bob', 'case-give-over', give?.value ?? '')).text).toContain('Only the teacher');
  expect((await room.command('ann', 'reveal')).text).toContain('Only the teacher');
  // Private answers may have come as direct messages.
  await room.press(TEACHER, 'case-give-over', give?.value ?? '', 'scripted:direct:');
  expect(room.bot.platform.thread(THREAD).slice(-2)).toMatchObject([
    { text: 'This case has another teacher now.', privateTo: null },
    { text: 'You are the teacher of this case now. Expected: effusion.', privateTo: 'ann' },
  ]);
  expect((await room.command(TEACHER, 'hint')).text).toContain('Only the teacher');
  await room.answer(TEACHER, 'normal');
  // An old button gives nothing any more.
  expect((await room.press('bob', 'case-take-over', take)).text).toBe('This case is no longer handed over.');
  expect((await room.press('ann', 'case-give-over', give?.value ?? '')).text).toBe(
    'This case is no longer handed over.',
  );
  const { text } = await room.command('ann', 'reveal');
  expect(text).toContain('| bob |');
  expect(text).not.toMatch(/\| (?:ann|teacher) \|/);
});

test('who asked and is forgotten, or asked for an older offer, does not get it', async () => {
  room = await openClassroom('findings: effusion', { engine });
  const take = (await room.command(TEACHER, 'hand-over')).controls[0]?.value ?? '';
  await room.press('ann', 'case-take-over', take);
  await room.say('ann', 'forget', { mentionsBot: true });
  const give = asked()[0]?.controls[0]?.value ?? '';
  expect((await room.press(TEACHER, 'case-give-over', give)).text).toBe('This case is no longer handed over.');
  await room.command(TEACHER, 'hand-over');
  expect((await room.press('bob', 'case-take-over', take)).text).toBe('This case is no longer handed over.');
  expect(await storeOf(room).find(THREAD)).toMatchObject({ teacher: TEACHER, heirs: [], givenBy: null });
});
