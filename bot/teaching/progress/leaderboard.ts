// The leaderboard of one channel: only people who answered cases there, by the mean of sensitivity and specificity over their cases.
import { type Score, scoreOf } from '../score.ts';
import type { CaseResult } from './progress-store.ts';
import { readingOf } from './summary.ts';

export interface BoardRow {
  /** From 1; equal values share a rank. */
  rank: number;
  name: string;
  cases: number;
  score: Score;
}

export function leaderboardOf(everybody: readonly (readonly CaseResult[])[], channel: string): BoardRow[] {
  const rows = everybody.flatMap((results) => {
    const here = results.filter(({ board }) => board?.channel === channel);
    // Who has set a name once is known by it.
    const name = here.findLast(({ board }) => board?.name !== '')?.board?.name ?? '';
    return here.length === 0 ? [] : [{ name, cases: here.length, score: scoreOf(here.map(readingOf)) }];
  });
  const ordered = rows
    .map((row) => ({ ...row, value: balanced(row.score) }))
    .sort((a, b) => b.value - a.value || b.cases - a.cases || a.name.localeCompare(b.name));
  let unnamed = 0;
  return ordered.map(({ value, ...row }) => ({
    ...row,
    name: row.name === '' ? `Reader ${++unnamed}` : row.name,
    rank: 1 + ordered.filter((other) => other.value > value).length,
  }));
}

/** Balanced accuracy; of what has a denominator. */
function balanced({ sensitivity, specificity }: Score): number {
  const defined = [sensitivity, specificity].filter((value) => value !== null);
  return defined.reduce((sum, value) => sum + value, 0) / Math.max(1, defined.length);
}
