// Metrics against values worked out by hand and against definitions written a second time, in another way.
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../engine/seeded-random.ts';
import { cohensKappa, mcNemar } from '../../../evaluation/metrics/agreement.ts';
import { bootstrapInterval, pairedBootstrap, quantile } from '../../../evaluation/metrics/bootstrap.ts';
import { brierScore, expectedCalibrationError, reliability } from '../../../evaluation/metrics/calibration.ts';
import { addConfusions, confusionOf, macro, meanAndSd, ratesOf } from '../../../evaluation/metrics/confusion.ts';
import { auprc, auroc, rocCurve, type Scored } from '../../../evaluation/metrics/curves.ts';
import { hash32, shuffled } from '../../../evaluation/metrics/random.ts';

describe('confusion', () => {
  // By hand: TP 3, FP 1, FN 2, TN 4.
  const pairs = [
    ...Array.from({ length: 3 }, () => ({ truth: true, predicted: true })),
    { truth: false, predicted: true },
    ...Array.from({ length: 2 }, () => ({ truth: true, predicted: false })),
    ...Array.from({ length: 4 }, () => ({ truth: false, predicted: false })),
  ];
  test('rates by hand', () => {
    const rates = ratesOf(confusionOf(pairs));
    expect(rates.precision).toBeCloseTo(3 / 4);
    expect(rates.recall).toBeCloseTo(3 / 5);
    expect(rates.f1).toBeCloseTo(2 / 3);
    expect(rates.specificity).toBeCloseTo(4 / 5);
    expect(rates.accuracy).toBeCloseTo(0.7);
    expect(rates.prevalence).toBeCloseTo(0.5);
    expect(rates.youden).toBeCloseTo(0.4);
  });
  test('nothing is invented where a denominator is 0', () => {
    expect(ratesOf({ tp: 0, fp: 0, fn: 0, tn: 5 })).toMatchObject({
      precision: null,
      recall: null,
      f1: null,
      specificity: 1,
    });
    expect(ratesOf({ tp: 0, fp: 0, fn: 2, tn: 5 })).toMatchObject({ precision: null, recall: 0, f1: 0 });
  });
  test('macro averages findings, micro adds counts', () => {
    const a = { tp: 1, fp: 0, fn: 0, tn: 9 };
    const b = { tp: 1, fp: 3, fn: 1, tn: 5 };
    expect(macro([ratesOf(a).f1, ratesOf(b).f1, null])).toBeCloseTo((1 + 1 / 3) / 2);
    expect(ratesOf(addConfusions([a, b])).f1).toBeCloseTo(4 / 8);
  });
  test('mean and sample SD', () => {
    expect(meanAndSd([0.4, 0.5, 0.6])).toEqual({ mean: expect.closeTo(0.5), sd: expect.closeTo(0.1) });
    expect(meanAndSd([0.4])).toEqual({ mean: 0.4, sd: null });
  });
});

function randomScored(count: number, seed: number, ties: boolean): Scored[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const truth = random() < 0.3;
    const score = Math.min(1, random() * 0.7 + (truth ? 0.3 : 0));
    return { truth, score: ties ? Math.round(score * 5) / 5 : score };
  });
}

/** Share of positive–negative pairs in the right order, ties half: what the area under the ROC curve means. */
function aurocByPairs(items: readonly Scored[]): number {
  const positives = items.filter((item) => item.truth);
  const negatives = items.filter((item) => !item.truth);
  const won = positives.flatMap((p) => negatives.map((n) => (p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0)));
  return won.reduce((sum: number, value) => sum + value, 0) / won.length;
}

/** Average precision as scikit-learn defines it, by trying every threshold from scratch. */
function averagePrecisionByThresholds(items: readonly Scored[]): number {
  const thresholds = [...new Set(items.map((item) => item.score))].sort((a, b) => b - a);
  let last = 0;
  let area = 0;
  for (const threshold of thresholds) {
    const called = items.filter((item) => item.score >= threshold);
    const right = called.filter((item) => item.truth).length;
    const recall = right / items.filter((item) => item.truth).length;
    area += (recall - last) * (right / called.length);
    last = recall;
  }
  return area;
}

describe('curves', () => {
  test('scikit-learn’s documented example', () => {
    // roc_auc_score([0,0,1,1], [.1,.4,.35,.8]) = 0.75; average_precision_score = 0.8333…
    const items = [0.1, 0.4, 0.35, 0.8].map((score, index) => ({ score, truth: index > 1 }));
    expect(auroc(items)).toBeCloseTo(0.75, 12);
    expect(auprc(items)).toBeCloseTo(0.8333333333, 9);
  });
  test.each([false, true])('equal to the definitions on random scores, ties %s', (ties) => {
    for (let seed = 1; seed <= 20; seed++) {
      const items = randomScored(80, seed, ties);
      expect(auroc(items)).toBeCloseTo(aurocByPairs(items), 12);
      expect(auprc(items)).toBeCloseTo(averagePrecisionByThresholds(items), 12);
    }
  });
  test('no area without both classes', () => {
    expect(auroc([{ truth: true, score: 1 }])).toBeNull();
    expect(auprc([{ truth: false, score: 1 }])).toBeNull();
    expect(rocCurve([])).toEqual([]);
  });
});

describe('calibration', () => {
  test('by hand', () => {
    const items = [
      { truth: true, score: 0.9 },
      { truth: false, score: 0.9 },
      { truth: false, score: 0.2 },
      { truth: false, score: 0.1 },
    ];
    // Bin (0.8, 0.9]: 2 items, 0.9 against 0.5; (0.1, 0.2]: 0.2 against 0; [0, 0.1]: 0.1 against 0.
    expect(expectedCalibrationError(items)).toBeCloseTo(0.5 * 0.4 + 0.25 * 0.2 + 0.25 * 0.1, 12);
    expect(brierScore(items)).toBeCloseTo((0.01 + 0.81 + 0.04 + 0.01) / 4, 12);
    expect(
      reliability(items)
        .filter((bin) => bin.n > 0)
        .map((bin) => bin.n),
    ).toEqual([1, 1, 2]);
  });
  test('probabilities that are right on average have no error', () => {
    const items = Array.from({ length: 10 }, (_, i) => ({ truth: i < 3, score: 0.3 }));
    expect(expectedCalibrationError(items)).toBeCloseTo(0, 12);
  });
});

describe('bootstrap', () => {
  test('quantiles as numpy gives them', () => {
    expect(quantile([1, 2, 3, 4], 0.25)).toBeCloseTo(1.75);
    expect(quantile([1, 2, 3, 4], 0.975)).toBeCloseTo(3.925);
  });
  test('the interval of a mean is about ±1.96 standard errors', () => {
    const random = seededRandom(7);
    const values = Array.from({ length: 400 }, () => random());
    const groups = values.map((_, index) => `p${index}`);
    const mean = (indices: readonly number[]) => indices.reduce((sum, i) => sum + (values[i] ?? 0), 0) / indices.length;
    const interval = bootstrapInterval(groups, mean, { seed: 1 });
    const standardError = Math.sqrt(1 / 12 / 400);
    expect(interval?.high).toBeCloseTo(mean(groups.map((_, i) => i)) + 1.96 * standardError, 1.9);
    expect((interval?.high ?? 0) - (interval?.low ?? 0)).toBeGreaterThan(3 * standardError);
    expect((interval?.high ?? 0) - (interval?.low ?? 0)).toBeLessThan(5 * standardError);
    expect(bootstrapInterval(groups, mean, { seed: 1 })).toEqual(interval);
  });
  test('films of one patient are drawn together, so the interval is wider', () => {
    const values = Array.from({ length: 200 }, (_, i) => (Math.floor(i / 20) % 2 === 0 ? 1 : 0));
    const mean = (indices: readonly number[]) => indices.reduce((sum, i) => sum + (values[i] ?? 0), 0) / indices.length;
    const width = (groups: string[]) => {
      const interval = bootstrapInterval(groups, mean, { seed: 3 });
      return (interval?.high ?? 0) - (interval?.low ?? 0);
    };
    expect(width(values.map((_, i) => `patient ${Math.floor(i / 20)}`))).toBeGreaterThan(
      2 * width(values.map((_, i) => `${i}`)),
    );
  });
  test('paired: equal systems do not differ, a better one does', () => {
    const right = Array.from({ length: 200 }, (_, i) => i % 2);
    const better = right.map((value, i) => (i % 4 === 0 ? 1 : value));
    const groups = right.map((_, i) => `p${i}`);
    const mean = (values: number[]) => (indices: readonly number[]) =>
      indices.reduce((sum, i) => sum + (values[i] ?? 0), 0) / indices.length;
    expect(pairedBootstrap(groups, mean(right), mean(right), { seed: 1 })).toMatchObject({ difference: 0, p: 1 });
    const difference = pairedBootstrap(groups, mean(right), mean(better), { seed: 1 });
    expect(difference?.difference).toBeCloseTo(0.25);
    expect(difference?.interval?.low).toBeGreaterThan(0.15);
    expect(difference?.p).toBeLessThan(0.01);
  });
});

describe('agreement', () => {
  test('kappa of the textbook table 20, 5, 10, 15 is 0.4', () => {
    const cells = [
      ['yes', 'yes', 20],
      ['yes', 'no', 5],
      ['no', 'yes', 10],
      ['no', 'no', 15],
    ] as const;
    const a = cells.flatMap(([first, , count]) => Array.from({ length: count }, () => first));
    const b = cells.flatMap(([, second, count]) => Array.from({ length: count }, () => second));
    expect(cohensKappa(a, b)).toBeCloseTo(0.4, 12);
    expect(cohensKappa(['yes', 'yes'], ['yes', 'yes'])).toBeNull();
  });
  test('McNemar’s exact p by hand: 1 against 5 gives 2·(1 + 6)/64', () => {
    const first = [true, ...Array.from({ length: 5 }, () => false), true, false];
    const second = [false, ...Array.from({ length: 5 }, () => true), true, false];
    const result = mcNemar(first, second);
    expect(result).toEqual({ onlyFirst: 1, onlySecond: 5, p: expect.closeTo(14 / 64, 12) });
    expect(mcNemar([true], [true]).p).toBe(1);
  });
});

test('random numbers are fixed by their seed and a hash is the same everywhere', () => {
  expect(seededRandom(1)()).toBe(seededRandom(1)());
  expect(seededRandom(1)()).not.toBe(seededRandom(2)());
  // First four bytes of SHA-256("abc"): ba7816bf.
  expect(hash32('abc')).toBe(0xba7816bf);
  expect([...shuffled([1, 2, 3, 4, 5], 9)].sort()).toEqual([1, 2, 3, 4, 5]);
  expect(shuffled([1, 2, 3, 4, 5], 9)).toEqual(shuffled([1, 2, 3, 4, 5], 9));
});
