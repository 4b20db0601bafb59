// Drafts are spaced and coalesced; the newest is what people see, and a final text never overtakes or is overtaken by a draft.
import { expect, test, vi } from 'vitest';
import { createDraftThrottle } from '../../../adapters/shared/throttle.ts';

test('sends the newest of many drafts, spaced by the interval', async () => {
  const throttle = createDraftThrottle({ intervalMs: 60 });
  const sent: { text: string; at: number }[] = [];
  for (let index = 0; index < 50; index += 1) {
    throttle.offer('channel', 'reply', async () => {
      sent.push({ text: `draft ${index}`, at: Date.now() });
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await vi.waitFor(() => expect(sent.at(-1)?.text).toBe('draft 49'));
  expect(sent.length).toBeLessThan(20);
  for (const [index, one] of sent.slice(1).entries())
    expect(one.at - (sent[index]?.at ?? 0)).toBeGreaterThanOrEqual(55);
  await throttle.close();
});

test('serves the replies of one lane in turn', async () => {
  const throttle = createDraftThrottle({ intervalMs: 20 });
  const sent: string[] = [];
  for (const subject of ['a', 'b', 'c']) throttle.offer('channel', subject, async () => void sent.push(subject));
  await vi.waitFor(() => expect(sent).toEqual(['a', 'b', 'c']));
  await throttle.close();
});

test('settle drops the waiting draft and waits for the one under way', async () => {
  const throttle = createDraftThrottle({ intervalMs: 1 });
  const sent: string[] = [];
  let release: () => void = () => undefined;
  throttle.offer('channel', 'reply', async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    sent.push('first');
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  throttle.offer('channel', 'reply', async () => void sent.push('second'));
  const settled = throttle.settle('reply').then(() => sent.push('final'));
  release();
  await settled;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(sent).toEqual(['first', 'final']);
  await throttle.close();
});

test('waits as long as the platform asks and reports what failed', async () => {
  const failures: unknown[] = [];
  const throttle = createDraftThrottle({ intervalMs: 1, onError: (error) => failures.push(error) });
  throttle.defer('channel', 120);
  const start = Date.now();
  let at = 0;
  throttle.offer('channel', 'reply', async () => {
    at = Date.now();
    throw new Error('no');
  });
  await vi.waitFor(() => expect(failures).toHaveLength(1));
  expect(at - start).toBeGreaterThanOrEqual(110);
  await throttle.close();
});
