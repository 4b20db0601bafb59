// Counts of right and wrong, and the ratios made of them.

export interface Confusion {
  tp: number;
  fp: number;
  fn: number;
  tn: number;
}

/** Ratios in [0, 1]; null where the denominator is 0 (no positives, say), so that nobody averages an invented number. */
export interface Rates {
  n: number;
  positives: number;
  prevalence: number | null;
  precision: number | null;
  recall: number | null;
  f1: number | null;
  specificity: number | null;
  accuracy: number | null;
  /** Sensitivity + specificity − 1: 0 for anything that does not look at the image. */
  youden: number | null;
}

export interface Pair {
  truth: boolean;
  predicted: boolean;
}

export function confusionOf(pairs: Iterable<Pair>): Confusion {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (const { truth, predicted } of pairs) {
    if (truth) predicted ? counts.tp++ : counts.fn++;
    else predicted ? counts.fp++ : counts.tn++;
  }
  return counts;
}

export function addConfusions(all: readonly Confusion[]): Confusion {
  return all.reduce(
    (sum, one) => ({ tp: sum.tp + one.tp, fp: sum.fp + one.fp, fn: sum.fn + one.fn, tn: sum.tn + one.tn }),
    { tp: 0, fp: 0, fn: 0, tn: 0 },
  );
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** F1 is 2·TP / (2·TP + FP + FN): 0 where there are positives and none is found, null where there is neither truth nor prediction. */
export function ratesOf({ tp, fp, fn, tn }: Confusion): Rates {
  const n = tp + fp + fn + tn;
  const recall = ratio(tp, tp + fn);
  const specificity = ratio(tn, tn + fp);
  return {
    n,
    positives: tp + fn,
    prevalence: ratio(tp + fn, n),
    precision: ratio(tp, tp + fp),
    recall,
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    specificity,
    accuracy: ratio(tp + tn, n),
    youden: recall === null || specificity === null ? null : recall + specificity - 1,
  };
}

/** Unweighted mean over findings that have a value; null if none has. */
export function macro(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Mean and sample standard deviation (n − 1) over runs, as the paper prints them; SD is null for a single run. */
export function meanAndSd(values: readonly (number | null)[]): { mean: number | null; sd: number | null } {
  const known = values.filter((value) => value !== null);
  const mean = macro(known);
  if (mean === null || known.length < 2) return { mean, sd: null };
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (known.length - 1)) };
}
