// Percentile bootstrap over patients: films of one patient are drawn together, because they are not independent.
import { seededRandom } from '../../engine/seeded-random.ts';

export interface Interval {
  low: number;
  high: number;
}

export const BOOTSTRAP_ROUNDS = 1000;

/** How a bootstrap draws: the same gives the same interval. */
export interface Draws {
  seed: number;
  /** Default BOOTSTRAP_ROUNDS. */
  rounds?: number;
}

/** Indices of `groups` (patient of each item), drawn with replacement by whole patients; calls `statistic` once per round. */
function resample(
  groups: readonly string[],
  rounds: number,
  seed: number,
  statistic: (indices: readonly number[]) => number | null,
): number[] {
  const members = new Map<string, number[]>();
  groups.forEach((group, index) => {
    const list = members.get(group);
    if (list) list.push(index);
    else members.set(group, [index]);
  });
  const patients = [...members.values()];
  const random = seededRandom(seed);
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const drawn: number[] = [];
    for (let i = 0; i < patients.length; i++) drawn.push(...(patients[Math.floor(random() * patients.length)] ?? []));
    const value = statistic(drawn);
    if (value !== null) values.push(value);
  }
  return values.sort((a, b) => a - b);
}

/** Quantile with linear interpolation (R's type 7, numpy's default); `sorted` ascending and not empty. */
export function quantile(sorted: readonly number[], q: number): number {
  const position = (sorted.length - 1) * q;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? low;
  return low + (high - low) * (position - Math.floor(position));
}

/** 95 % interval of a statistic of item indices; null where fewer than half of the rounds give a value. */
export function bootstrapInterval(
  groups: readonly string[],
  statistic: (indices: readonly number[]) => number | null,
  options: Draws,
): Interval | null {
  const rounds = options.rounds ?? BOOTSTRAP_ROUNDS;
  const values = resample(groups, rounds, options.seed, statistic);
  if (groups.length === 0 || values.length < rounds / 2) return null;
  return { low: quantile(values, 0.025), high: quantile(values, 0.975) };
}

export interface PairedDifference {
  /** statistic(B) − statistic(A) on all items. */
  difference: number;
  interval: Interval | null;
  /** Two-sided: twice the smaller share of rounds on one side of zero, at least 1/rounds; null without rounds. */
  p: number | null;
}

/** Difference of two statistics of the same items, resampled together so that their correlation counts. */
export function pairedBootstrap(
  groups: readonly string[],
  a: (indices: readonly number[]) => number | null,
  b: (indices: readonly number[]) => number | null,
  options: Draws,
): PairedDifference | null {
  const rounds = options.rounds ?? BOOTSTRAP_ROUNDS;
  const difference = (indices: readonly number[]): number | null => {
    const [first, second] = [a(indices), b(indices)];
    return first === null || second === null ? null : second - first;
  };
  const whole = difference(groups.map((_, index) => index));
  if (whole === null) return null;
  const values = resample(groups, rounds, options.seed, difference);
  if (values.length < rounds / 2) return { difference: whole, interval: null, p: null };
  const below = values.filter((value) => value <= 0).length / values.length;
  const above = values.filter((value) => value >= 0).length / values.length;
  return {
    difference: whole,
    interval: { low: quantile(values, 0.025), high: quantile(values, 0.975) },
    p: Math.min(1, Math.max(1 / values.length, 2 * Math.min(below, above))),
  };
}
