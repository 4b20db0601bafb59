// The conversation core from message to answer: receipts, one answer, order, several films, questions.
import { afterEach, expect, test, vi } from 'vitest';
import { messageEvent } from '../support/scripted-adapter.ts';
import { filmBytes } from '../support/scripted-engine.ts';
import { eventually, startTestBot, type TestBot } from '../support/test-bot.ts';

let bot: TestBot;
afterEach(async () => {
  await bot.close();
});

test('an uploaded film gets a receipt, then a report with panel, maker and controls', async () => {
  bot = await startTestBot();
  const { place } = await bot.say({ files: [{ name: 'film.png', bytes: filmBytes() }] });
  const [post] = await bot.settled(place.thread, 1);
  expect(post?.text).toContain('Answer 1 about 1 film(s)');
  expect(post?.text).toContain('Drafted by scripted 1.0.0 (`abcdef01`). Not a diagnosis');
  expect(post?.text).toContain('For tests only.');
  expect(post?.controls.map(({ action }) => action)).toEqual(['confirm', 'again', 'helpful', 'not-helpful', 'forget']);
  expect(post?.pictures.map(({ name }) => name)).toEqual(['finding-panel-1.png']);
  expect(post?.film).not.toBeNull();
  expect(bot.platform.history.some(({ text }) => /^(Received|Reading) \*\*film.png/.test(text))).toBe(true);
});

test('questions in the thread are answered in order, without the first contact’s notice', async () => {
  bot = await startTestBot();
  const { place } = await bot.say({ files: [{ bytes: filmBytes() }] });
  await bot.say({ thread: place.thread, text: 'What is the differential?' });
  await bot.say({ thread: place.thread, text: 'And further examination?' });
  const posts = await bot.settled(place.thread, 3);
  expect(posts.map(({ text }) => text.match(/Answer (\d)/)?.[1])).toEqual(['1', '2', '3']);
  expect(posts[1]?.text).not.toContain('For tests only.');
});

test('a redelivered event, at once and later, is answered once', async () => {
  bot = await startTestBot({ engine: { wordMs: 5 } });
  const event = messageEvent(bot.platform, { files: [{ bytes: filmBytes() }] });
  await Promise.all([bot.adapter.deliver(event), bot.adapter.deliver(event)]);
  await bot.adapter.deliver(event);
  await bot.settled(event.place.thread, 1);
  await bot.adapter.deliver(event);
  await bot.say({ thread: event.place.thread, text: 'next?' });
  const posts = await bot.settled(event.place.thread, 2);
  expect(posts.map(({ finishes }) => finishes)).toEqual([1, 1]);
  expect(bot.engine.calls).toEqual({ encoded: 1, asked: 2 });
});

test('one upload that arrives as two events is read once', async () => {
  bot = await startTestBot();
  const file = { id: 'F1', bytes: filmBytes() };
  const { place } = await bot.say({ thread: 'scripted:channel-1:T1', files: [file] });
  await bot.say({ thread: place.thread, files: [file] });
  await bot.settled(place.thread, 1);
  await bot.say({ thread: place.thread, files: [file], text: 'Is there an effusion?' });
  const posts = await bot.settled(place.thread, 2);
  expect(posts[1]?.text).toContain('Answer 2');
  expect(bot.engine.calls.encoded).toBe(1);
});

test('several films of one message are read one by one up to the limit, in one conversation', async () => {
  bot = await startTestBot();
  const files = [1, 2, 3, 4, 5, 6].map((n) => ({ name: `film-${n}.png`, bytes: filmBytes(n) }));
  const { place } = await bot.say({ files, text: 'Compare them.' });
  const posts = await bot.settled(place.thread, 7);
  const answers = posts.map(({ text }) => text.match(/Answer \d about \d|was not read: at most 4/)?.[0]);
  expect(answers.filter((answer) => answer?.startsWith('Answer')).sort()).toEqual(
    [1, 2, 3, 4].map((n) => `Answer ${n} about ${n}`).concat('Answer 5 about 4'),
  );
  expect(answers.filter((answer) => answer?.startsWith('was not'))).toHaveLength(2);
});

test('a bad file is refused with its reason, the good one beside it is read', async () => {
  bot = await startTestBot();
  const files = [
    { name: 'empty.png', bytes: new Uint8Array() },
    { name: 'good.png', bytes: filmBytes() },
    { name: 'film.mp4', mediaType: 'video/mp4', bytes: filmBytes() },
    { name: 'huge.png', bytes: filmBytes(), size: 200_000_000 },
  ];
  const { place } = await bot.say({ files });
  const posts = await bot.settled(place.thread, 4);
  const text = posts.map((post) => post.text).join('\n');
  expect(text).toContain('**empty.png** was not read: the image is empty.');
  expect(text).toContain('**film.mp4** was not read: I read PNG');
  expect(text).toContain('**huge.png** was not read: the file is too large');
  expect(text).toContain('Answer 1 about 1');
});

test('who waits is told the place, and moves up', async () => {
  let go: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  bot = await startTestBot({ engine: { before: (step) => (step === 'encode' ? gate : undefined) } });
  const { place } = await bot.say({ files: [{ bytes: filmBytes() }] });
  await bot.say({ thread: place.thread, text: 'first question?' });
  await bot.say({ thread: place.thread, text: 'second question?' });
  await vi.waitFor(() => {
    const texts = bot.platform.thread(place.thread).map(({ text }) => text);
    expect(texts).toContain('Waiting: one request in this thread comes first.');
    expect(texts).toContain('Waiting: 2 requests in this thread come first.');
  }, eventually);
  go();
  await bot.settled(place.thread, 3);
});

test('overload is said and nothing is lost', async () => {
  let go: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  bot = await startTestBot({
    core: { concurrency: 1, maxWaiting: 1 },
    engine: { before: (step) => (step === 'encode' ? gate : undefined) },
  });
  const first = await bot.say({ thread: 'scripted:channel-1:A', files: [{ bytes: filmBytes(1) }] });
  const second = await bot.say({ thread: 'scripted:channel-1:B', files: [{ bytes: filmBytes(2) }] });
  const third = await bot.say({ thread: 'scripted:channel-1:C', files: [{ bytes: filmBytes(3) }] });
  const [refused] = await bot.settled(third.place.thread, 1);
  expect(refused?.text).toBe('Too many requests are waiting already; please try again in a few minutes.');
  go();
  await bot.settled(first.place.thread, 1);
  await bot.settled(second.place.thread, 1);
});

test('what is for others is left alone', async () => {
  bot = await startTestBot();
  await bot.say({ thread: 'scripted:channel-1:A', text: 'good morning' });
  await bot.say({
    thread: 'scripted:channel-1:B',
    text: 'look',
    mentionsOthers: true,
    files: [{ bytes: filmBytes() }],
  });
  await bot.say({ thread: 'scripted:channel-1:C', isBot: true, files: [{ bytes: filmBytes() }] });
  const { place } = await bot.say({ thread: 'scripted:channel-1:D', files: [{ bytes: filmBytes() }] });
  await bot.settled(place.thread, 1);
  await bot.say({ thread: place.thread, text: 'what do you think?', mentionsOthers: true });
  await bot.say({ thread: place.thread, text: 'and you?', mentionsOthers: true, mentionsBot: true });
  await bot.settled(place.thread, 2);
  expect(bot.platform.posts.size).toBe(2);
});
