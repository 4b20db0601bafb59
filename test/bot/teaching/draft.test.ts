// The model's draft of the expected findings: the teacher alone sees it, takes it or corrects it; its words are read back as the same findings.
import { afterEach, expect, test } from 'vitest';
import { wordsOf } from '../../../bot/teaching/draft.ts';
import { readAnswer, SCORED_FINDINGS } from '../../../bot/teaching/read-answer.ts';
import { calledBy } from '../../../bot/teaching/score.ts';
import { type Classroom, openClassroom, TEACHER, THREAD } from './classroom.ts';

const engine = { answer: () => 'There is a pleural effusion. No pneumothorax. There is pneumonia.' };

let room: Classroom | null = null;
afterEach(() => room?.bot.close());

const drafts = () => room?.bot.platform.thread(THREAD).filter(({ text }) => text.includes('There is pneumonia')) ?? [];

test('a case without findings offers the draft to the teacher alone, who takes it with a button', async () => {
  room = await openClassroom('title: Open', { engine });
  expect(drafts().map(({ privateTo }) => privateTo)).toEqual([TEACHER]);
  expect(drafts()[0]?.text).toContain('Read as: effusion, pneumonia.');
  const [use] = drafts()[0]?.controls ?? [];
  expect(use?.label).toBe('Use this');
  expect((await room.press('ann', 'case-use-draft', use?.value ?? '')).text).toContain('Only the teacher');
  expect((await room.command(TEACHER, 'reveal')).text).toContain('Say what is expected first');
  // A private answer may have come as a direct message: the button works there as well.
  const taken = await room.press(TEACHER, 'case-use-draft', use?.value ?? '', 'scripted:direct:');
  expect(taken.text).toBe('Noted as expected: effusion, pneumonia. What isn’t named counts as absent.');
  expect(taken.privateTo).toBe(TEACHER);
  expect((await room.command(TEACHER, 'reveal')).text).toContain('Expected: effusion, pneumonia');
  expect((await room.press(TEACHER, 'case-use-draft', use?.value ?? '')).text).toContain('no longer open');
});

test('it can be asked for, by the teacher only, and corrected', async () => {
  room = await openClassroom('title: Given; findings: cardiomegaly', { engine });
  expect(drafts()).toEqual([]);
  expect((await room.command('ann', 'draft')).text).toContain('Only the teacher');
  const draft = await room.command(TEACHER, 'draft');
  expect(draft.privateTo).toBe(TEACHER);
  await room.press(TEACHER, 'case-use-draft', draft.controls[0]?.value ?? '');
  await room.command(TEACHER, 'findings pneumothorax');
  expect((await room.command(TEACHER, 'reveal')).text).toContain('Expected: pneumothorax');
});

test('where nothing can be told one person alone, the draft is not told at all', async () => {
  room = await openClassroom('title: Public', { engine, isPublicOnly: true });
  expect(drafts()).toEqual([]);
  expect(room.bot.platform.thread(THREAD).at(-1)?.text).toContain('without showing it to everybody');
  await room.command(TEACHER, 'draft');
  expect(drafts()).toEqual([]);
});

test('the words of a draft mean the findings that it was made of', () => {
  const sets = [new Set<string>(), new Set(SCORED_FINDINGS), ...SCORED_FINDINGS.map((finding) => new Set([finding]))];
  for (const [index, first] of SCORED_FINDINGS.entries()) {
    sets.push(...SCORED_FINDINGS.slice(index + 1).map((second) => new Set([first, second])));
  }
  for (const findings of sets)
    expect([...calledBy(readAnswer(wordsOf(findings)))].sort()).toEqual([...findings].sort());
});
