// What a person reads of their progress, and a channel of its leaderboard.
import type { CalibrationBin } from '../calibration.ts';
import { listed, shownNumber, shownRatio } from '../results.ts';
import type { BoardRow } from './leaderboard.ts';
import type { Recall } from './recall.ts';
import type { FindingSummary, ProgressSummary } from './summary.ts';

export const NO_PROGRESS =
  'I know no case of yours yet: answer one in a case’s thread, or start `/case quiz` in a direct message with me.';
export const OPTED_OUT =
  'I keep no progress of you, as you wished. `/case progress on` begins anew, with nothing from before.';

export function progressText(summary: ProgressSummary, recall: Recall, now: Date): string {
  const { cases, inQuiz, since, score, findings, missed, bins } = summary;
  const { tp, fp, fn, tn, brier, stated } = score;
  const first = since === null ? '' : `, since ${dayOf(new Date(since))}`;
  const soon = soonest(recall, now);
  return [
    `**Your progress over ${counted(cases, 'case')}** (${inQuiz} in quizzes${first})`,
    `Sensitivity ${shownRatio(tp, tp + fn)}; specificity ${shownRatio(tn, tn + fp)}; Brier ${shownNumber(brier)} (${stated} stated)`,
    ['**By finding**', ...findings.map(findingLine)].join('\n'),
    missed.length === 0
      ? 'Nothing was missed.'
      : `**Missed**: ${missed.map(({ finding, score: each }) => `${words(finding)} (${each.fn} of ${each.tp + each.fn})`).join(', ')}`,
    ['**How sure, and how often it was there**', ...binLines(bins)].join('\n'),
    ...(soon.length === 0 ? [] : [`**Comes back**: ${soon.join(', ')}`]),
    'Only you see this. `/case progress off` erases it and keeps none; `/case forget-me` takes out your answers everywhere as well.',
  ].join('\n\n');
}

export function binLines(bins: readonly CalibrationBin[]): string[] {
  return bins
    .filter(({ stated }) => stated > 0)
    .map(
      ({ from, to, stated, present, mean }) =>
        `- ${percent(from)}–${percent(to)} %: said ${counted(stated, 'time')}, ${percent(mean ?? 0)} % on average; there in ${shownRatio(present, stated)}`,
    );
}

export function boardText(rows: readonly BoardRow[]): string {
  if (rows.length === 0) return 'Nobody has answered a revealed case in this channel yet.';
  const lines = rows.map(
    ({ rank, name, cases, score: { tp, fp, fn, tn } }) =>
      `- ${rank}. **${name}**: ${counted(cases, 'case')}, sensitivity ${shownRatio(tp, tp + fn)}, specificity ${shownRatio(tn, tn + fp)}`,
  );
  return ['**Leaderboard of this channel** (mean of sensitivity and specificity over one’s cases)', ...lines].join(
    '\n',
  );
}

/** The next findings to come back, the nearest first. */
export function soonest({ findings }: Recall, now: Date): string[] {
  return [...findings]
    .sort(([, a], [, b]) => a.due.getTime() - b.due.getTime())
    .slice(0, 3)
    .map(([finding, { due }]) => `${words(finding)} ${inDays(due, now)}`);
}

function findingLine({ finding, score: { tp, fn, tn, fp } }: FindingSummary): string {
  return `- ${words(finding)}: sensitivity ${shownRatio(tp, tp + fn)}, specificity ${shownRatio(tn, tn + fp)}`;
}

function inDays(due: Date, now: Date): string {
  const days = Math.ceil((due.getTime() - now.getTime()) / 86_400_000);
  if (days <= 0) return 'now';
  return days === 1 ? 'within a day' : `in ${days} days`;
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function percent(share: number): string {
  return (100 * share).toFixed(0);
}

function words(finding: string): string {
  return listed([finding]);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
