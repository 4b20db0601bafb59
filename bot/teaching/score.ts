// Scores answers against the teacher's findings: counts, sensitivity, specificity, Cohen's kappa and Brier score, all with the numbers behind them.
import { CALLED_FROM, SCORED_FINDINGS, type StatedFinding } from './read-answer.ts';

export interface Counts {
  tp: number;
  fp: number;
  fn: number;
  tn: number;
}

/** What one reader says of one finding. */
export type Statement = Pick<StatedFinding, 'finding' | 'probability'>;

/** One reader's calls on one case beside the teacher's. */
export interface Reading {
  /** What the teacher expects to be present; everything else counts as absent. */
  truth: ReadonlySet<string>;
  stated: readonly Statement[];
}

export interface Score extends Counts {
  /** tp / (tp + fn) and tn / (tn + fp); null where the denominator is 0. */
  sensitivity: number | null;
  specificity: number | null;
  /** Cohen's kappa with the teacher; null where chance alone would agree fully. */
  kappa: number | null;
  /** Mean of (probability − truth)² over the findings that the reader stated; null if none. 0 is best. */
  brier: number | null;
  /** How many findings the Brier score is over. */
  stated: number;
}

/** Findings that the reader calls present; not mentioned counts as absent. */
export function calledBy(stated: readonly Statement[]): Set<string> {
  return new Set(stated.filter(({ probability }) => probability >= CALLED_FROM).map(({ finding }) => finding));
}

export function countsOf(readings: readonly Reading[], findings: readonly string[] = SCORED_FINDINGS): Counts {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (const { truth, stated } of readings) {
    const called = calledBy(stated);
    for (const finding of findings) {
      if (truth.has(finding)) called.has(finding) ? counts.tp++ : counts.fn++;
      else called.has(finding) ? counts.fp++ : counts.tn++;
    }
  }
  return counts;
}

/** Over all readings of one reader, or of several readers on one finding. */
export function scoreOf(readings: readonly Reading[], findings: readonly string[] = SCORED_FINDINGS): Score {
  const counts = countsOf(readings, findings);
  const { tp, fp, fn, tn } = counts;
  const errors = readings.flatMap(({ truth, stated }) =>
    stated
      .filter(({ finding }) => findings.includes(finding))
      .map(({ finding, probability }) => (probability - (truth.has(finding) ? 1 : 0)) ** 2),
  );
  return {
    ...counts,
    sensitivity: ratio(tp, tp + fn),
    specificity: ratio(tn, tn + fp),
    kappa: kappaOf(counts),
    brier: ratio(
      errors.reduce((sum, error) => sum + error, 0),
      errors.length,
    ),
    stated: errors.length,
  };
}

/** Cohen's kappa (1960) of a two-by-two table: (observed − expected) / (1 − expected). */
export function kappaOf({ tp, fp, fn, tn }: Counts): number | null {
  const n = tp + fp + fn + tn;
  if (n === 0) return null;
  const observed = (tp + tn) / n;
  const expected = ((tp + fn) * (tp + fp) + (fp + tn) * (fn + tn)) / n ** 2;
  return expected === 1 ? null : (observed - expected) / (1 - expected);
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
