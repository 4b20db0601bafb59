// Several cases of one channel put together: every number in the table and on the page against values worked out by hand; progress, leaderboard and forgetting over them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { teachingMode } from '../../../bot/teaching/teaching-mode.ts';
import { browse, chromiumMissing } from '../../adapters/web/chromium.ts';
import { messageEvent, placeOf } from '../../support/scripted-adapter.ts';
import { filmBytes } from '../../support/scripted-engine.ts';
import { startTestBot } from '../../support/test-bot.ts';
import { type Classroom, classroomOf, TEACHER } from './classroom.ts';

/** The model calls effusion and pneumonia in every case, and denies pneumothorax. */
const engine = { answer: () => 'There is a pleural effusion. No pneumothorax. There is pneumonia.' };
const threads = ['scripted:channel-1:one', 'scripted:channel-1:two'] as const;
type Thread = (typeof threads)[number] | 'scripted:channel-2:three';

let room: Classroom;
async function start(hasLeaderboard = true): Promise<void> {
  room = classroomOf(await startTestBot({ engine, supplies: { modes: [teachingMode({ hasLeaderboard })] } }));
}
beforeEach(() => start());
afterEach(() => room.bot.close());

const placeIn = (thread: Thread) => placeOf({ thread, channel: thread.split(':')[1] ?? '' });
async function say(thread: Thread, author: string, text: string, more = {}) {
  const [post] = await room.deliver(
    {
      ...messageEvent(room.bot.platform, { text, ...more }),
      place: placeIn(thread),
      author: { id: author, name: author, isBot: false },
    },
    author,
  );
  if (post === undefined) throw new Error('the bot said nothing');
  return post;
}
async function command(thread: Thread, author: string, argument: string) {
  const [post] = await room.deliver(
    { kind: 'command', name: 'case', argument, attachments: [], place: placeIn(thread) },
    author,
  );
  if (post === undefined) throw new Error('the bot said nothing');
  return post;
}
async function answer(thread: Thread, author: string, text: string): Promise<void> {
  const { controls } = await say(thread, author, text);
  const value = controls[0]?.value ?? '';
  await room.deliver({ kind: 'action', action: 'case-confirm', post: 'any', value, place: placeIn(thread) }, author);
}
const open = (thread: Thread, line: string) =>
  say(thread, TEACHER, `case new ${line}`, { mentionsBot: true, files: [{ bytes: filmBytes() }] });

/** Two cases at the same time, answered by two people. */
async function play(): Promise<void> {
  const [one, two] = threads;
  await open(one, 'title: First, "quoted"; findings: effusion, cardiomegaly');
  await open(two, 'title: =Second; findings: pneumothorax');
  await answer(one, 'ann', 'Definitely cardiomegaly, effusion 70%, no pneumothorax');
  await answer(two, 'bob', 'normal');
  await answer(one, 'bob', 'Pneumothorax');
  await answer(two, 'ann', 'Possible pneumothorax, effusion 20%');
  await command(one, TEACHER, 'reveal');
  await command(two, TEACHER, 'reveal');
}

async function exported(): Promise<{ csv: string; html: string }> {
  const { files, privateTo } = await command(threads[0], TEACHER, 'export all');
  expect(files.map(({ name }) => name)).toEqual(['cases.csv', 'cases.html']);
  expect(privateTo).toBe(TEACHER);
  const [csv = '', html = ''] = files.map(({ base64 }) => Buffer.from(base64, 'base64').toString('utf8'));
  return { csv, html };
}

/** The cells of the row that begins with `name`, in the table below `heading`. */
function row(html: string, heading: string, name: string): string[] {
  const section = html.split(`<h2>${heading}</h2>`)[1]?.split('<h2>')[0] ?? '';
  const found = section.split('<tr>').find((each) => each.startsWith(`<th scope="row">${name}</th>`)) ?? '';
  return [...found.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell = '']) => cell.replace(/<[^>]+>/g, ''));
}

test('the table and the page carry the numbers worked out by hand', async () => {
  await play();
  const { csv, html } = await exported();
  const lines = csv.split('\r\n');
  expect(lines).toHaveLength(1 + 2 * 3 * 12 + 1);
  const day = new Date().toISOString().slice(0, 10);
  expect(lines).toContain(`1,${day},"First, ""quoted""",ann,0,effusion,1,0.7,1,0`);
  expect(lines).toContain(`2,${day},'=Second,ann,0,pneumothorax,1,0.5,1,0`);
  expect(lines).toContain(`2,${day},'=Second,bob,0,pneumothorax,1,0.1,0,0`);
  expect(lines).toContain(`1,${day},"First, ""quoted""",Model,1,cardiomegaly,1,,0,0`);

  const readers = (name: string) => row(html, 'Readers over all cases', name);
  // Brier of ann: (0.05² + 0.3² + 0.1² + 0.5² + 0.2²) / 5 = 0.3925 / 5. Wilson of 3/3: 1 / (1 + 3.8415/3) = 44 %; of 21/21: 1 / (1 + 3.8415/21) = 85 %.
  expect(readers('ann')).toEqual(['2', '3/3 = 100 %', '44–100 %', '21/21 = 100 %', '85–100 %', '0.079 (5)']);
  // Brier of bob: (0.9² + 0.9² + 11 · 0.1²) / 13 = 1.73 / 13.
  expect(readers('bob').filter((_, index) => ![2, 4].includes(index))).toEqual([
    '2',
    '0/3 = 0 %',
    '20/21 = 95 %',
    '0.133 (13)',
  ]);
  // Brier of the model: (0.01 + 0.81 + 0.01 + 3 · 0.81) / 6 = 3.26 / 6.
  expect(readers('Model').filter((_, index) => ![2, 4].includes(index))).toEqual([
    '2',
    '1/3 = 33 %',
    '18/21 = 86 %',
    '0.543 (6)',
  ]);

  const agreement = (name: string) => row(html, 'Agreement: Cohen’s kappa over all cases', name);
  // With the model: 19 of 24 alike, by chance (4 · 3 + 20 · 21) / 576 = 0.75.
  expect(agreement('ann')).toEqual(['1.000', '3 / 0 / 0 / 21', '0.167', '1 / 2 / 3 / 18']);
  // With the teacher: 20 of 24, by chance (3 · 1 + 21 · 23) / 576 = 0.84375: −1/15. With the model: 19 of 24, by chance 464/576: −1/14.
  expect(agreement('bob')).toEqual(['-0.067', '0 / 1 / 3 / 20', '-0.071', '0 / 1 / 4 / 19']);
  // 19 of 24, by chance (3 · 4 + 21 · 20) / 576 = 0.75.
  expect(agreement('Model')).toEqual(['0.167', '1 / 3 / 2 / 18', '–', '–']);

  const bins = (name: string) => row(html, 'Calibration of stated certainty', name);
  // 0.1: ann once, bob twelve times, of which pneumothorax was there.
  expect(bins('10–20 %')).toEqual(['10 %', '1/13 = 8 %', '10 %', '1/2 = 50 %']);
  expect(bins('20–30 %')).toEqual(['20 %', '0/1 = 0 %', '–', '–']);
  expect(bins('50–60 %')).toEqual(['50 %', '1/1 = 100 %', '–', '–']);
  expect(bins('90–100 %').slice(1)).toEqual(['1/2 = 50 %', '90 %', '1/4 = 25 %']);
  expect(bins('60–70 %')).toEqual([]);

  expect(row(html, 'Findings', 'pneumothorax')).toEqual(['1/2 = 50 %', '1/2 = 50 %', '0/1 = 0 %', '1/1 = 100 %']);
  expect(row(html, 'Findings', 'pneumonia')).toEqual(['none to count', '4/4 = 100 %', 'none to count', '0/2 = 0 %']);
  expect(row(html, 'Cases', '1. First, &quot;quoted&quot;').slice(1)).toEqual([
    'cardiomegaly, effusion',
    '2',
    '2/4 = 50 %',
    '19/20 = 95 %',
    '1/2 = 50 %',
    '9/10 = 90 %',
  ]);
  expect(html).toContain('participants together have 3/6 = 50 % sensitivity and\n41/42 = 98 % specificity');
});

test('only revealed cases of the asking teacher and the channel are put together', async () => {
  await open('scripted:channel-2:three', 'title: Elsewhere; findings: normal');
  await command('scripted:channel-2:three', TEACHER, 'reveal');
  const [one, two] = threads;
  await open(one, 'title: Here; findings: effusion');
  expect((await command(one, TEACHER, 'export all')).text).toContain('You have no revealed case in this channel');
  await command(one, TEACHER, 'reveal');
  await open(two, 'title: Hidden; findings: edema');
  expect((await command(one, TEACHER, 'export all')).text).toBe(
    'Your one revealed case of this channel as one table and one page to print (1 not revealed yet and left out).',
  );
  const { html, csv } = await exported();
  expect(html + csv).not.toMatch(/Elsewhere|Hidden|edema<|NaN/);
  expect((await command(one, 'ann', 'export all')).text).toContain('You have no revealed case in this channel');
});

test('a reveal counts in each person’s progress, and in the leaderboard of that channel alone', async () => {
  await play();
  const progress = await command(threads[0], 'ann', 'progress');
  expect(progress.privateTo).toBe('ann');
  expect(progress.text).toContain('**Your progress over 2 cases** (0 in quizzes');
  expect(progress.text).toContain('Sensitivity 3/3 = 100 %; specificity 21/21 = 100 %; Brier 0.079 (5 stated)');
  expect(progress.text).toContain('Nothing was missed.');
  const board = await command(threads[1], 'cid', 'leaderboard');
  expect(board.text.split('\n').slice(1)).toEqual([
    '- 1. **ann**: 2 cases, sensitivity 3/3 = 100 %, specificity 21/21 = 100 %',
    '- 2. **bob**: 2 cases, sensitivity 0/3 = 0 %, specificity 20/21 = 95 %',
  ]);
  expect((await command('scripted:channel-2:three', 'ann', 'leaderboard')).text).toContain('Nobody has answered');
  await room.bot.close();
  await start(false);
  expect((await command(threads[0], 'ann', 'leaderboard')).text).toContain('The leaderboard is switched off');
});

test('who cannot be told alone is sent to a direct message', async () => {
  room.bot.adapter.canBePrivate = false;
  expect((await command(threads[0], 'ann', 'progress')).text).toContain('ask me in a direct message');
});

test('forget-me takes a person out of all cases, of progress and of the leaderboard; nobody else', async () => {
  await play();
  await command('scripted:channel-2:three', 'bob', 'forget-me');
  const { csv, html } = await exported();
  expect(csv + html).not.toContain('bob');
  expect(csv).toContain(',ann,');
  expect((await command(threads[0], TEACHER, 'leaderboard')).text).not.toContain('bob');
  expect((await command(threads[0], 'bob', 'progress')).text).toContain('I keep no progress of you');
  const kept = room.bot.store;
  for (const part of ['modecases', 'modeprogress', 'modequiz'])
    for await (const [, value] of kept.namespace(part, null).iterator?.(part) ?? [])
      expect(JSON.stringify(value)).not.toContain('bob');
});

test('"forget" in a case takes that case out of one’s progress', async () => {
  await play();
  await room.deliver(
    { kind: 'command', name: 'forget', argument: '', attachments: [], place: placeIn(threads[0]) },
    'ann',
  );
  expect((await command(threads[0], 'ann', 'progress')).text).toContain('over 1 case**');
});

const missing = chromiumMissing();
if (missing !== null) console.warn(missing);

test.skipIf(missing !== null)(
  'the page is whole: no request, no script, nothing wider than a sheet of A4, on screen and in print',
  async () => {
    await play();
    const { html } = await exported();
    // 794 px are A4 at 96 dpi.
    const { context, close } = await browse({ viewport: { width: 794, height: 1123 } });
    try {
      const page = await context.newPage();
      const asked: string[] = [];
      const troubles: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('console', (line) => troubles.push(line.text()));
      page.on('pageerror', (error) => troubles.push(error.message));
      for (const media of ['screen', 'print'] as const) {
        await page.emulateMedia({ media });
        await page.setContent(html);
        const seen = await page.evaluate(
          '[document.documentElement.scrollWidth, document.querySelectorAll("figure svg").length, document.scripts.length]',
        );
        expect(seen).toEqual([794, 2, 0]);
        const folder = process.env.SCREENSHOTS;
        if (folder !== undefined)
          writeFileSync(join(folder, `cases-${media}.png`), await page.screenshot({ fullPage: true }));
      }
      expect(asked).toEqual([]);
      expect(troubles).toEqual([]);
    } finally {
      await close();
    }
  },
);
