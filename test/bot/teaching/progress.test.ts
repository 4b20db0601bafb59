// Progress over cases: what is kept in a real store, scores against values worked out by hand, what comes back when, the leaderboard.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../../../bot/log.ts';
import { createStateStore, type StateStore } from '../../../bot/store.ts';
import { leaderboardOf } from '../../../bot/teaching/progress/leaderboard.ts';
import { type CaseResult, createProgressStore, personOf } from '../../../bot/teaching/progress/progress-store.ts';
import { boardText, progressText } from '../../../bot/teaching/progress/progress-text.ts';
import { chooseCases, recallOf } from '../../../bot/teaching/progress/recall.ts';
import { summaryOf } from '../../../bot/teaching/progress/summary.ts';
import { temporaryStoreUrl } from '../../support/test-bot.ts';

const DAY_MS = 86_400_000;
const NOW = Date.now();

function result(
  id: string,
  daysAgo: number,
  expected: string[],
  stated: Record<string, number>,
  more = {},
): CaseResult {
  return {
    id,
    at: NOW - daysAgo * DAY_MS,
    board: null,
    libraryCase: null,
    expected,
    stated: Object.entries(stated).map(([finding, probability]) => ({ finding, probability })),
    hints: 0,
    ...more,
  };
}

let store: StateStore;
beforeEach(() => {
  store = createStateStore(temporaryStoreUrl(), createLog({ level: 'silent', content: false }));
});
afterEach(() => store.close());

const openProgress = (retentionMs = 30 * DAY_MS) =>
  createProgressStore(store.namespace('progress', retentionMs), store.namespace('optout', null), retentionMs);

test('a case counts once, also when it is recorded twice or at the same time as others', async () => {
  const progress = openProgress();
  const results = ['a', 'b', 'c', 'd', 'e'].map((id, days) => result(id, days, ['effusion'], { effusion: 0.9 }));
  await Promise.all([...results, ...results].map((each) => progress.record('ann', each)));
  expect((await progress.of('ann')).map(({ id }) => id)).toEqual(['e', 'd', 'c', 'b', 'a']);
  expect(await progress.of('bob')).toEqual([]);
  await progress.withdraw('ann', 'c');
  expect((await openProgress().of('ann')).map(({ id }) => id)).toEqual(['e', 'd', 'b', 'a']);
});

test('what is older than the retention goes, case by case', async () => {
  const progress = openProgress(10 * DAY_MS);
  await progress.record('ann', result('old', 11, ['effusion'], {}));
  await progress.record('ann', result('new', 1, ['effusion'], {}));
  expect((await progress.of('ann')).map(({ id }) => id)).toEqual(['new']);
  expect(await progress.all()).toHaveLength(1);
});

test('opting out erases and keeps none, until the person wishes otherwise', async () => {
  const progress = openProgress();
  await progress.record('ann', result('a', 1, ['effusion'], {}));
  await progress.optOut('ann');
  await progress.record('ann', result('b', 1, ['effusion'], {}));
  expect(await progress.of('ann')).toEqual([]);
  expect(await progress.all()).toEqual([]);
  await progress.optIn('ann');
  await progress.record('ann', result('c', 1, ['effusion'], {}));
  expect(await progress.of('ann')).toHaveLength(1);
});

test('people are told apart by platform', () => {
  expect(personOf('slack:C1:T', 'U1')).not.toBe(personOf('discord:C1:T', 'U1'));
  expect(personOf('slack:C1:T', 'U1')).toBe(personOf('slack:C2:X', 'U1'));
});

const THREE = [
  result('a', 9, ['effusion', 'edema'], { effusion: 0.9, pneumothorax: 0.1 }),
  result('b', 5, ['effusion'], { edema: 0.75, effusion: 0.25 }),
  result('c', 2, [], { effusion: 0.6, pneumonia: 0.05 }, { board: { channel: 'x', name: 'Ann' } }),
];

test('scores over cases are those worked out by hand', () => {
  const summary = summaryOf(THREE);
  expect(summary).toMatchObject({ cases: 3, inQuiz: 2, since: NOW - 9 * DAY_MS });
  // 3 cases of 12 findings, 3 expected: effusion found once and missed once, edema missed; called too much: edema in b, effusion in c.
  expect(summary.score).toMatchObject({ tp: 1, fn: 2, fp: 2, tn: 31, sensitivity: 1 / 3, stated: 6 });
  expect(summary.score.specificity).toBe(31 / 33);
  // a: 0.1² + 0.1²; b: 0.75² + 0.75²; c: 0.6² + 0.05²: 0.02 + 1.125 + 0.3625 over 6.
  expect(summary.score.brier).toBeCloseTo(1.5075 / 6, 12);
  expect(summary.findings.map(({ finding, score: { tp, fn, fp, tn } }) => [finding, tp, fn, fp, tn])).toEqual([
    ['edema', 0, 1, 1, 1],
    ['effusion', 1, 1, 1, 0],
  ]);
  expect(summary.missed.map(({ finding, score }) => [finding, score.fn])).toEqual([
    ['edema', 1],
    ['effusion', 1],
  ]);
  const text = progressText(summary, recallOf(THREE), new Date(NOW));
  expect(text).toContain('Sensitivity 1/3 = 33 %; specificity 31/33 = 94 %; Brier 0.251 (6 stated)');
  expect(text).toContain('**Missed**: edema (1 of 1), effusion (1 of 2)');
  expect(text).toContain('- 70–80 %: said 1 time, 75 % on average; there in 0/1 = 0 %');
  expect(text).toContain('- 90–100 %: said 1 time, 90 % on average; there in 1/1 = 100 %');
});

test('what was missed comes back sooner than what was found, and what was found only after a hint in between', () => {
  const { findings } = recallOf([
    result('a', 0, ['effusion', 'edema'], { effusion: 0.9 }),
    result('b', 0, ['pneumothorax'], { pneumothorax: 0.9 }, { hints: 1 }),
  ]);
  const days = (finding: string) => ((findings.get(finding)?.due.getTime() ?? 0) - NOW) / DAY_MS;
  expect(days('edema')).toBeGreaterThanOrEqual(1);
  expect(days('edema')).toBeLessThan(days('pneumothorax'));
  expect(days('pneumothorax')).toBeLessThan(days('effusion'));
  expect(findings.has('pneumonia')).toBe(false);
  const again = recallOf([
    result('a', 10, ['effusion'], { effusion: 0.9 }),
    result('b', 0, ['effusion'], { effusion: 0.9 }),
  ]).findings.get('effusion');
  expect(again?.due.getTime()).toBeGreaterThan(NOW + days('effusion') * DAY_MS);
});

test('a quiz takes what is due, then new cases about what was missed, then other new ones, then the rest', () => {
  const cases = ['found', 'missed', 'new-edema', 'new-other'].map((name) => ({
    name,
    expected: new Set([name === 'new-other' ? 'pneumothorax' : name === 'new-edema' ? 'edema' : 'effusion']),
  }));
  const results = [
    result('a', 2, ['effusion', 'edema'], {}, { libraryCase: 'missed' }),
    result('b', 1, ['effusion'], { effusion: 0.9 }, { libraryCase: 'found' }),
  ];
  const choose = (count: number, order = 'ann') =>
    chooseCases(cases, results, { order, count, now: new Date(NOW) }).map(({ name }) => name);
  expect(choose(9)).toEqual(['missed', 'new-edema', 'new-other', 'found']);
  expect(choose(1)).toEqual(['missed']);
  const many = Array.from({ length: 30 }, (_, index) => ({ name: `case-${index}`, expected: new Set<string>() }));
  const first = (order: string) =>
    chooseCases(many, [], { order, count: 5, now: new Date(NOW) }).map(({ name }) => name);
  expect(first('ann')).toEqual(first('ann'));
  expect(first('ann')).not.toEqual(first('bob'));
});

test('the leaderboard counts one channel; equal values share a rank; names are those shown there', () => {
  const here = (name: string) => ({ board: { channel: 'here', name } });
  const rows = leaderboardOf(
    [
      [result('1', 3, ['effusion'], {}, here('Ann')), result('2', 2, ['effusion'], { effusion: 0.9 }, here('Ann B'))],
      [result('1', 3, ['effusion'], { effusion: 0.9 }, here('Bob'))],
      [result('1', 3, ['effusion'], { effusion: 0.8 }, here('Cid'))],
      [result('1', 3, ['effusion'], { effusion: 0.9 }, { board: { channel: 'there', name: 'Dan' } })],
      [result('1', 3, ['effusion'], { effusion: 0.9 })],
    ],
    'here',
  );
  expect(rows.map(({ rank, name, cases }) => [rank, name, cases])).toEqual([
    [1, 'Bob', 1],
    [1, 'Cid', 1],
    [3, 'Ann B', 2],
  ]);
  expect(boardText(rows)).toContain('- 3. **Ann B**: 2 cases, sensitivity 1/2 = 50 %, specificity 22/22 = 100 %');
  const unnamed = leaderboardOf(
    [
      [result('1', 3, ['effusion'], {}, here(''))],
      [result('1', 3, ['effusion'], { effusion: 0.9 }, here('')), result('2', 2, ['effusion'], {}, here('Eve'))],
      [result('1', 3, ['effusion'], { effusion: 0.9 }, here(''))],
    ],
    'here',
  );
  expect(unnamed.map(({ name }) => name)).toEqual(['Reader 1', 'Eve', 'Reader 2']);
  expect(boardText([])).toContain('Nobody has answered');
});
