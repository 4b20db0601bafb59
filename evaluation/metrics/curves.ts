// ROC and precision-recall curves of a score, and the areas under them.

export interface Scored {
  truth: boolean;
  /** Any real number; higher means more likely. */
  score: number;
}

export interface CurvePoint {
  x: number;
  y: number;
  /** Everything with a score ≥ threshold counts as positive. */
  threshold: number;
}

/** Cumulative true and false positives at each distinct score, from the highest down. */
function steps(items: readonly Scored[]): { tp: number; fp: number; threshold: number }[] {
  const sorted = [...items].sort((a, b) => b.score - a.score);
  const out: { tp: number; fp: number; threshold: number }[] = [];
  let tp = 0;
  let fp = 0;
  sorted.forEach((item, index) => {
    if (item.truth) tp++;
    else fp++;
    if (sorted[index + 1]?.score !== item.score) out.push({ tp, fp, threshold: item.score });
  });
  return out;
}

/** x = 1 − specificity, y = sensitivity; starts at (0, 0). Empty without both classes. */
export function rocCurve(items: readonly Scored[]): CurvePoint[] {
  const positives = items.filter((item) => item.truth).length;
  const negatives = items.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const points = steps(items).map(({ tp, fp, threshold }) => ({ x: fp / negatives, y: tp / positives, threshold }));
  return [{ x: 0, y: 0, threshold: Number.POSITIVE_INFINITY }, ...points];
}

/** Area under the ROC curve (trapezoids, so ties count half: Mann and Whitney's U); null without both classes. */
export function auroc(items: readonly Scored[]): number | null {
  const curve = rocCurve(items);
  if (curve.length === 0) return null;
  let area = 0;
  for (let i = 1; i < curve.length; i++) {
    const a = curve[i - 1];
    const b = curve[i];
    if (a && b) area += ((b.x - a.x) * (a.y + b.y)) / 2;
  }
  return area;
}

/** x = recall, y = precision. Empty without positives. */
export function prCurve(items: readonly Scored[]): CurvePoint[] {
  const positives = items.filter((item) => item.truth).length;
  if (positives === 0) return [];
  return steps(items).map(({ tp, fp, threshold }) => ({ x: tp / positives, y: tp / (tp + fp), threshold }));
}

/** Average precision: Σ (Rₙ − Rₙ₋₁)·Pₙ, without interpolation (scikit-learn's definition); null without positives. */
export function auprc(items: readonly Scored[]): number | null {
  const curve = prCurve(items);
  if (curve.length === 0) return null;
  let last = 0;
  let area = 0;
  for (const point of curve) {
    area += (point.x - last) * point.y;
    last = point.x;
  }
  return area;
}
