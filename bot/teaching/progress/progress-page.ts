// A person's progress as a page to keep: the same numbers as the text, with plots.

import { calibrationPlot } from '../course/plots.ts';
import { figure, printablePage, table } from '../page.ts';
import { listed, shownNumber, shownRatio } from '../results.ts';
import type { ProgressSummary } from './summary.ts';

export function progressHtml({ cases, inQuiz, score, findings, bins }: ProgressSummary): string {
  const { tp, fp, fn, tn, brier, stated } = score;
  const body = `<h1>Progress over ${cases} ${cases === 1 ? 'case' : 'cases'}</h1>
<p class="facts">${inQuiz} in quizzes · sensitivity ${shownRatio(tp, tp + fn)} · specificity ${shownRatio(tn, tn + fp)} · Brier ${shownNumber(brier)} (${stated} stated)</p>
<h2>By finding</h2>
${table(
  ['Finding', 'Sensitivity', 'Specificity', 'Missed', 'Overcalled'],
  findings.map(({ finding, score: each }) => [
    listed([finding]),
    shownRatio(each.tp, each.tp + each.fn),
    shownRatio(each.tn, each.tn + each.fp),
    each.fn.toString(),
    each.fp.toString(),
  ]),
)}
<h2>Calibration of stated certainty</h2>
<div class="pair">${figure(calibrationPlot([{ name: 'you', bins }]), 'Findings that were there, against the certainty you stated; on the dashed line both agree. A larger mark stands for more statements.')}
${table(
  ['Stated', 'Mean', 'Was there'],
  bins
    .filter((bin) => bin.stated > 0)
    .map(({ from, to, mean, present, stated: said }) => [
      `${(100 * from).toFixed(0)}–${(100 * to).toFixed(0)} %`,
      `${(100 * (mean ?? 0)).toFixed(0)} %`,
      shownRatio(present, said),
    ]),
)}</div>
<p class="note">Counts of all cases are added up before any ratio is taken. A finding counts as called from 50 % on; what you don’t mention counts as absent. The Brier score is the mean of
(probability − truth)² over the findings you mentioned; 0 is best. For learning only.</p>`;
  return printablePage('Progress', body);
}
