// Hints come one after the other, from a look at a place to the answer; they stand in the given order whatever the teacher changes meanwhile.
import { afterEach, expect, test } from 'vitest';
import { PICTURES } from '../../support/core-options.ts';
import { type Classroom, openClassroom, TEACHER } from './classroom.ts';

let room: Classroom;
afterEach(() => room.bot.close());

const hint = () => room.command(TEACHER, 'hint');

test('own hints, place, overlay, number, one finding, the answer', async () => {
  room = await openClassroom('findings: left basal effusion, cardiomegaly; hints: Count the ribs');
  expect((await hint()).text).toBe('Hint 1: Count the ribs');
  expect((await hint()).text).toBe('Hint 2: Look again here: left basal.');
  const overlay = await hint();
  expect(overlay.text).toContain('where the model’s attention lay. It outlines no finding');
  expect(overlay.pictures).toEqual([
    {
      name: 'attention-1.png',
      alt: expect.stringContaining('attention'),
      base64: Buffer.of(7, 8, 9).toString('base64'),
    },
  ]);
  expect((await hint()).text).toBe('Hint 4: The teacher expects 2 findings of the list.');
  expect((await hint()).text).toBe('Hint 5: One of them: cardiomegaly.');
  expect((await hint()).text).toBe('Hint 6: The answer: cardiomegaly, effusion.');
  expect((await hint()).text).toContain('There is no further hint');
});

test('without expected findings and attention map no hint makes anything up', async () => {
  room = await openClassroom('title: Bare', { supplies: { pictures: { ...PICTURES, overlaid: async () => null } } });
  expect((await hint()).text).toBe('There is no further hint; set `/case findings` first, then `/case reveal`.');
  await room.command(TEACHER, 'findings normal');
  expect((await hint()).text).toBe('Hint 1: The teacher expects no finding of the list.');
  expect((await hint()).text).toBe('Hint 2: The answer: none of the findings.');
});

test('findings that change between hints repeat none', async () => {
  room = await openClassroom('findings: left effusion');
  await hint();
  await room.command(TEACHER, 'findings right effusion, edema');
  const later = [await hint(), await hint(), await hint()].map(({ text }) => text);
  expect(later).toEqual([
    'Hint 2: The teacher expects 2 findings of the list.',
    'Hint 3: One of them: edema.',
    'Hint 4: The answer: edema, effusion.',
  ]);
});
