// How well stated certainty fits what was there: ten bins of stated probability with the counts behind them.
import type { Reading } from './score.ts';

export interface CalibrationBin {
  /** Stated probabilities in [from, to), the last bin with its end. */
  from: number;
  to: number;
  /** How many statements, and how many of these findings the teacher expects. */
  stated: number;
  present: number;
  /** Mean of the stated probabilities; null in an empty bin. */
  mean: number | null;
}

const BINS = 10;

/** Over the findings that readers stated; what they did not mention has no certainty. */
export function calibrationOf(readings: readonly Reading[]): CalibrationBin[] {
  const said = readings.flatMap(({ truth, stated }) =>
    stated.map(({ finding, probability }) => ({ probability, isPresent: truth.has(finding) })),
  );
  return Array.from({ length: BINS }, (_, index) => {
    const mine = said.filter(({ probability }) => binOf(probability) === index);
    const sum = mine.reduce((total, { probability }) => total + probability, 0);
    return {
      from: index / BINS,
      to: (index + 1) / BINS,
      stated: mine.length,
      present: mine.filter(({ isPresent }) => isPresent).length,
      mean: mine.length === 0 ? null : sum / mine.length,
    };
  });
}

/** Probabilities have three digits; the rounding keeps 0.7 out of the bin below. */
function binOf(probability: number): number {
  return Math.min(BINS - 1, Math.floor(Math.round(probability * 1000) / (1000 / BINS)));
}

/** Wilson's 95 % interval of a share; null where there is nothing to count. */
export function intervalOf(part: number, whole: number): [number, number] | null {
  if (whole === 0) return null;
  const z = 1.959963984540054;
  const share = part / whole;
  const middle = share + z ** 2 / (2 * whole);
  const reach = z * Math.sqrt((share * (1 - share)) / whole + z ** 2 / (4 * whole ** 2));
  const width = 1 + z ** 2 / whole;
  // Where all or none were right the bound is exactly 1 or 0, which rounding would miss.
  return [part === 0 ? 0 : (middle - reach) / width, part === whole ? 1 : (middle + reach) / width];
}
