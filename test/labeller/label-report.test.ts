// Holds the rule labeller to its gold sentences, half by half, and checks that it shows the words it decided by.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseGold, scoreGold } from '../../evaluation/labels/gold.ts';
import type { Assertion } from '../../labeller/label.ts';
import { labelReport, REPORT_FINDINGS } from '../../labeller/label-report.ts';

const gold = parseGold(readFileSync(join(import.meta.dirname, 'gold.tsv'), 'utf8'));

function assertions(text: string): Record<string, Assertion> {
  const labels = labelReport(text).filter((label) => label.assertion !== 'not-mentioned');
  return Object.fromEntries(labels.map((label) => [label.finding, label.assertion]));
}

test('the gold set has at least 400 sentences, half of them held out', () => {
  expect(gold.length).toBeGreaterThanOrEqual(400);
  expect(gold.filter((item) => item.half === 'held-out').length).toBeGreaterThanOrEqual(200);
});

describe.each(['development', 'held-out'] as const)('%s half', (half) => {
  const scores = scoreGold(
    gold.filter((item) => item.half === half),
    REPORT_FINDINGS,
    labelReport,
  );
  // A finding negated fewer than five times in a half is judged on the whole set below: one sentence would be 0.2.
  test.each(scores)('$finding', (score) => {
    expect(score.mentionF1).toBeGreaterThanOrEqual(0.94);
    if (score.negations >= 5) expect(score.negationF1).toBeGreaterThanOrEqual(0.9);
  });
});

test.each(scoreGold(gold, REPORT_FINDINGS, labelReport))('whole gold set: $finding reaches 0.95', (score) => {
  expect(score.mentionF1).toBeGreaterThanOrEqual(0.95);
  expect(score.negationF1).toBeGreaterThanOrEqual(0.95);
});

test('spans are places in the text as it was given', () => {
  const text = 'Heart size is normal.\nThere is NO   pnuemothorax,\nbut a small pleural efusion.';
  for (const label of labelReport(text)) {
    for (const span of label.spans) expect(text.slice(span.start, span.end)).toBe(span.mention);
  }
  const pneumothorax = labelReport(text, ['pneumothorax'])[0];
  expect(pneumothorax?.spans[0]).toMatchObject({ mention: 'pnuemothorax', cue: 'NO', assertion: 'absent' });
  expect(assertions(text)).toEqual({
    cardiomegaly: 'absent',
    pneumothorax: 'absent',
    effusion: 'present',
    'no-finding': 'absent',
  });
});

test('asks only for the findings asked for, in their order, and knows no others', () => {
  const labels = labelReport('Small effusion.', ['edema', 'effusion', 'vaporware']);
  expect(labels.map(({ finding, assertion }) => [finding, assertion])).toEqual([
    ['edema', 'not-mentioned'],
    ['effusion', 'present'],
    ['vaporware', 'not-mentioned'],
  ]);
});

test('present beats uncertain beats absent over a whole report', () => {
  expect(assertions('No definite pneumothorax. A small pneumothorax cannot be excluded.')).toMatchObject({
    pneumothorax: 'uncertain',
  });
  expect(assertions('Possible effusion. Small left effusion.')).toMatchObject({ effusion: 'present' });
});

test('no finding is what remains, support devices aside', () => {
  expect(assertions('No acute cardiopulmonary process. PICC line in place.')['no-finding']).toBe('present');
  expect(assertions('Lungs clear. Possible nodule.')['no-finding']).toBe('uncertain');
  expect(assertions('What a lovely day.')['no-finding']).toBeUndefined();
});

test('a long text is read in time that grows with its length', () => {
  const text = 'No focal consolidation, pleural effusion, or pneumothorax; the heart is mildly enlarged. '.repeat(400);
  const start = performance.now();
  labelReport(text);
  expect(performance.now() - start).toBeLessThan(20_000);
});
