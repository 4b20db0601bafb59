// A case from opening to export, by several people, over a real store and journal.
import { afterEach, expect, test } from 'vitest';
import { filmBytes } from '../../support/scripted-engine.ts';
import { type Classroom, openClassroom, TEACHER, THREAD } from './classroom.ts';

const LINE =
  'title: Breathless; history: 70 years; findings: left basal effusion, cardiomegaly; next: ultrasound; points: Look at the angles';
const engine = { answer: () => 'There is a pleural effusion. No pneumothorax. There is pneumonia.' };

let room: Classroom;
afterEach(() => room.bot.close());

test('a class answers, the teacher reveals, the numbers are right and the files carry them', async () => {
  room = await openClassroom(LINE, { engine });
  const [opening] = room.bot.platform.thread(THREAD);
  expect(opening?.text).toContain('**Case: Breathless**\n');
  expect(opening?.text).toContain('70 years');
  expect(opening?.text).not.toMatch(/basal effusion|cardiomegaly|pneumonia/);
  expect(opening?.pictures.map(({ name }) => name)).toEqual(['film-1.png']);
  expect(opening?.film).toEqual({ hasOverlay: false, findings: 0 });

  await room.answer('ann', 'Definitely cardiomegaly, effusion 70%, no pneumothorax');
  await room.answer('bob', 'Pneumothorax');
  await room.say('cid', 'Effusion, but I never confirm');
  expect((await room.command(TEACHER, 'hint')).text).toBe('Hint 1: Look again here: left basal.');
  await room.answer('dan', 'Effusion');

  const reveal = await room.command(TEACHER, 'reveal');
  // Ann: both of two, none of the ten others; Brier (0.05² + 0.3² + 0.1²) / 3 = 0.03417.
  expect(reveal.text).toMatch(
    /\| ann \| 2\/2 = 100 % \| 10\/10 = 100 % \| none \| none \| 1\.000 \| [^|]+ \| 0\.034 \(3\) \|/,
  );
  // Bob: 9 of 12 agree, chance (2 · 1 + 10 · 11) / 144: kappa (108 − 112) / (144 − 112).
  expect(reveal.text).toMatch(/\| bob \| 0\/2 = 0 % \| 9\/10 = 90 % \| [^|]+ \| pneumothorax \| -0\.125 \|/);
  expect(reveal.text).toMatch(/\| Hints before \|\n[\s\S]*\| dan \|.*\| 1 \|\n/);
  // The model as one more participant: one of two, pneumonia called too much, cardiomegaly missed.
  expect(reveal.text).toMatch(/\| Model \| 1\/2 = 50 % \| 9\/10 = 90 % \|/);
  expect(reveal.text).toMatch(/\| Model \|.*\| cardiomegaly \| pneumonia \|/);
  expect(reveal.text).toContain('| effusion | 2/3 = 67 % |');
  expect(reveal.text).toContain('Next examination: ultrasound');
  expect(reveal.text).not.toContain('cid');
  expect(reveal.pictures).toHaveLength(1);

  const { files } = await room.command(TEACHER, 'export');
  const [csv = '', html = ''] = files.map(({ base64 }) => Buffer.from(base64, 'base64').toString('utf8'));
  expect(csv.split('\r\n')).toHaveLength(1 + 4 * 12 + 1);
  expect(csv).toContain('Breathless,ann,effusion,1,0.7,0\r\n');
  expect(csv).toContain('Breathless,dan,effusion,1,0.9,1\r\n');
  expect(csv).toContain('Breathless,Model,pneumonia,0,0.9,0\r\n');
  expect(html).toContain('2/3 = 67 %');
});

test('people without a name are numbered in the order of their first answers, and keep the number', async () => {
  room = await openClassroom(LINE, { engine });
  const id = (last: number) => `ea8d7792-f82a-431e-bd81-f366f8b0000${last}`;
  const answer = async (last: number, text: string) => {
    const author = { id: id(last), isBot: false };
    const words = {
      kind: 'message' as const,
      author,
      text,
      attachments: [],
      mentionsBot: false,
      mentionsOthers: false,
    };
    const [read] = await room.deliver(words);
    return { author, action: 'case-confirm', post: 'any', value: read?.controls[0]?.value };
  };
  const confirm = async (press: Awaited<ReturnType<typeof answer>>) =>
    room.deliver({ kind: 'action' as const, ...press });
  await answer(1, 'Pneumothorax');
  await confirm(await answer(2, 'Effusion'));
  await confirm(await answer(1, 'Cardiomegaly'));
  await confirm(await answer(3, 'Pneumonia'));
  const gone = { kind: 'command' as const, name: 'case', argument: 'forget-me', attachments: [] };
  await room.deliver({ ...gone, author: { id: id(1), isBot: false } });
  await confirm(await answer(4, 'Edema'));
  const { text } = await room.command(TEACHER, 'reveal');
  expect([...text.matchAll(/^\| (Reader \d) \|/gm)].map(([, name]) => name)).toEqual([
    'Reader 2',
    'Reader 3',
    'Reader 4',
  ]);
  expect(text).not.toContain('ea8d7792');
});

test('only the teacher hints, reveals, exports and closes; only the author confirms', async () => {
  room = await openClassroom(LINE, { engine });
  for (const verb of ['hint', 'reveal', 'export', 'close', 'findings normal']) {
    expect((await room.command('ann', verb)).text).toBe('Only the teacher of this case may do that.');
  }
  const { controls, privateTo } = await room.say('ann', 'Effusion');
  expect(privateTo).toBe('ann');
  expect((await room.press('bob', 'case-confirm', controls[0]?.value ?? '')).text).toContain('Only the person');
  expect((await room.command(TEACHER, 'reveal')).text).not.toContain('| ann |');
});

test('a reveal waits for the expected findings; observers and people who ask to be forgotten leave no answer', async () => {
  room = await openClassroom('title: Draft', { engine });
  expect((await room.command(TEACHER, 'reveal')).text).toContain('Say what is expected first');
  await room.command(TEACHER, 'findings effusion, no pneumothorax');
  await room.answer('ann', 'Effusion');
  await room.answer('bob', 'Effusion');
  await room.answer('cid', 'Effusion');
  await room.command('bob', 'observe');
  await room.command('cid', 'forget-me');
  const { text } = await room.command(TEACHER, 'reveal');
  expect(text).toContain('| ann |');
  expect(text).not.toMatch(/\| (?:bob|cid) \|/);
});

test('closing removes the case with the model’s conversation', async () => {
  room = await openClassroom(LINE, { engine });
  expect(await room.bot.engine.list()).toHaveLength(1);
  expect((await room.command(TEACHER, 'close')).text).toContain('The case is gone');
  expect(await room.bot.engine.list()).toHaveLength(0);
  expect((await room.command(TEACHER, 'reveal')).text).toContain('There is no case in this thread');
});

test('more than an answer can be is refused in one sentence to the bot, and left alone among people', async () => {
  room = await openClassroom(LINE, { engine });
  const long = 'Effusion. '.repeat(500);
  expect((await room.command('ann', `answer ${long}`)).text).toContain('at most 4000 characters');
  expect((await room.say('ann', long, { mentionsBot: true })).text).toContain('at most 4000 characters');
  const base = { kind: 'message' as const, text: long, attachments: [], mentionsBot: false, mentionsOthers: false };
  expect(await room.deliver(base, 'ann')).toEqual([]);
  expect((await room.command(TEACHER, `findings ${long}`)).text).toContain('at most 2000 characters');
});

test('other films are refused in the thread', async () => {
  room = await openClassroom(LINE, { engine });
  const reply = await room.say('ann', 'and this?', { mentionsBot: true, files: [{ bytes: filmBytes(2) }] });
  expect(reply.text).toContain('in a thread of their own');
  expect(room.bot.engine.calls.encoded).toBe(1);
});
