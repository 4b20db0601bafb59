// Figures of one condition: rates per finding, mean and SD over runs, macro and micro F1, intervals by patient.
import { bootstrapInterval, type Draws, type Interval } from '../metrics/bootstrap.ts';
import {
  addConfusions,
  type Confusion,
  confusionOf,
  macro,
  meanAndSd,
  type Rates,
  ratesOf,
} from '../metrics/confusion.ts';
import { type ConditionCalls, pairsOf } from './predictions.ts';

export interface Spread {
  mean: number | null;
  sd: number | null;
}

export const RATE_NAMES = ['f1', 'precision', 'recall', 'specificity', 'accuracy', 'youden'] as const;
export type RateName = (typeof RATE_NAMES)[number];

export interface FindingResult {
  finding: string;
  n: number;
  positives: number;
  prevalence: number | null;
  rates: Record<RateName, Spread>;
  /** 95 % bootstrap interval by patient of the mean F1 over runs. */
  f1Interval: Interval | null;
  /** Of the first run. */
  confusion: Confusion;
}

export interface ConditionResult {
  id: string;
  images: number;
  runs: number;
  findings: FindingResult[];
  /** Over the findings named; unweighted mean of their F1. */
  macroF1: Spread & { interval: Interval | null; over: string[] };
  microF1: Spread;
  failedAnswers: number;
}

/** Truth and calls as flat arrays for quick resampling: 1 both, 0 neither, per run; −1 where it does not count. */
interface Table {
  truth: Int8Array;
  calls: Int8Array[];
}

function tableOf(calls: ConditionCalls, finding: string): Table {
  const truth = new Int8Array(calls.images.length).fill(-1);
  const perRun = calls.runs.map((_, run) => {
    const row = new Int8Array(calls.images.length).fill(-1);
    for (const pair of pairsOf(calls, run, finding)) {
      truth[pair.index] = pair.truth ? 1 : 0;
      row[pair.index] = pair.predicted ? 1 : 0;
    }
    return row;
  });
  return { truth, calls: perRun };
}

function countOn(table: Table, run: number, indices: readonly number[]): Confusion {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  const row = table.calls[run];
  if (!row) return counts;
  for (const index of indices) {
    const call = row[index];
    if (call === -1) continue;
    if (table.truth[index] === 1) call === 1 ? counts.tp++ : counts.fn++;
    else call === 1 ? counts.fp++ : counts.tn++;
  }
  return counts;
}

/** Mean over runs of the unweighted mean over findings of a rate, on some of the images: what is resampled and compared. */
export function macroStatistic(
  calls: ConditionCalls,
  findings: readonly string[],
  rate: RateName,
): (indices: readonly number[]) => number | null {
  const tables = findings.map((finding) => tableOf(calls, finding));
  return (indices) =>
    macro(calls.runs.map((_, run) => macro(tables.map((table) => ratesOf(countOn(table, run, indices))[rate]))));
}

function findingResult(calls: ConditionCalls, finding: string, draws: Draws, intervals: boolean): FindingResult {
  const confusions = calls.runs.map((_, run) => confusionOf(pairsOf(calls, run, finding)));
  const rates = confusions.map(ratesOf);
  const first = rates[0] ?? ratesOf({ tp: 0, fp: 0, fn: 0, tn: 0 });
  const spread = (name: keyof Rates & RateName) => meanAndSd(rates.map((one) => one[name]));
  const patients = calls.images.map((image) => image.patient);
  return {
    finding,
    n: first.n,
    positives: first.positives,
    prevalence: first.prevalence,
    rates: Object.fromEntries(RATE_NAMES.map((name) => [name, spread(name)])) as Record<RateName, Spread>,
    f1Interval: intervals ? bootstrapInterval(patients, macroStatistic(calls, [finding], 'f1'), draws) : null,
    confusion: confusions[0] ?? { tp: 0, fp: 0, fn: 0, tn: 0 },
  };
}

/** Findings that the data set labels and this condition calls, in the data set's order. */
export function judgedFindings(calls: ConditionCalls): string[] {
  const labelled = [...new Set(calls.images.flatMap((image) => Object.keys(image.truth)))];
  return labelled.filter(
    (finding) => finding !== 'no-finding' && calls.runs.some((_, run) => pairsOf(calls, run, finding).length > 0),
  );
}

/** `over` are the findings of the macro mean; those without a single positive in the data are left out of it and said so by the caller. */
export function resultOf(
  calls: ConditionCalls,
  options: { over: readonly string[]; draws: Draws; intervals: boolean },
): ConditionResult {
  const findings = judgedFindings(calls).map((finding) =>
    findingResult(calls, finding, options.draws, options.intervals),
  );
  const over = options.over.filter((name) =>
    findings.some(({ finding, positives }) => finding === name && positives > 0),
  );
  const perRun = calls.runs.map((_, run) => over.map((finding) => confusionOf(pairsOf(calls, run, finding))));
  const patients = calls.images.map((image) => image.patient);
  return {
    id: calls.id,
    images: calls.images.length,
    runs: calls.runs.length,
    findings,
    macroF1: {
      ...meanAndSd(perRun.map((confusions) => macro(confusions.map((one) => ratesOf(one).f1)))),
      interval:
        options.intervals && over.length > 0
          ? bootstrapInterval(patients, macroStatistic(calls, over, 'f1'), options.draws)
          : null,
      over,
    },
    microF1: meanAndSd(perRun.map((confusions) => ratesOf(addConfusions(confusions)).f1)),
    failedAnswers: calls.runs.reduce((sum, run) => sum + run.filter((call) => call === null).length, 0),
  };
}
