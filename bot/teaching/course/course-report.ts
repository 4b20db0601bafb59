// Several cases as files to keep: one CSV (a row per case, reader and finding) and one page to print, with tables, plots and how they were worked out.
import { type CalibrationBin, intervalOf } from '../calibration.ts';
import { csvOf } from '../export.ts';
import { escaped, figure, printablePage, table } from '../page.ts';
import { listed, shownNumber, shownRatio } from '../results.ts';
import type { Score } from '../score.ts';
import type { Course, CourseReader } from './course.ts';
import { calibrationPlot, sensitivityPlot } from './plots.ts';

const COLUMNS = [
  'case_number',
  'opened',
  'case',
  'reader',
  'is_model',
  'finding',
  'expected',
  'probability',
  'called',
  'hints',
] as const;

export function courseCsv({ lines }: Course): string {
  const bit = (value: boolean): string => (value ? '1' : '0');
  const rows = lines.map((line) => [
    line.case.toString(),
    dayOf(line.openedAt),
    line.title,
    line.reader,
    bit(line.isModel),
    line.finding,
    bit(line.expected),
    line.probability?.toString() ?? '',
    bit(line.called),
    line.hints.toString(),
  ]);
  return csvOf([COLUMNS, ...rows]);
}

export function courseHtml(course: Course): string {
  const { cases, readers, model, findings, bins, together } = course;
  const days = [...new Set([cases[0], cases.at(-1)].map((each) => dayOf(each?.openedAt ?? 0)))].join(' to ');
  const everybody = [...readers, model];
  const body = `<h1>Teaching cases: ${counted(cases.length, 'case')}, ${counted(readers.length, 'participant')}</h1>
<p class="facts">${days} · for teaching only, not a diagnosis and no examination of anybody</p>
<h2>Sensitivity of each reader</h2>
${figure(sensitivityPlot(everybody), 'Sensitivity over all cases with its 95 % interval (Wilson) and counts; the diamond is the model.')}
<h2>Readers over all cases</h2>
${table(
  ['Reader', 'Cases', 'Sensitivity', '95 % interval', 'Specificity', '95 % interval', 'Brier (stated)'],
  everybody.map(({ name, cases: answered, score }) => [
    escaped(name),
    answered.toString(),
    sensitivity(score),
    interval(score.tp, score.tp + score.fn),
    specificity(score),
    interval(score.tn, score.tn + score.fp),
    `${shownNumber(score.brier)} <span class="small">(${score.stated})</span>`,
  ]),
)}
<h2>Agreement: Cohen’s kappa over all cases</h2>
${table(
  [
    'Reader',
    'Kappa with teacher',
    'both / reader only / teacher only / neither',
    'Kappa with model',
    'both / reader only / model only / neither',
  ],
  everybody.map((reader) => [
    escaped(reader.name),
    shownNumber(reader.score.kappa),
    counts(reader.score),
    reader.withModel === null ? '–' : shownNumber(reader.withModel.kappa),
    reader.withModel === null ? '–' : counts(reader.withModel),
  ]),
)}
<h2>Calibration of stated certainty</h2>
<div class="pair">${figure(
    calibrationPlot([
      { name: 'participants', bins },
      { name: 'model', bins: model.bins },
    ]),
    'Findings that were there, against the certainty stated for them; on the dashed line both agree. A larger mark stands for more statements.',
  )}
${calibrationTable(bins, model.bins)}</div>
<h2>Findings</h2>
${table(
  ['Finding', 'Sensitivity', 'Specificity', 'Model: sensitivity', 'Model: specificity'],
  findings.map(({ finding, participants, model: own }) => [
    escaped(listed([finding])),
    sensitivity(participants),
    specificity(participants),
    sensitivity(own),
    specificity(own),
  ]),
)}
<h2>Cases</h2>
${table(
  ['Case', 'Opened', 'Expected', 'Answers', 'Sensitivity', 'Specificity', 'Model: sensitivity', 'Model: specificity'],
  cases.map(({ title, openedAt, expected, answers, score, model: own }, index) => [
    `${index + 1}. ${escaped(title)}`,
    dayOf(openedAt),
    escaped(listed(expected)),
    answers.toString(),
    sensitivity(score),
    specificity(score),
    sensitivity(own),
    specificity(own),
  ]),
)}
<h2>How the numbers are made</h2>
<p class="note">Each reader’s last confirmed answer in each revealed case, over 12 findings a case. A finding counts as called from 50 % on; what a reader doesn’t mention counts as
absent. Counts of all cases are added up before any ratio is taken: participants together have ${shownRatio(together.tp, together.tp + together.fn)} sensitivity and
${shownRatio(together.tn, together.tn + together.fp)} specificity. Kappa is Cohen’s, of the added-up two-by-two table; several findings of one case aren’t independent, so it describes
and doesn’t test. The Brier score is the mean of (probability − truth)² over the findings that a reader mentioned; 0 is best. Intervals are Wilson’s at 95 %. The teacher’s findings are
taken as the truth.</p>`;
  return printablePage('Teaching cases', body);
}

function calibrationTable(bins: readonly CalibrationBin[], model: readonly CalibrationBin[]): string {
  const cell = (bin: CalibrationBin | undefined): string[] =>
    bin === undefined || bin.mean === null
      ? ['–', '–']
      : [`${(100 * bin.mean).toFixed(0)} %`, shownRatio(bin.present, bin.stated)];
  const rows = bins.flatMap((bin, index) => {
    const own = model[index];
    if (bin.stated === 0 && (own?.stated ?? 0) === 0) return [];
    return [[`${(100 * bin.from).toFixed(0)}–${(100 * bin.to).toFixed(0)} %`, ...cell(bin), ...cell(own)]];
  });
  return table(['Stated', 'Mean', 'Was there', 'Model: mean', 'Model: was there'], rows);
}

function sensitivity({ tp, fn }: Score): string {
  return shownRatio(tp, tp + fn);
}

function specificity({ tn, fp }: Score): string {
  return shownRatio(tn, tn + fp);
}

function interval(part: number, whole: number): string {
  const found = intervalOf(part, whole);
  return found === null ? '–' : `${found.map((bound) => (100 * bound).toFixed(0)).join('–')} %`;
}

/** The two-by-two table in one line: both, reader only, other only, neither. */
function counts({ tp, fp, fn, tn }: CourseReader['score']): string {
  return `${tp} / ${fp} / ${fn} / ${tn}`;
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
