// kill −9 at every stage of a turn: the next start continues, and the person has exactly one answer, whole, with one picture.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { eventually, run, started } from '../support/run-bot-process.ts';
import { messageEvent } from '../support/scripted-adapter.ts';
import { filmBytes } from '../support/scripted-engine.ts';
import { createScriptedPlatform } from '../support/scripted-platform.ts';

/** The platform as it stands on disk, and the event of an upload whose file it serves. */
function place(servesTwice: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'cxr-crash-'));
  const platform = createScriptedPlatform();
  const event = messageEvent(platform, {
    id: 'upload-1',
    thread: 'scripted:channel-1:T',
    files: [{ id: 'F1', bytes: filmBytes(), servesTwice }],
  });
  const files = [...platform.files.values()].map((file) => ({
    ...file,
    bytes: Buffer.from(file.bytes).toString('base64'),
  }));
  writeFileSync(join(folder, 'platform.jsonl.files'), JSON.stringify(files));
  return {
    folder,
    event,
    posts: () => createScriptedPlatform(join(folder, 'platform.jsonl')).thread(event.place.thread),
  };
}

const STAGES = [
  'journalled',
  'receipt',
  'started',
  'downloaded',
  'before encode',
  'encoded',
  'before ask',
  'streaming',
  'in mid-stream',
  'answered',
  'finished',
];

describe('kill −9', { timeout: 240_000 }, () => {
  const ONCE = ['journalled', 'downloaded', 'encoded', 'in mid-stream'];
  const CASES = [...STAGES.map((stage) => [stage, true] as const), ...ONCE.map((stage) => [stage, false] as const)];

  test.for(CASES)('%s, file served twice: %s', async ([stage, servesTwice]) => {
    const { folder, event, posts } = place(servesTwice);
    const first = run(folder, stage);
    await started(first);
    first.send(event);
    expect(await first.ended).toBe('SIGKILL');

    const second = run(folder, '');
    await started(second);
    // The platform delivers again what was not acknowledged, and sometimes what was.
    second.send(event);
    await vi.waitFor(() => {
      expect(second.told).toContainEqual({ acknowledged: event.id });
      expect(posts().map(({ outcome }) => outcome)).toEqual(['finished']);
    }, eventually);
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);

    const [post] = posts();
    expect(post?.text.match(/Answer 1 about 1 film/g)).toHaveLength(1);
    expect(post?.text).toContain('characters were asked.');
    expect(post?.text).toContain('For tests only.');
    const pixelsAreGone =
      !servesTwice && ['before ask', 'encoded', 'streaming', 'in mid-stream', 'answered'].includes(stage);
    if (!pixelsAreGone) expect(post?.pictures).toHaveLength(1);
  });

  test('three questions and a kill in the middle: every one is answered once, in order', async () => {
    const { folder, event, posts } = place(true);
    const thread = event.place.thread;
    const questions = [1, 2, 3].map((n) => ({
      ...event,
      id: `question-${n}`,
      text: `Question ${n}?`,
      attachments: [],
    }));
    const first = run(folder, 'in mid-stream');
    await started(first);
    for (const each of [event, ...questions]) first.send(each);
    expect(await first.ended).toBe('SIGKILL');
    const second = run(folder, '');
    await started(second);
    for (const each of [event, ...questions]) second.send(each);
    await vi.waitFor(() => expect(posts().filter(({ outcome }) => outcome === 'finished')).toHaveLength(4), eventually);
    second.child.kill('SIGTERM');
    await second.ended;
    const byKey = new Map(posts().map((post) => [post.key, post.text]));
    expect(byKey.size).toBe(4);
    expect(thread).toBe('scripted:channel-1:T');
    for (const n of [1, 2, 3]) expect(byKey.get(`question-${n}`)).toContain(`Answer ${n + 1} about 1 film`);
  });
});
