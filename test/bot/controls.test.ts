// People's controls, as buttons and as words: again, stop, any more certain, helpful, forget, help; edits and deletions; settings and access.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ActionName, InboundEvent } from '../../bot/contract.ts';
import { createFeedback, feedbackCsv } from '../../bot/feedback.ts';
import { createTeachingMode } from '../../bot/teaching/teaching-mode.ts';
import { labelReport } from '../../labeller/label-report.ts';
import { CORE_OPTIONS } from '../support/core-options.ts';
import { placeOf } from '../support/scripted-adapter.ts';
import { filmBytes } from '../support/scripted-engine.ts';
import { eventually, startTestBot, type TestBot, type TestBotOptions, temporaryStoreUrl } from '../support/test-bot.ts';

let bot: TestBot;
afterEach(() => bot.close());

const THREAD = 'scripted:channel-1:T';
let presses = 0;

function event(thread = THREAD, author = 'person-1') {
  presses += 1;
  return { id: `event-${presses}`, place: placeOf({ thread }), author: { id: author, isBot: false }, at: Date.now() };
}
const press = (action: ActionName, post: string, author?: string) =>
  bot.adapter.deliver({ ...event(THREAD, author), kind: 'action', action, post });
const command = (name: string, argument = '', author?: string) =>
  bot.adapter.deliver({ ...event(THREAD, author), kind: 'command', name, argument, attachments: [] });

async function withReport(options: TestBotOptions = {}) {
  bot = await startTestBot(options);
  const upload = await bot.say({
    thread: THREAD,
    text: '',
    files: [{ id: 'F1', name: 'film.png', bytes: filmBytes() }],
  });
  const [post] = await bot.settled(THREAD, 1);
  return { upload, post: post?.id ?? '' };
}
const texts = () => bot.platform.thread(THREAD).map(({ text }) => text);

test.each(['button', 'word'])(
  'report again by %s gives another draft in the same reply, and keeps the picture',
  async (by) => {
    let draft = 0;
    const { post } = await withReport({ engine: { answer: () => `Draft number ${++draft}.` } });
    if (by === 'button') await press('again', post);
    else await bot.say({ thread: THREAD, text: 'Report again!' });
    await vi.waitFor(() => expect(texts()[0]).toContain('Draft number 2.'), eventually);
    const [only, ...others] = await bot.settled(THREAD, 1);
    expect(others).toEqual([]);
    expect(only?.text).not.toContain('Draft number 1.');
    expect(only?.text).toMatch(/^\*\*Draft report\*\*\n/);
    expect(only?.pictures).toHaveLength(1);
  },
);

test.each(['button', 'word'])('stop by %s keeps what was said', async (by) => {
  bot = await startTestBot({
    engine: { wordMs: 20, answer: () => 'one two three four five six seven eight nine ten '.repeat(20) },
  });
  await bot.say({ thread: THREAD, files: [{ bytes: filmBytes() }] });
  await vi.waitFor(() => expect(texts()[0]).toContain('one two'), eventually);
  const draft = bot.platform.thread(THREAD)[0];
  expect(draft?.controls.map(({ action }) => action)).toEqual(['stop']);
  if (by === 'button') await press('stop', draft?.id ?? '');
  else await bot.say({ thread: THREAD, text: 'stop' });
  const [post] = await bot.settled(THREAD, 1);
  expect(post?.text).toContain('(Stopped here.)');
  expect(post?.text.length).toBeLessThan(900);
});

test('"any more certain?" asks finding by finding', async () => {
  await withReport();
  await bot.say({ thread: THREAD, text: 'Any more certain?' });
  const posts = await bot.settled(THREAD, 2);
  expect(posts[1]?.text).toContain(
    '- pleural effusion: no (encoder 10 %, threshold 40 %)\n- cardiomegaly: **yes** (encoder 90 %, threshold 50 %)\nNot assessed by this bundle: hernia.',
  );
});

test('helpful and not helpful are kept with what made the draft; a second vote replaces the first', async () => {
  const { post } = await withReport();
  await press('helpful', post);
  await bot.settled(THREAD, 2);
  await press('not-helpful', post);
  await press('helpful', post, 'person-2');
  const posts = await bot.settled(THREAD, 4);
  expect(posts[1]?.privateTo).toBe('person-1');
  const rows = await createFeedback(bot.store, 1e9).all();
  expect(rows.map(({ rating }) => rating).sort()).toEqual(['helpful', 'not-helpful']);
  expect(rows[0]).toMatchObject({
    prompt: 'specific',
    bundleHash: 'abcdef0123456789'.repeat(4),
    temperature: 0.4,
    topP: 0.8,
    language: 'en',
  });
  expect(rows[0]?.question).toContain('Write a radiologic report');
  expect(feedbackCsv(rows).split('\r\n')).toHaveLength(4);
});

test('forget erases everything of the case, down to the file on disk', async () => {
  const url = temporaryStoreUrl();
  const { post } = await withReport({ url, engine: { answer: () => 'XANTHOPSIA marker answer.' } });
  await bot.say({ thread: THREAD, text: 'QUOKKA marker question?' });
  await bot.settled(THREAD, 2);
  await press('helpful', post);
  await bot.settled(THREAD, 3);
  const file = url.slice('sqlite://'.length);
  const onDisk = () =>
    ['', '-wal']
      .map((end) => {
        try {
          return readFileSync(`${file}${end}`, 'latin1');
        } catch {
          return '';
        }
      })
      .join('');
  expect(onDisk()).toContain('XANTHOPSIA');
  expect(onDisk()).toContain('QUOKKA');
  await bot.say({ thread: THREAD, text: 'Forget this case.' });
  const posts = await bot.settled(THREAD, 4);
  expect(posts[3]?.text).toContain(
    'Forgotten: one film and 2 answers. Checked: nothing of this case is stored any more.',
  );
  expect(onDisk()).not.toContain('XANTHOPSIA');
  expect(onDisk()).not.toContain('QUOKKA');
  expect(onDisk()).not.toContain('film.png');
  expect(await createFeedback(bot.store, 1e9).all()).toEqual([]);
  await press('again', post);
  expect((await bot.settled(THREAD, 5))[4]?.text).toContain('There is no report in this thread');
});

test.each([
  ['en', 'There is no case here that I could forget'],
  ['de', 'Hier gibt es keinen Fall, den ich vergessen könnte'],
] as const)('forget where there is no case says that nothing was forgotten (%s)', async (language, sentence) => {
  const { defaults } = CORE_OPTIONS;
  const { place: elsewhere } = event('scripted:channel-1:');
  await withReport({ core: { defaults: { ...defaults, language } } });
  await bot.adapter.deliver({
    ...event(),
    place: elsewhere,
    kind: 'command',
    name: 'forget',
    argument: '',
    attachments: [],
  });
  expect((await bot.settled(elsewhere.thread, 1))[0]?.text).toContain(sentence);
  await command('status');
  expect((await bot.settled(THREAD, 2))[1]?.text).toMatch(/: 1 film, 1 answer|Bilder: 1, Antworten: 1/);
});

test.each([
  [undefined, 'What stands in this thread stays until you delete it.'],
  [true, 'Its conversation is gone from this page.'],
])('forgetting tells what becomes of the messages: removed by the platform %s', async (removesForgotten, sentence) => {
  await withReport();
  Object.assign(bot.adapter, { removesForgotten });
  await bot.say({ thread: THREAD, text: 'Forget this case.' });
  expect((await bot.settled(THREAD, 2))[1]?.text).toMatch(new RegExp(`stored any more\\. ${sentence}$`));
});

test('forget ends what runs and drops what waits', async () => {
  bot = await startTestBot({ engine: { wordMs: 20, answer: () => 'word '.repeat(400) } });
  await bot.say({ thread: THREAD, files: [{ bytes: filmBytes() }] });
  await vi.waitFor(() => expect(texts()[0]).toContain('word word'), eventually);
  await bot.say({ thread: THREAD, text: 'and the heart?' });
  await bot.say({ thread: THREAD, text: 'forget' });
  const posts = await bot.settled(THREAD, 3);
  expect(posts.map(({ text }) => text.slice(0, 9))).toEqual(
    ['Stopped.', 'Stopped.', 'Forgotten'].map((text) => text.slice(0, 9)),
  );
});

test('help, status and an unknown command', async () => {
  await withReport();
  await command('help');
  await command('status');
  await command('nonsense<@U1>');
  const posts = await bot.settled(THREAD, 4);
  const all = posts.map(({ text }) => text).join('\n');
  expect(all).toContain('**What I do:**');
  expect(all).toContain('this thread: 1 film, 1 answer');
  expect(all).toContain('I don\'t know the command "nonsenseU1"');
});

test('settings: shown, changed for the channel alone, refused with the choices', async () => {
  await withReport({
    core: {
      access: { spaces: [], channels: [], users: [], roles: [], adminUsers: ['boss'], adminRoles: [], perMinute: 100 },
    },
  });
  await command('settings');
  await command('settings', 'language de');
  await command('settings', 'language de', 'boss');
  await bot.settled(THREAD, 4);
  await command('settings', 'prompt novel', 'boss');
  const all = (await bot.settled(THREAD, 5)).map(({ text }) => text).join('\n');
  expect(all).toContain('- language: `en`');
  expect(all).toContain('Only those whom the operator named may change my settings.');
  expect(all).toContain('Gespeichert.');
  expect(all).toContain('settings prompt basic|specific|confirm|pediatric');
  await bot.say({ thread: 'scripted:channel-1:U', files: [{ bytes: filmBytes() }] });
  const [german] = await bot.settled('scripted:channel-1:U', 1);
  expect(german?.controls.map(({ label }) => label)).toContain('Fall vergessen');
  await bot.say({ thread: 'scripted:channel-2:V', channel: 'channel-2', files: [{ bytes: filmBytes() }] });
  expect((await bot.settled('scripted:channel-2:V', 1))[0]?.controls.map(({ label }) => label)).toContain(
    'Forget this case',
  );
});

describe('edits and deletions', () => {
  test('an edited question is answered anew in its reply; later answers leave the conversation', async () => {
    await withReport({ engine: { answer: (question) => `You asked: ${question.slice(0, 40)}` } });
    const question = await bot.say({ thread: THREAD, text: 'Is there an efusion?' });
    await bot.say({ thread: THREAD, text: 'And the heart?' });
    await bot.settled(THREAD, 3);
    const edit: InboundEvent = { ...event(), kind: 'edit', message: question.id, text: 'Is there an effusion?' };
    await bot.adapter.deliver(edit);
    const answer = 'You asked: Is there an effusion?\n\n(One later answer is no longer part of the conversation.)';
    await vi.waitFor(() => expect(texts()[1]).toBe(answer), eventually);
    const posts = await bot.settled(THREAD, 3);
    // The report stays; what came after the edited question is no longer answered to.
    expect(posts.map(({ isOutdated }) => isOutdated === true)).toEqual([false, false, true]);
    expect(posts[2]?.controls).toEqual([]);
    expect(posts[1]?.controls.map(({ label }) => label)).toEqual(['Answer again', 'Helpful', 'Not helpful']);
    const asked = bot.engine.calls.asked;
    await bot.adapter.deliver({ ...edit, id: 'link-preview' });
    await bot.say({ thread: THREAD, text: 'next?' });
    await bot.settled(THREAD, 4);
    expect(bot.engine.calls.asked).toBe(asked + 1);
  });

  test('an edit of a question that still waits is answered once', async () => {
    await withReport({
      engine: { wordMs: 5, answer: (question) => `You asked: ${question.slice(0, 40)} ${'word '.repeat(20)}` },
    });
    await bot.say({ thread: THREAD, text: 'first?' });
    const waiting = await bot.say({ thread: THREAD, text: 'secnd?' });
    await bot.adapter.deliver({ ...event(), kind: 'edit', message: waiting.id, text: 'second?' });
    await vi.waitFor(() => expect(texts()[2]).toContain('You asked: second?'), eventually);
    await bot.settled(THREAD, 3);
    expect(texts().join('\n')).not.toContain('You asked: secnd?');
  });

  test('an edited caption leaves the reading of its film alone and is answered after it', async () => {
    let go: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    bot = await startTestBot({
      engine: {
        before: (step) => (step === 'encode' ? gate : undefined),
        answer: (question) => `You asked: ${question.slice(0, 30)}`,
      },
    });
    const upload = await bot.say({ thread: THREAD, text: 'please read', files: [{ bytes: filmBytes() }] });
    await bot.adapter.deliver({ ...event(), kind: 'edit', message: upload.id, text: 'Is there an effusion?' });
    go();
    const posts = await bot.settled(THREAD, 2);
    expect(posts[0]?.text).toContain('You asked: Write a radiologic report');
    expect(posts[1]?.text).toContain('You asked: Is there an effusion?');
  });

  test('an image deleted while it is read is purged, and its reply says so', async () => {
    bot = await startTestBot({ engine: { wordMs: 20, answer: () => 'word '.repeat(300) } });
    const upload = await bot.say({ thread: THREAD, files: [{ bytes: filmBytes() }] });
    await vi.waitFor(() => expect(texts()[0]).toContain('word word'), eventually);
    await bot.adapter.deliver({ ...event(), kind: 'delete', message: upload.id });
    const [post] = await bot.settled(THREAD, 1);
    expect(post?.text).toContain('The image was deleted');
    await vi.waitFor(async () => expect(await bot.engine.list()).toEqual([]), eventually);
  });

  test('a question deleted while it is answered leaves the dialogue', async () => {
    await withReport({
      engine: { wordMs: 10, answer: (question) => (question.startsWith('Write') ? 'Report.' : 'word '.repeat(300)) },
    });
    const question = await bot.say({ thread: THREAD, text: 'And the heart?' });
    await vi.waitFor(() => expect(texts()[1]).toContain('word word'), eventually);
    await bot.adapter.deliver({ ...event(), kind: 'delete', message: question.id });
    expect((await bot.settled(THREAD, 2))[1]?.text).toBe('The question was deleted, so its answer was taken back.');
    await vi.waitFor(async () => expect((await bot.engine.list())[0]?.turns).toBe(1), eventually);
  });

  test('a deleted image takes its report, its picture and its case with it', async () => {
    const { upload } = await withReport();
    await bot.say({ thread: THREAD, text: 'And the heart?' });
    await bot.settled(THREAD, 2);
    await bot.adapter.deliver({ ...event(), kind: 'delete', message: upload.id });
    await vi.waitFor(
      () => expect(texts().every((text) => text.startsWith('The image was deleted'))).toBe(true),
      eventually,
    );
    expect(bot.platform.thread(THREAD).flatMap(({ pictures }) => pictures)).toEqual([]);
    await vi.waitFor(async () => expect(await bot.engine.list()).toEqual([]), eventually);
  });

  test.each([
    ['at once', false],
    ['at once, and forgotten in one of them', true],
  ])('a file shared in two places %s leaves them both when it is deleted', async (_, isForgotten) => {
    bot = await startTestBot();
    const places = [THREAD, 'scripted:channel-2:U'];
    await Promise.all(
      places.map((thread) => bot.say({ thread, files: [{ id: 'F1', name: 'film.png', bytes: filmBytes() }] })),
    );
    for (const thread of places) await bot.settled(thread, 1);
    if (isForgotten) {
      await bot.say({ thread: THREAD, text: 'forget' });
      await bot.settled(THREAD, 2);
    }
    await bot.adapter.deliver({ ...event(), kind: 'delete', message: null, attachment: 'F1' });
    for (const thread of places.slice(isForgotten ? 1 : 0))
      await vi.waitFor(
        () => expect(bot.platform.thread(thread)[0]?.text).toContain('The image was deleted'),
        eventually,
      );
    await vi.waitFor(async () => expect(await bot.engine.list()).toEqual([]), eventually);
  });

  test('a deleted file of a message does the same', async () => {
    await withReport();
    await bot.adapter.deliver({ ...event('scripted:unknown:place'), kind: 'delete', message: null, attachment: 'F1' });
    await vi.waitFor(() => expect(texts()[0]).toContain('The image was deleted'), eventually);
    await vi.waitFor(async () => expect(await bot.engine.list()).toEqual([]), eventually);
  });
});

describe('access', () => {
  const rules = { spaces: [], channels: [], users: [], roles: [], adminUsers: [], adminRoles: [], perMinute: 100 };

  test.each([
    ['channel', { ...rules, channels: ['other'] }, 'I am not switched on for this place'],
    ['space', { ...rules, spaces: ['other'] }, 'I am not switched on for this place'],
    ['person', { ...rules, users: ['other'] }, 'You are not on the list'],
    ['role', { ...rules, roles: ['radiologist'] }, 'You are not on the list'],
  ])('a %s that is not on the list is told so', async (_, access, sentence) => {
    bot = await startTestBot({ core: { access } });
    await bot.say({ thread: THREAD, files: [{ bytes: filmBytes() }] });
    const [post] = await bot.settled(THREAD, 1);
    expect(post?.text).toContain(sentence);
    expect(bot.engine.calls.encoded).toBe(0);
  });

  test.each([
    ['command', 'read', true],
    ['command', 'again', true],
    ['command', 'confirm', true],
    ['command', 'case new title: effusion', true],
    ['command', 'case open dull-base', true],
    ['command', 'case reveal', true],
    ['command', 'case vote', true],
    ['command', 'case quiz 5', true],
    ['command', 'case quiz skip', true],
    ['action', 'again', true],
    ['action', 'confirm', true],
    ['action', 'case-quiz-skip', true],
    ['action', 'case-quiz-confirm', true],
    ['command', 'stop', false],
    ['command', 'forget', false],
    ['command', 'case quiz stop', false],
    ['command', 'case forget-me', false],
    ['command', 'case hint', false],
    ['action', 'stop', false],
    ['action', 'forget', false],
    ['action', 'case-quiz-end', false],
  ])('the rate limit and the %s "%s"', async (kind, said, isLimited) => {
    await withReport({ core: { access: { ...rules, perMinute: 1 } }, supplies: { modes: [createTeachingMode] } });
    const [name = '', ...rest] = said.split(' ');
    if (kind === 'command') await command(name, rest.join(' '));
    else await press(name as ActionName, 'no post');
    await vi.waitFor(() => {
      expect(bot.core.health().queue).toEqual({ waiting: 0, running: 0 });
      expect(bot.logged.filter((line) => line.audit === true)).toHaveLength(2);
    }, eventually);
    expect(bot.logged.filter((line) => line.audit === true)[1]?.outcome === 'rate-limited').toBe(isLimited);
  });

  test.each([
    ['people', { ...rules, users: ['person-1'] }],
    ['roles', { ...rules, roles: ['radiologist'] }],
    ['channels', { ...rules, channels: ['channel-1'] }],
  ])('with %s listed, a deletion by nobody in particular still takes the case back', async (_, access) => {
    bot = await startTestBot({ core: { access } });
    const upload = await bot.say({
      thread: THREAD,
      roles: ['radiologist'],
      files: [{ id: 'F1', bytes: filmBytes() }],
    });
    await bot.settled(THREAD, 1);
    // As Slack and Discord say it: without a person, and Slack's deleted file where it lay instead of in its thread.
    const place = placeOf({ thread: 'scripted:elsewhere:place', channel: 'elsewhere' });
    const nobody = { ...event(), author: { id: '', isBot: false } };
    await bot.adapter.deliver({ ...nobody, kind: 'delete', message: null, attachment: 'F1', place });
    await vi.waitFor(() => expect(texts()[0]).toContain('The image was deleted'), eventually);
    await vi.waitFor(async () => expect(await bot.engine.list()).toEqual([]), eventually);
    // Also said of the message, as Discord does: nothing is left to do, and nothing is said.
    await bot.adapter.deliver({ ...nobody, id: `${upload.id}:delete`, kind: 'delete', message: upload.id });
    await vi.waitFor(() => expect(bot.core.health().queue).toEqual({ waiting: 0, running: 0 }), eventually);
    expect(bot.platform.posts.size).toBe(1);
    expect(bot.engine.calls.encoded).toBe(1);
  });

  test('with people listed, a film that still waits is not read once its message is deleted', async () => {
    let go: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    bot = await startTestBot({
      core: { access: { ...rules, users: ['person-1'] } },
      engine: { before: (step) => (step === 'encode' ? gate : undefined) },
    });
    await bot.say({ thread: THREAD, files: [{ bytes: filmBytes(1) }] });
    const second = await bot.say({ thread: THREAD, files: [{ bytes: filmBytes(2) }] });
    await bot.adapter.deliver({ ...event(THREAD, ''), kind: 'delete', message: second.id });
    go();
    const posts = await bot.settled(THREAD, 2);
    expect(posts[0]?.text).toContain('Answer 1 about 1');
    expect(posts[1]?.text).toContain('The image was deleted');
    expect(bot.engine.calls.encoded).toBe(1);
  });

  test('who has the role is let in; too many requests are told when to come back', async () => {
    bot = await startTestBot({ core: { access: { ...rules, roles: ['radiologist'], perMinute: 2 } } });
    for (const n of [1, 2, 3])
      await bot.say({ thread: `${THREAD}${n}`, roles: ['radiologist'], files: [{ bytes: filmBytes(n) }] });
    const [refused] = await bot.settled(`${THREAD}3`, 1);
    expect(refused?.text).toMatch(/^That was a lot at once: please try again in \d+ seconds\.$/);
    await bot.settled(`${THREAD}1`, 1);
    await bot.settled(`${THREAD}2`, 1);
  });
});

test('an answer that denies what the encoder found carries a warning, and one that names it does not', async () => {
  let answer = 'The heart is enlarged.';
  await withReport({ engine: { answer: () => answer }, supplies: { label: labelReport } });
  answer = 'No cardiomegaly.';
  await bot.say({ thread: THREAD, text: 'Is the heart large?' });
  await bot.settled(THREAD, 2);
  answer = 'Cardiomegaly is present.';
  await bot.say({ thread: THREAD, text: 'Are you sure?' });
  const posts = await bot.settled(THREAD, 3);
  expect(posts[1]?.text).toContain(
    'No cardiomegaly.\n\n⚠ This says there is no cardiomegaly, but the image encoder gives it 90 % (counts as present from 50 %).',
  );
  expect(posts[2]?.text).not.toContain('⚠');
});
