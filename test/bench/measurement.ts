// What a benchmark section gives and gets.
export interface Measurement {
  name: string;
  value: number;
  unit: string;
  /** In words, where there is one. */
  target?: string;
  isMet?: boolean;
}

export interface BenchContext {
  bundleDir: string;
  /** A PNG on the disk. */
  image: string;
  /** The built command. */
  cxr: string;
  rounds: number;
  /** A folder that is removed at the end. */
  dir: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function atMost(name: string, value: number, unit: string, limit: number): Measurement {
  return { name, value, unit, target: `≤ ${limit} ${unit}`, isMet: value <= limit };
}

export function atLeast(name: string, value: number, unit: string, limit: number): Measurement {
  return { name, value, unit, target: `≥ ${limit} ${unit}`.trim(), isMet: value >= limit };
}

/** Runs `work` so often and gives the durations in milliseconds. */
export async function timed(rounds: number, work: () => Promise<unknown>): Promise<number[]> {
  const durations: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await work();
    durations.push(performance.now() - started);
  }
  return durations;
}
