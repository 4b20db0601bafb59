// What people read in a case's thread: opening, the reading back of an answer, the reveal.
import { differentialLines } from './differential.ts';
import { readDuration, shownDuration } from './durations.ts';
import { CALLED_FROM, SCORED_FINDINGS, type StatedFinding } from './read-answer.ts';
import { listed, type ReaderRow, resultsOf, shownNumber, shownRatio } from './results.ts';
import type { CaseSession } from './session.ts';
import { tableText } from './table-text.ts';

/** Before the reveal every question but the one on the projection gets this. */
export const NOT_YET =
  'The teacher will reveal what I see. Until then: go through airway, lungs, pleura, heart, mediastinum, bones and corners, and post what you find.';

export function openingText({ description }: CaseSession): string {
  const { title, history, difficulty, tags, reveal } = description;
  const after = readDuration(reveal);
  const facts = [difficulty ?? '', tags.join(', ')].filter((fact) => fact !== '').join('; ');
  return [
    `**Case: ${title}**${facts === '' ? '' : ` (${facts})`}`,
    ...(history === '' ? [] : [`History: ${history}`]),
    'Post your findings in your own words and say how sure you are ("probable left effusion, no pneumothorax"), and your differential ("ddx: first, second, third"), or press **Give my answer**. My report stays hidden until the reveal.',
    ...(after === null ? [] : [`The case is revealed ${shownDuration(after)} after its opening.`]),
  ].join('\n\n');
}

export function readBack(stated: readonly StatedFinding[], differential: readonly string[]): string {
  const lines = isNormal(stated)
    ? [`- normal: all ${stated.length} findings absent (${shownPercent(1 - stated[0].probability)} sure each)`]
    : stated.map(({ finding, probability }) => `- ${finding.replaceAll('-', ' ')}: ${degreeOf(probability)}`);
  const findings =
    lines.length === 0
      ? 'I read no findings in this; what you said of them before stays.'
      : ['I read your answer like this (unnamed findings count as absent):', ...lines].join('\n');
  if (differential.length === 0) return findings;
  return `${findings}\n\nYour differential, likeliest first: ${differential.map((each, rank) => `${rank + 1}. ${each}`).join(', ')}`;
}

/** What counts as absent is told as that, with the certainty of the "no". */
function degreeOf(probability: number): string {
  if (probability >= CALLED_FROM) return `${shownPercent(probability)} present`;
  return `absent (${shownPercent(1 - probability)} sure)`;
}

const shownPercent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** Every finding stated absent, and equally sure: people said "normal", and a list of twelve lines would only hide that it was understood. */
function isNormal(stated: readonly StatedFinding[]): stated is readonly [StatedFinding, ...StatedFinding[]] {
  const [first] = stated;
  return (
    first !== undefined &&
    stated.length === SCORED_FINDINGS.length &&
    first.probability < CALLED_FROM &&
    stated.every(({ probability }) => probability === first.probability)
  );
}

export function revealText(session: CaseSession): string {
  const { description, films, further } = session;
  const { readers, model, findings, expected } = resultsOf(session);
  const ranked = differentialLines(session);
  const blocks = [
    `**Reveal: ${description.title}**`,
    `Expected: ${listed(expected)}${description.findings === '' ? '' : ` (teacher: ${description.findings})`}`,
    ...(description.diagnosis === '' ? [] : [`Diagnosis: ${description.diagnosis}`]),
    ['**Answers side by side**', readersTable([...readers, model])].join('\n\n'),
    ...(readers.length === 0 || findings.length === 0
      ? []
      : [
          [
            '**By finding (participants together)**',
            tableText(
              ['Finding', 'Sensitivity', 'Specificity'],
              findings.map(({ finding, score: { tp, fn, tn, fp } }) => [
                finding.replaceAll('-', ' '),
                shownRatio(tp, tp + fn),
                shownRatio(tn, tn + fp),
              ]),
            ),
          ].join('\n\n'),
        ]),
    ...films.map(
      ({ report }, index) =>
        `**The model's report${films.length > 1 ? `, film ${index + 1}` : ''}** (a draft, not the truth)\n${report}`,
    ),
    ...(ranked.length === 0 ? [] : [['**Differential, ranked**', ...ranked].join('\n')]),
    ...(further === null || further.differential === ''
      ? []
      : [`The model on the differential: ${further.differential}`]),
    ...(description.next === '' ? [] : [`Next examination: ${description.next}`]),
    ...(further === null || further.examination === ''
      ? []
      : [`The model on the next examination: ${further.examination}`]),
    ...(description.points.length === 0
      ? []
      : [['**Teaching points**', ...description.points.map((point) => `- ${point}`)].join('\n')]),
  ];
  return blocks.join('\n\n');
}

function readersTable(readers: readonly ReaderRow[]): string {
  const hinted = readers.some(({ hints }) => hints > 0);
  const header = [
    'Reader',
    'Sensitivity',
    'Specificity',
    'Missed',
    'Overcalled',
    'Kappa with teacher',
    'Kappa with model',
    'Brier (stated)',
    ...(hinted ? ['Hints before'] : []),
  ];
  return tableText(
    header,
    readers.map(({ name, score, kappaWithModel, missed, overcalled, hints }) => {
      const { tp, fp, fn, tn, kappa, brier, stated } = score;
      return [
        name,
        shownRatio(tp, tp + fn),
        shownRatio(tn, tn + fp),
        listed(missed),
        listed(overcalled),
        shownNumber(kappa),
        name === 'Model' ? '' : shownNumber(kappaWithModel),
        `${shownNumber(brier)} (${stated})`,
        ...(hinted ? [name === 'Model' ? '' : hints.toString()] : []),
      ];
    }),
  );
}
