// Whether probabilities mean what they say: reliability by bins and the expected calibration error.
import type { Scored } from './curves.ts';

export interface ReliabilityBin {
  from: number;
  to: number;
  n: number;
  /** Mean probability and observed share of positives in the bin; null when it is empty. */
  meanProbability: number | null;
  observed: number | null;
}

/** Bins of equal width over [0, 1]; a probability on a border belongs to the lower bin, 0 to the first. */
export function reliability(items: readonly Scored[], binCount = 10): ReliabilityBin[] {
  const bins = Array.from({ length: binCount }, () => ({ n: 0, sum: 0, positives: 0 }));
  for (const { score, truth } of items) {
    const bin = bins[Math.min(binCount - 1, Math.max(0, Math.ceil(score * binCount) - 1))];
    if (!bin) continue;
    bin.n++;
    bin.sum += score;
    if (truth) bin.positives++;
  }
  return bins.map(({ n, sum, positives }, index) => ({
    from: index / binCount,
    to: (index + 1) / binCount,
    n,
    meanProbability: n === 0 ? null : sum / n,
    observed: n === 0 ? null : positives / n,
  }));
}

/** Expected calibration error: mean of |observed − probability| over bins, weighted by their size (Guo et al., ICML 2017); null without items. */
export function expectedCalibrationError(items: readonly Scored[], binCount = 10): number | null {
  if (items.length === 0) return null;
  return reliability(items, binCount).reduce(
    (sum, bin) => sum + (bin.n / items.length) * Math.abs((bin.observed ?? 0) - (bin.meanProbability ?? 0)),
    0,
  );
}

/** Mean squared difference between probability and truth; null without items. */
export function brierScore(items: readonly Scored[]): number | null {
  if (items.length === 0) return null;
  return items.reduce((sum, { score, truth }) => sum + (score - (truth ? 1 : 0)) ** 2, 0) / items.length;
}
