// Which of several prompts wins on a data set, by how much, and whether that is more than noise.
import { PROMPT_NAMES } from '../prompts/paper.ts';
import type { Comparison } from './analysis/compare.ts';
import type { DatasetResult } from './analysis/results.ts';
import { interval, plain, type Table, withSd } from './report/table.ts';

export interface RankedPrompt {
  name: string;
  macroF1: { mean: number | null; sd: number | null };
  /** Winner − this one; null for the winner itself or where nothing could be compared. */
  behind: { difference: number; interval: { low: number; high: number } | null; p: number | null } | null;
  /** p after Holm's correction for having looked at several prompts. */
  correctedP: number | null;
}

export interface PromptRanking {
  winner: string;
  prompts: RankedPrompt[];
  /** True when every other prompt is behind by more than noise (Holm, 5 %). */
  certain: boolean;
}

/** Holm's step-down correction; keeps the order of `values`, nulls stay. */
export function holm(values: readonly (number | null)[]): (number | null)[] {
  const order = values
    .flatMap((value, index) => (value === null ? [] : [{ value, index }]))
    .sort((a, b) => a.value - b.value);
  const out: (number | null)[] = values.map(() => null);
  let highest = 0;
  order.forEach(({ value, index }, rank) => {
    highest = Math.min(1, Math.max(highest, value * (order.length - rank)));
    out[index] = highest;
  });
  return out;
}

function behindWinner(comparisons: readonly Comparison[], winner: string, name: string): RankedPrompt['behind'] {
  const forward = comparisons.find((one) => one.first === name && one.second === winner)?.macroF1;
  if (forward) return forward;
  const backward = comparisons.find((one) => one.first === winner && one.second === name)?.macroF1;
  if (!backward) return null;
  const turned = backward.interval ? { low: -backward.interval.high, high: -backward.interval.low } : null;
  return { difference: -backward.difference, interval: turned, p: backward.p };
}

/** Ranks by mean F1 over runs and findings. Null without any prompt that has a figure. */
export function rankPrompts(result: DatasetResult): PromptRanking | null {
  const sorted = [...result.conditions]
    .filter((one) => one.macroF1.mean !== null)
    .sort((a, b) => (b.macroF1.mean ?? 0) - (a.macroF1.mean ?? 0));
  const winner = sorted[0]?.id;
  if (winner === undefined) return null;
  const behind = sorted.map(({ id }) => (id === winner ? null : behindWinner(result.comparisons, winner, id)));
  const corrected = holm(behind.map((one) => one?.p ?? null));
  const prompts = sorted.map(({ id, macroF1 }, index) => ({
    name: id,
    macroF1,
    behind: behind[index] ?? null,
    correctedP: corrected[index] ?? null,
  }));
  const others = prompts.filter(({ name }) => name !== winner);
  return {
    winner,
    prompts,
    certain: others.length > 0 && others.every(({ correctedP }) => correctedP !== null && correctedP < 0.05),
  };
}

function useOf(winner: string): string {
  const known = PROMPT_NAMES.some((name) => name === winner);
  return known
    ? `The bot uses it with DEFAULT_PROMPT=${winner}.`
    : 'It is none of the prompts that the bot can be configured to use.';
}

export function rankingTable(
  result: DatasetResult,
  ranking: PromptRanking,
  hashes: Readonly<Record<string, string>>,
): Table {
  const over = result.conditions[0]?.macroF1.over ?? [];
  return {
    id: `prompts-${result.dataset}`,
    title: `Prompts on ${result.dataset}`,
    columns: ['Prompt', 'Hash', 'Macro F1', 'Behind the best', '95 %', 'p (Holm)'],
    rows: ranking.prompts.map(({ name, macroF1, behind, correctedP }) => [
      name,
      hashes[name] ?? '',
      withSd(macroF1, 3),
      behind ? plain(behind.difference, 3) : '',
      behind ? interval(behind.interval, 3) : '',
      plain(correctedP, 3).replace('–', ''),
    ]),
    notes: [
      `Mean F1 of ${over.join(', ')} over runs; ${result.images} images of ${result.patients} patients; paired bootstrap by patient.`,
      ranking.certain
        ? `"${ranking.winner}" wins, and by more than noise. ${useOf(ranking.winner)}`
        : `"${ranking.winner}" is ahead, but not by more than noise against every other: on this evidence there is no reason to change the bot's prompt.`,
    ],
  };
}
