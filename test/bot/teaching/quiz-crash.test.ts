// kill −9 in the middle of a quiz: the next start goes on, and the person is asked, told and scored exactly as without a crash.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { InboundEvent } from '../../../bot/contract.ts';
import { nameOf } from '../../../bot/identity.ts';
import { eventually, run, started } from '../../support/run-bot-process.ts';
import { placeOf } from '../../support/scripted-adapter.ts';
import { filmBytes } from '../../support/scripted-engine.ts';
import { createScriptedPlatform } from '../../support/scripted-platform.ts';

const THREAD = 'scripted:dm-ann:';
const CASES = ['effusion', 'edema', 'normal'];

const base = (id: string) => ({
  id,
  place: placeOf({ thread: THREAD, channel: 'dm-ann', space: '', isDirect: true }),
  author: { id: 'ann', name: 'ann', isBot: false },
  at: Date.now(),
});
const says = (id: string, text: string): InboundEvent => ({
  ...base(id),
  kind: 'message',
  text,
  attachments: [],
  mentionsBot: false,
  mentionsOthers: false,
});
const commands = (id: string, argument: string): InboundEvent => ({
  ...base(id),
  kind: 'command',
  name: 'case',
  argument,
  attachments: [],
});
const confirms = (id: string, message: string): InboundEvent => ({
  ...base(id),
  kind: 'action',
  action: 'case-quiz-confirm',
  post: 'any',
  value: `${nameOf('quiz', THREAD, 'start').slice(0, 12)}.${nameOf(message).slice(0, 12)}`,
});
/** All at once, as a platform delivers what it held back: answers to the first and third case, a changed mind at the second. */
const EVENTS = [
  commands('start', 'quiz 3'),
  says('one', 'Effusion 80%'),
  confirms('one-yes', 'one'),
  says('two', 'Edema'),
  says('two-again', 'No effusion'),
  confirms('two-yes', 'two-again'),
  says('three', 'Probable effusion'),
  confirms('three-yes', 'three'),
  commands('after', 'progress'),
];
/** One for each event, and after each confirmation the next question or the end. */
const POSTS = EVENTS.length + 3;

async function play(stage: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cxr-quiz-crash-'));
  const library = join(folder, 'library');
  mkdirSync(library);
  for (const name of CASES) {
    const fields = { format: 'case-library/1', title: name, findings: name, images: [`${name}.png`] };
    writeFileSync(join(library, `${name}.yaml`), JSON.stringify(fields));
    writeFileSync(join(library, `${name}.png`), filmBytes(name.length));
  }
  const posts = () => createScriptedPlatform(join(folder, 'platform.jsonl')).thread(THREAD);
  const env = { LIBRARY: library };
  if (stage !== '') {
    const first = run(folder, stage, env);
    await started(first);
    for (const event of EVENTS) first.send(event);
    expect(await first.ended).toBe('SIGKILL');
  }
  const second = run(folder, '', env);
  await started(second);
  for (const event of EVENTS) second.send(event);
  await vi.waitFor(
    () => expect(posts().filter(({ outcome }) => outcome === 'finished')).toHaveLength(POSTS),
    eventually,
  );
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  return posts()
    .map(({ key, text, pictures, files }) => `${key} ${text} ${pictures.length} ${files.map(({ name }) => name)}`)
    .toSorted();
}

test('the quiz is the same wherever it was cut', { timeout: 240_000 }, async () => {
  const whole = await play('');
  const text = whole.join('\n');
  for (const number of [1, 2, 3]) expect(text.match(new RegExp(`case ${number} of 3`, 'g'))).toHaveLength(1);
  expect(text).toContain('3 of 3 answered');
  expect(text).toContain('**Your progress over 3 cases** (3 in quizzes');
  const stages = Array.from({ length: 6 }, (_, index) => `before write ${4 * index + 2}`);
  for (const stage of ['before encode', 'in mid-stream', ...stages]) expect(await play(stage), stage).toEqual(whole);
});
