// Calibration bins and Wilson's interval against values worked out by hand.
import { expect, test } from 'vitest';
import { calibrationOf, intervalOf } from '../../../bot/teaching/calibration.ts';

test('ten bins, each with what was said, what was there and the mean', () => {
  const said = (finding: string, probability: number) => ({ finding, probability });
  const bins = calibrationOf([
    {
      truth: new Set(['effusion', 'edema']),
      stated: [said('effusion', 0.9), said('pneumonia', 0.9), said('edema', 0.75), said('pneumothorax', 0.1)],
    },
    {
      truth: new Set(['effusion']),
      stated: [said('effusion', 1), said('edema', 0.7), said('pneumonia', 0.05), said('cardiomegaly', 0.3)],
    },
  ]);
  expect(bins).toHaveLength(10);
  const filled = bins.filter(({ stated }) => stated > 0);
  expect(filled.map(({ from, stated, present }) => [from, stated, present])).toEqual([
    [0, 1, 0],
    [0.1, 1, 0],
    [0.3, 1, 0],
    [0.7, 2, 1],
    [0.9, 3, 2],
  ]);
  // (0.75 + 0.7) / 2 and (0.9 + 0.9 + 1) / 3
  expect(filled[3]?.mean).toBeCloseTo(0.725, 12);
  expect(filled[4]?.mean).toBeCloseTo(2.8 / 3, 12);
  expect(bins[5]?.mean).toBeNull();
});

test('Wilson’s interval', () => {
  // 4 of 5: middle 0.8 + 3.841459/10, reach 1.959964·√(0.032 + 0.03841459), both over 1 + 3.841459/5.
  const [low = 0, high = 0] = intervalOf(4, 5) ?? [];
  expect(low).toBeCloseTo(0.37553, 5);
  expect(high).toBeCloseTo(0.96378, 5);
  // 0 of 5: 3.841459/5 over 1 + 3.841459/5.
  expect(intervalOf(0, 5)?.[0]).toBe(0);
  expect(intervalOf(0, 5)?.[1]).toBeCloseTo(0.43448, 5);
  expect(intervalOf(5, 5)?.[1]).toBe(1);
  expect(intervalOf(0, 0)).toBeNull();
});
