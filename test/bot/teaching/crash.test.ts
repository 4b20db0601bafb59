// kill −9 in the middle of a case, before each of its first posts: the next start continues, and the class has the same case as without a crash.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { InboundEvent } from '../../../bot/contract.ts';
import { nameOf } from '../../../bot/identity.ts';
import { eventually, run, started } from '../../support/run-bot-process.ts';
import { messageEvent } from '../../support/scripted-adapter.ts';
import { filmBytes } from '../../support/scripted-engine.ts';
import { createScriptedPlatform } from '../../support/scripted-platform.ts';

const THREAD = 'scripted:channel-1:crash';

/** A case from opening to export as the platform delivers it, in order. */
function script(): { folder: string; events: InboundEvent[] } {
  const folder = mkdtempSync(join(tmpdir(), 'cxr-case-crash-'));
  const platform = createScriptedPlatform();
  let count = 0;
  const next = (): string => `crash-${++count}`;
  const by = (author: string) => ({ id: author, name: author, isBot: false });
  const says = (
    author: string,
    text: string,
    files: readonly { id: string; bytes: Uint8Array }[] = [],
  ): InboundEvent => ({
    ...messageEvent(platform, { id: next(), thread: THREAD, text, files, mentionsBot: files.length > 0 }),
    author: by(author),
  });
  const commands = (author: string, argument: string): InboundEvent => ({
    ...messageEvent(platform, { thread: THREAD }),
    id: next(),
    kind: 'command',
    name: 'case',
    argument,
    author: by(author),
  });
  const confirms = (author: string, { id }: InboundEvent): InboundEvent => ({
    id: next(),
    kind: 'action',
    action: 'case-confirm',
    post: 'any',
    value: `${nameOf('case', THREAD)}.${nameOf(id).slice(0, 12)}`,
    place: messageEvent(platform, { thread: THREAD }).place,
    author: by(author),
    at: Date.now(),
  });
  const opening = says('teacher', 'case new title: Crash; findings: left effusion, edema', [
    { id: 'F1', bytes: filmBytes() },
  ]);
  const [ann, bob] = [says('ann', 'Effusion 80%'), says('bob', 'Edema. ddx: heart failure')];
  const events = [
    opening,
    ann,
    commands('teacher', 'hint'),
    confirms('ann', ann),
    bob,
    confirms('bob', bob),
    commands('teacher', 'hint'),
    commands('ann', 'vote'),
    commands('bob', 'vote'),
    commands('teacher', 'export'),
  ];
  const files = [...platform.files.values()].map((file) => ({
    ...file,
    bytes: Buffer.from(file.bytes).toString('base64'),
  }));
  writeFileSync(join(folder, 'platform.jsonl.files'), JSON.stringify(files));
  return { folder, events };
}

/** Plays the script to its end, with a crash at `stage` if one is named; returns what stands on the platform. */
async function play(stage: string): Promise<{ texts: string[]; csv: string }> {
  const { folder, events } = script();
  const posts = () => createScriptedPlatform(join(folder, 'platform.jsonl')).thread(THREAD);
  if (stage !== '') {
    const first = run(folder, stage);
    await started(first);
    for (const event of events) first.send(event);
    expect(await first.ended).toBe('SIGKILL');
  }
  const second = run(folder, '');
  await started(second);
  for (const event of events) second.send(event);
  await vi.waitFor(
    () => expect(posts().filter(({ outcome }) => outcome === 'finished')).toHaveLength(events.length),
    eventually,
  );
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  const standing = posts();
  return {
    texts: standing.map(({ key, text }) => `${key} ${text}`).toSorted(),
    csv: standing.flatMap(({ files }) => files).find(({ name }) => name === 'case.csv')?.base64 ?? '',
  };
}

describe('kill −9 in a case', { timeout: 240_000 }, () => {
  const STAGES = [
    'before encode',
    'in mid-stream',
    ...Array.from({ length: 10 }, (_, index) => `before write ${2 * index + 1}`),
    'before write 6',
    'before write 18',
  ];

  test('the case is the same wherever it was cut', async () => {
    const whole = await play('');
    expect(Buffer.from(whole.csv, 'base64').toString('utf8')).toContain('Crash,ann,effusion,1,0.8,');
    expect(whole.texts.filter((text) => / Hint \d/.test(text))).toHaveLength(2);
    for (const stage of STAGES) expect(await play(stage), stage).toEqual(whole);
  });
});
