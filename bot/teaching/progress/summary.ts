// A person's results over cases as numbers: pooled counts, scores by finding, calibration, what was missed.
import { type CalibrationBin, calibrationOf } from '../calibration.ts';
import { SCORED_FINDINGS } from '../read-answer.ts';
import { type Reading, type Score, scoreOf } from '../score.ts';
import type { CaseResult } from './progress-store.ts';

export interface FindingSummary {
  finding: string;
  score: Score;
}

export interface ProgressSummary {
  cases: number;
  /** How many of them in quizzes. */
  inQuiz: number;
  /** Unix time of the first; null without cases. */
  since: number | null;
  /** Over all cases and findings. */
  score: Score;
  /** Findings that were expected or called at least once. */
  findings: FindingSummary[];
  /** Those that were missed, the most often missed first. */
  missed: FindingSummary[];
  bins: CalibrationBin[];
}

export function readingOf({ expected, stated }: Pick<CaseResult, 'expected' | 'stated'>): Reading {
  return { truth: new Set(expected), stated };
}

export function summaryOf(results: readonly CaseResult[]): ProgressSummary {
  const readings = results.map(readingOf);
  const findings = SCORED_FINDINGS.map((finding) => ({ finding, score: scoreOf(readings, [finding]) })).filter(
    ({ score: { tp, fn, fp } }) => tp + fn + fp > 0,
  );
  return {
    cases: results.length,
    inQuiz: results.filter(({ board }) => board === null).length,
    since: results[0]?.at ?? null,
    score: scoreOf(readings),
    findings,
    missed: findings.filter(({ score }) => score.fn > 0).sort((a, b) => b.score.fn - a.score.fn),
    bins: calibrationOf(readings),
  };
}
