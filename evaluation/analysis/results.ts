// Puts a study's figures together: what results.json holds and every table and plot is made from.
import type { DatasetImage } from '../data/dataset.ts';
import type { Draws } from '../metrics/bootstrap.ts';
import { meanAndSd, ratesOf } from '../metrics/confusion.ts';
import { type Condition, PAPER_FINDINGS, SWEEP_TEMPERATURES, SWEEP_TOP_PS, sweepId } from '../study/plan.ts';
import type { FailureRecord, StudyRecord } from '../study/records.ts';
import { type StudyIdentity, type StudyPart, seededOrder } from '../study/run-study.ts';
import { type Comparison, compareConditions } from './compare.ts';
import { type ConditionResult, judgedFindings, resultOf, type Spread } from './condition-result.ts';
import { type ImageDependence, imageDependence } from './controls.ts';
import { CONFIRMED, type ConditionCalls, pairsOf, readCalls, type UncertainPolicy } from './predictions.ts';
import { type ScoreResult, scoreResults } from './probabilities.ts';

export interface SweepCell {
  temperature: number;
  topP: number;
  macroF1: Spread;
}

export interface PediatricResult {
  id: string;
  f1: Spread;
  sensitivity: Spread;
  specificity: Spread;
  /** Share of the images called abnormal in whose report cardiomegaly is called. */
  cardiomegalyShare: Spread;
}

export interface DatasetResult {
  dataset: string;
  title: string;
  cohort: 'adult' | 'pediatric';
  paper: string | null;
  differs: string | null;
  source: string;
  license: string;
  images: number;
  patients: number;
  leftOut: Readonly<Record<string, number>>;
  /** Findings of the paper's five without a single positive here: they are in no average. */
  withoutPositives: string[];
  /** Labelled findings that the bundle assesses on none of these images: its reports cannot call them. */
  notAssessed: string[];
  conditions: ConditionResult[];
  comparisons: Comparison[];
  scores: ScoreResult[];
  sweep: { images: number; over: string[]; cells: SweepCell[] } | null;
  pediatric: PediatricResult[];
  dependence: ImageDependence | null;
  failures: FailureRecord[];
}

export interface StudyResults {
  format: 'cxr-results/1';
  study: StudyIdentity;
  identityHash: string;
  uncertain: UncertainPolicy;
  labeller: string;
  datasets: DatasetResult[];
}

function askedImages(part: StudyPart): (condition: Condition) => DatasetImage[] {
  const order = seededOrder(part);
  return (condition) => {
    const chosen = new Set(order.slice(0, condition.images ?? order.length).map((image) => image.id));
    return part.dataset.images.filter((image) => chosen.has(image.id));
  };
}

function hasBoth(calls: ConditionCalls, finding: string): boolean {
  const { positives, n } = ratesOf(countsOf(calls, finding));
  return positives > 0 && positives < n;
}

function countsOf(calls: ConditionCalls, finding: string) {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  for (const { truth } of pairsOf(calls, 0, finding)) truth ? counts.fn++ : counts.tn++;
  return counts;
}

function pediatricResult(calls: ConditionCalls): PediatricResult {
  const rates = calls.runs.map((_, run) => {
    const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
    for (const { truth, predicted } of pairsOf(calls, run, 'abnormal')) {
      if (truth) predicted ? counts.tp++ : counts.fn++;
      else predicted ? counts.fp++ : counts.tn++;
    }
    return ratesOf(counts);
  });
  const shares = calls.runs.map((run) => {
    const abnormal = run.filter((call) => call?.get('abnormal') === true);
    return abnormal.length === 0
      ? null
      : abnormal.filter((call) => call?.get('cardiomegaly') === true).length / abnormal.length;
  });
  return {
    id: calls.id,
    f1: meanAndSd(rates.map((one) => one.f1)),
    sensitivity: meanAndSd(rates.map((one) => one.recall)),
    specificity: meanAndSd(rates.map((one) => one.specificity)),
    cardiomegalyShare: meanAndSd(shares),
  };
}

function sweepOf(
  calls: ReadonlyMap<string, ConditionCalls>,
  over: readonly string[],
  draws: Draws,
): DatasetResult['sweep'] {
  const cells = SWEEP_TOP_PS.flatMap((topP) =>
    SWEEP_TEMPERATURES.flatMap((temperature) => {
      const cell = calls.get(sweepId(temperature, topP));
      if (!cell) return [];
      const { macroF1 } = resultOf(cell, { over, draws, intervals: false });
      return [
        {
          temperature,
          topP,
          macroF1: { mean: macroF1.mean, sd: macroF1.sd },
          images: cell.images.length,
          over: macroF1.over,
        },
      ];
    }),
  );
  const first = cells[0];
  return first
    ? {
        images: first.images,
        over: first.over,
        cells: cells.map(({ temperature, topP, macroF1 }) => ({ temperature, topP, macroF1 })),
      }
    : null;
}

/** The paper's steps from prompt to prompt; every pair where other prompts are asked (the prompt laboratory). */
function comparisonPairs(ids: readonly string[]): [string, string][] {
  const chain: [string, string][] = [
    ['basic', 'specific'],
    ['specific', CONFIRMED],
    ['basic', CONFIRMED],
    ['specific', 'pediatric'],
  ];
  const known = new Set(chain.flat());
  if (ids.some((id) => !known.has(id)))
    return ids.flatMap((a, index) => ids.slice(index + 1).map((b): [string, string] => [a, b]));
  return chain.filter(([a, b]) => ids.includes(a) && ids.includes(b));
}

/** The calls of a part's conditions, by condition id. */
export function callsOf(
  part: StudyPart,
  records: readonly StudyRecord[],
  policy: UncertainPolicy,
): Map<string, ConditionCalls> {
  const all = readCalls(part.dataset, part.plan.conditions, askedImages(part), records, policy);
  return new Map(all.map((calls) => [calls.id, calls]));
}

/** Only where the encoder names findings at all: a bundle without a findings output may speak of anything. */
function notAssessedOf(dataset: string, labelled: ReadonlySet<string>, records: readonly StudyRecord[]): string[] {
  const assessed = new Set<string>();
  for (const record of records) {
    if (record.kind !== 'encoded' || record.dataset !== dataset || record.source !== 'real') continue;
    for (const finding of record.findings) if (finding.assessed) assessed.add(finding.name);
  }
  return assessed.size === 0 ? [] : [...labelled].filter((finding) => !assessed.has(finding));
}

function analysePart(part: StudyPart, records: readonly StudyRecord[], policy: UncertainPolicy): DatasetResult {
  const { dataset, plan } = part;
  const { description } = dataset;
  const draws: Draws = {
    seed: plan.seed,
    ...(plan.bootstrapRounds === undefined ? {} : { rounds: plan.bootstrapRounds }),
  };
  const calls = callsOf(part, records, policy);
  const main = [...calls.values()].filter(({ id }) => !id.startsWith('sweep ') && !id.startsWith('control '));
  const labelled = new Set(dataset.images.flatMap((image) => Object.keys(image.truth)));
  const five = PAPER_FINDINGS.filter((finding) => labelled.has(finding));
  const over = five.length > 0 ? five : ['abnormal'];
  const real = calls.get('control real');
  const dependenceOver = real ? judgedFindings(real).filter((finding) => hasBoth(real, finding)) : [];
  const conditions = main.map((one) => resultOf(one, { over, draws, intervals: true }));
  return {
    dataset: description.name,
    title: description.title,
    cohort: description.cohort,
    paper: description.paper ?? null,
    differs: description.differs ?? null,
    source: description.source,
    license: description.license,
    images: dataset.images.length,
    patients: new Set(dataset.images.map((image) => image.patient)).size,
    leftOut: dataset.leftOut,
    withoutPositives: five.filter((finding) => !dataset.images.some((image) => image.truth[finding] === 'present')),
    notAssessed: notAssessedOf(description.name, labelled, records),
    conditions,
    comparisons: comparisonPairs(main.map(({ id }) => id)).flatMap(([first, second]) => {
      const [a, b] = [calls.get(first), calls.get(second)];
      return a && b ? [compareConditions(a, b, over, draws)] : [];
    }),
    scores: scoreResults(dataset, records, draws),
    sweep: sweepOf(calls, over, draws),
    pediatric: description.cohort === 'pediatric' ? main.map(pediatricResult) : [],
    dependence: imageDependence(calls, dependenceOver, draws),
    failures: records
      .filter((record): record is FailureRecord => record.kind === 'failure' && record.dataset === description.name)
      .sort((a, b) => (a.image < b.image ? -1 : 1)),
  };
}

/** All figures of a study; the same records give the same results in every byte, whatever the order they were written in. */
export function analyseStudy(
  parts: readonly StudyPart[],
  study: StudyIdentity,
  identityHash: string,
  records: readonly StudyRecord[],
  uncertain: UncertainPolicy,
): StudyResults {
  return {
    format: 'cxr-results/1',
    study,
    identityHash,
    uncertain,
    labeller: 'rules',
    datasets: parts.map((part) => analysePart(part, records, uncertain)),
  };
}
