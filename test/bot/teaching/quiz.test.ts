// A quiz in a direct message over a real store, journal and library folder: questions, answers, the end, a restart in the middle, and being forgotten.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { InboundEvent } from '../../../bot/contract.ts';
import { nameOf } from '../../../bot/identity.ts';
import { teachingMode } from '../../../bot/teaching/teaching-mode.ts';
import { placeOf } from '../../support/scripted-adapter.ts';
import { filmBytes } from '../../support/scripted-engine.ts';
import { createScriptedPlatform } from '../../support/scripted-platform.ts';
import { startTestBot, type TestBot, temporaryStoreUrl } from '../../support/test-bot.ts';
import { type Classroom, classroomOf } from './classroom.ts';

const DIRECT = placeOf({ thread: 'scripted:dm-ann:', channel: 'dm-ann', space: '', isDirect: true });
const SETTINGS = { maxImages: 4, maxImageBytes: 1_000_000 };

let folder = '';
let url = '';
let platform = createScriptedPlatform();
let bot: TestBot;
let room: Classroom;
const engine = { answer: () => 'There is a pleural effusion. No pneumothorax.' };

async function start(): Promise<void> {
  const modes = [teachingMode({ ...SETTINGS, libraryFolder: folder })];
  bot = await startTestBot({ url, platform, engine, supplies: { modes } });
  room = classroomOf(bot);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cxr-quiz-'));
  await add('effusion', 'left effusion', 'Ultrasound');
  await add('pneumothorax', 'left pneumothorax', 'Drain');
  await add('healthy', 'normal', 'Nothing');
  url = temporaryStoreUrl();
  platform = createScriptedPlatform();
  await start();
});
afterEach(async () => {
  await bot.close();
  await rm(folder, { recursive: true, force: true });
});

async function add(name: string, findings: string, next: string): Promise<void> {
  const fields = { format: 'case-library/1', title: `Case ${name}`, findings, next, images: [`${name}.png`] };
  await writeFile(join(folder, `${name}.yaml`), JSON.stringify(fields));
  await writeFile(join(folder, `${name}.png`), filmBytes(name.length));
}

type Posts = Awaited<ReturnType<Classroom['deliver']>>;
const deliver = (event: { kind: InboundEvent['kind'] } & Record<string, unknown>, author = 'ann'): Promise<Posts> =>
  room.deliver({ place: DIRECT, ...event }, author);
const command = (argument: string) => deliver({ kind: 'command', name: 'case', argument, attachments: [] });
const say = (text: string, more = {}) =>
  deliver({ kind: 'message', text, attachments: [], mentionsBot: false, mentionsOthers: false, ...more });
const press = (action: string, value: string) => deliver({ kind: 'action', action, post: 'any', value });
/** Answers the open question and confirms; returns what it came to, and the next question or the end. */
async function answer(text: string): Promise<Posts> {
  const [read] = await say(text);
  return press('case-quiz-confirm', read?.controls[0]?.value ?? '');
}
const texts = (posts: Posts) => posts.map(({ text }) => text);

/** Answers that find what is expected, by the title of the question. */
const RIGHT: Record<string, string> = { effusion: 'effusion', pneumothorax: 'pneumothorax', healthy: 'normal' };
const caseIn = (text = ''): string => /Case (\w+)/.exec(text)?.[1] ?? '';

test('three cases one after another, answers in own words, scores and the end', async () => {
  const [question] = await command('quiz 3');
  expect(question?.text).toMatch(/^\*\*Quiz, case 1 of 3: Case \w+\*\*\n/);
  expect(question?.pictures.map(({ name }) => name)).toEqual(['film-1.png']);
  expect(question?.film).toEqual({ hasOverlay: false, findings: 0 });
  expect(question?.text).not.toMatch(/Ultrasound|Drain|There is a pleural/);

  expect(texts(await say('Is there an effusion?'))[0]).toContain('First your own eyes');
  expect(texts(await say('lovely'))[0]).toContain('I found no finding in that');
  const [wrong] = await say('cardiomegaly');
  expect(wrong?.text).toContain('- cardiomegaly: 90 % present');
  expect(texts(await press('case-quiz-drop', wrong?.controls[0]?.value ?? ''))[0]).toContain('Taken out');
  expect(texts(await press('case-quiz-confirm', wrong?.controls[0]?.value ?? ''))[0]).toContain('settled already');

  const seen = [caseIn(question?.text)];
  const [first, second] = await answer(RIGHT[seen[0] ?? ''] ?? '');
  expect(first?.text).toMatch(
    /^\*\*Case \w+\*\*: sensitivity (?:1\/1 = 100 %|none to count); specificity 1[12]\/1[12] = 100 %/,
  );
  expect(first?.text).toContain('There is a pleural effusion.');
  expect(first?.pictures).toHaveLength(1);
  expect(first?.film).toEqual({ hasOverlay: false, findings: 3 });
  expect(second?.text).toContain('**Quiz, case 2 of 3');
  seen.push(caseIn(second?.text));
  const [, third] = await answer(RIGHT[seen[1] ?? ''] ?? '');
  seen.push(caseIn(third?.text));
  expect([...seen].sort()).toEqual(['effusion', 'healthy', 'pneumothorax']);
  const [, end] = await answer(RIGHT[seen[2] ?? ''] ?? '');
  // Two of two found; 36 − 2 findings rightly left out.
  expect(end?.text).toContain('**The quiz is over**: 3 of 3 answered');
  expect(end?.text).toContain('Together: sensitivity 2/2 = 100 %; specificity 34/34 = 100 %');
  expect(end?.text).toContain('Comes back: ');
  expect(await bot.engine.list()).toHaveLength(0);

  const [progress] = await command('progress');
  expect(progress?.text).toContain('**Your progress over 3 cases** (3 in quizzes');
  // Two times 90 % of what was there, and twelve times 10 % of what was not: 14 · 0.01 / 14.
  expect(progress?.text).toContain('Brier 0.010 (14 stated)');
  expect(progress?.files.map(({ name }) => name)).toEqual(['progress.html']);
});

test('what was missed comes first in the next quiz; a skipped case is not scored', async () => {
  const [question] = await command('quiz 1');
  const missed = caseIn(question?.text);
  const [read] = await say('normal');
  expect(read?.text).toContain('- normal: all 12 findings absent (90 % sure each)');
  const [, end] = await answer(missed === 'healthy' ? 'pneumonia' : 'normal');
  expect(end?.text).toContain('1 of 1 answered');
  // A day later.
  const later = { at: Date.now() + 3 * 86_400_000 };
  const [again] = await deliver({ kind: 'command', name: 'case', argument: 'quiz 2', attachments: [], ...later });
  expect(caseIn(again?.text)).toBe(missed);
  const [skipped, next] = await press('case-quiz-skip', again?.controls[1]?.value ?? '');
  expect(skipped?.text).toContain('skipped, not scored');
  expect(next?.text).toContain('case 2 of 2');
  expect(texts(await press('case-quiz-skip', again?.controls[1]?.value ?? ''))[0]).toContain('settled already');
  expect(texts(await command('quiz stop'))[0]).toBe('**The quiz is over.** No case was answered.');
  expect(texts(await command('progress'))[0]).toContain('over 1 case**');
});

test('after a restart the quiz goes on, and an event that comes again changes nothing', async () => {
  const [question] = await command('quiz 2');
  const [read] = await say(RIGHT[caseIn(question?.text)] ?? '');
  await bot.close();
  await start();
  expect(texts(await command('quiz'))[0]).toBe(question?.text);
  const confirm = {
    kind: 'action' as const,
    id: 'confirm-1',
    action: 'case-quiz-confirm',
    post: 'any',
    value: read?.controls[0]?.value,
  };
  const before = await deliver(confirm);
  expect(before).toHaveLength(2);
  const posts = platform.thread(DIRECT.thread).length;
  // As after a crash between the answer and the note that it was given: the event runs once more.
  await bot.close();
  await start();
  await bot.store.namespace('seen', null).delete(nameOf('scripted', 'confirm-1'));
  const after = await deliver(confirm);
  expect(texts(after)).toEqual(texts(before));
  expect(after[0]?.pictures).toEqual(before[0]?.pictures);
  expect(platform.thread(DIRECT.thread)).toHaveLength(posts);
  expect(texts(await command('progress'))[0]).toContain('over 1 case**');
});

test('a quiz goes on in another direct message, and only there', async () => {
  const [question] = await command('quiz 2');
  const elsewhere = placeOf({ thread: 'scripted:dm-ann:later', channel: 'dm-ann', space: '', isDirect: true });
  const there = { kind: 'command' as const, name: 'case', argument: 'quiz', attachments: [], place: elsewhere };
  const [again] = await deliver(there);
  expect(again?.text).toBe(question?.text);
  expect(again?.pictures).toHaveLength(1);
  expect(texts(await press('case-quiz-skip', question?.controls[1]?.value ?? ''))[0]).toContain(
    'in another conversation',
  );
  const [bobs] = await room.deliver(there, 'bob');
  expect(bobs?.text).toContain('Somebody else’s quiz');
});

test('an answer by form is read back and counts like words', async () => {
  const [question] = await command('quiz 1');
  const button = question?.controls.find(({ action }) => action === 'case-quiz-answer');
  expect(button?.form?.fields.map(({ name }) => name)).toEqual(['findings', 'certainty']);
  const fields = { findings: 'cardiomegaly', certainty: 'Possible (50 %)' };
  const submit = { kind: 'action' as const, action: 'case-quiz-answer', post: 'any', value: button?.value, fields };
  const [read] = await deliver(submit);
  expect(read?.text).toContain('- cardiomegaly: 50 % present');
  const [result] = await press('case-quiz-confirm', read?.controls[0]?.value ?? '');
  expect(result?.text).toContain('overcalled: cardiomegaly');
  expect(texts(await deliver(submit))[0]).toContain('settled already');
});

test('a film that is gone is passed over; an edited answer is read again and a deleted one taken out', async () => {
  await rm(join(folder, 'effusion.png'));
  await rm(join(folder, 'pneumothorax.png'));
  const [question] = await command('quiz 3');
  expect(caseIn(question?.text)).toBe('healthy');
  await say('pneumonia', { id: 'words-1' });
  const [read] = await deliver({ kind: 'edit', message: 'words-1', text: 'normal' });
  expect(read?.text).toContain('- normal: all 12 findings absent (90 % sure each)');
  await deliver({ kind: 'delete', message: 'words-1' });
  expect(texts(await press('case-quiz-confirm', read?.controls[0]?.value ?? ''))[0]).toContain('settled already');
  const [, end] = await answer('normal');
  expect(end?.text).toContain('Case healthy: sensitivity none to count; specificity 12/12 = 100 %');
  const passedOver = bot.logged.filter(({ msg }) => msg === 'a case of the library cannot be shown in a quiz');
  expect(passedOver.map((line) => line.case).sort()).toEqual(['effusion', 'pneumothorax']);
});

test('a quiz is for direct messages only, within bounds, and one at a time', async () => {
  expect((await room.command('ann', 'quiz')).text).toContain('in a direct message to me');
  expect(texts(await command('quiz 0'))[0]).toContain('from 1 to 20');
  expect(texts(await command('quiz many'))[0]).toContain('from 1 to 20');
  expect(texts(await command('quiz stop'))[0]).toContain('No quiz is running');
  const [question] = await command('quiz 2');
  expect(texts(await command('quiz 3'))[0]).toBe(question?.text);
});

test('forget-me erases quizzes and progress, and keeps none from then on', async () => {
  await command('quiz 2');
  await answer('effusion');
  expect(await bot.engine.list()).toHaveLength(1);
  expect(texts(await command('forget-me'))[0]).toContain('are erased');
  expect(await bot.engine.list()).toHaveLength(0);
  expect(texts(await command('progress'))[0]).toContain('I keep no progress of you');
  await command('quiz 1');
  const [, end] = await answer('effusion');
  expect(end?.text).toContain('1 of 1 answered');
  expect(texts(await command('progress on'))[0]).toContain('I know no case of yours yet');
});
