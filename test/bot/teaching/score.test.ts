// Scores against values worked out by hand.
import { expect, test } from 'vitest';
import { kappaOf, scoreOf } from '../../../bot/teaching/score.ts';

const say = (finding: string, probability: number) => ({ finding, probability, words: finding });
const FOUR = ['effusion', 'edema', 'pneumonia', 'pneumothorax'];

test('sensitivity, specificity and Brier score come with the numbers behind them', () => {
  const reading = {
    truth: new Set(['effusion', 'edema']),
    stated: [say('effusion', 0.9), say('pneumonia', 0.75), say('pneumothorax', 0.1)],
  };
  const score = scoreOf([reading], FOUR);
  expect(score).toMatchObject({ tp: 1, fn: 1, fp: 1, tn: 1, sensitivity: 0.5, specificity: 0.5, stated: 3 });
  // Half agreement, and half is what chance gives.
  expect(score.kappa).toBe(0);
  // (0.1² + 0.75² + 0.1²) / 3
  expect(score.brier).toBeCloseTo(0.5825 / 3, 12);
});

test('kappa of the textbook table of 50 proposals is 0.4', () => {
  // Observed (20 + 15) / 50 = 0.7; by chance 0.5 · 0.6 + 0.5 · 0.4 = 0.5.
  expect(kappaOf({ tp: 20, fn: 5, fp: 10, tn: 15 })).toBeCloseTo(0.4, 12);
});

test('what has no denominator is null, not a number', () => {
  const score = scoreOf([{ truth: new Set(), stated: [] }], FOUR);
  expect(score).toEqual({
    tp: 0,
    fp: 0,
    fn: 0,
    tn: 4,
    sensitivity: null,
    specificity: 1,
    kappa: null,
    brier: null,
    stated: 0,
  });
});

test('several readers on one finding are counted together', () => {
  const truth = new Set(['effusion']);
  const readings = [0.9, 0.75, 0.5, 0.4].map((probability) => ({ truth, stated: [say('effusion', probability)] }));
  const score = scoreOf(readings, ['effusion']);
  expect(score).toMatchObject({ tp: 3, fn: 1, sensitivity: 0.75, specificity: null });
  // (0.01 + 0.0625 + 0.25 + 0.36) / 4
  expect(score.brier).toBeCloseTo(0.170625, 12);
});
