// What people read in a case's thread: opening, hints, the reading back of an answer, the reveal.

import type { StatedFinding } from './read-answer.ts';
import { expectedOf, listed, type ReaderRow, resultsOf, shownNumber, shownRatio } from './results.ts';
import type { CaseSession } from './session.ts';

/** Before the reveal every question but the one on the projection gets this. */
export const NOT_YET =
  'The teacher will reveal what I see. Until then: go through airway, lungs, pleura, heart, mediastinum, bones and corners, and post what you find.';

export function openingText({ description }: CaseSession): string {
  const { title, history, difficulty, tags } = description;
  return [
    `**Case: ${title}** (${difficulty}${tags.length > 0 ? `; ${tags.join(', ')}` : ''})`,
    ...(history === '' ? [] : [`History: ${history}`]),
    'Post your findings in your own words and say how sure you are ("probable left effusion, no pneumothorax"). My report stays hidden until the teacher reveals it.',
  ].join('\n\n');
}

export function readBack(stated: readonly StatedFinding[]): string {
  const lines = stated.map(
    ({ finding, probability }) => `- ${finding.replaceAll('-', ' ')}: ${(probability * 100).toFixed(0)} % present`,
  );
  return ['I read your answer like this (unnamed findings count as absent):', ...lines].join('\n');
}

const PLACES =
  /\b(?:(?:left|right|both|bilateral) )?(?:upper|lower|middle|mid|apical|basal|basilar|base|bases|apex|apices|hilar|hilum|retrocardiac|costophrenic angles?|lung|heart)\b/i;

/** Hint `index` (from 0): the teacher's own, then where to look, then how many, then one finding. Null when none is left. */
export function hintOf(session: CaseSession, index: number): string | null {
  const { hints, findings } = session.description;
  const expected = [...expectedOf(session)];
  const place = PLACES.exec(findings)?.[0] ?? null;
  const all = [
    ...hints,
    ...(place === null ? [] : [`Look again here: ${place.toLowerCase()}.`]),
    `The teacher expects ${expected.length === 1 ? 'one finding' : `${expected.length} findings`} of the list.`,
    ...(expected[0] === undefined ? [] : [`One of them: ${expected[0].replaceAll('-', ' ')}.`]),
  ];
  return all[index] ?? null;
}

export function revealText(session: CaseSession): string {
  const { description, films } = session;
  const { readers, model, findings, expected } = resultsOf(session);
  const blocks = [
    `**Reveal: ${description.title}**`,
    `Expected: ${listed(expected)}${description.findings === '' ? '' : ` (teacher: ${description.findings})`}`,
    ...(description.diagnosis === '' ? [] : [`Diagnosis: ${description.diagnosis}`]),
    ['**Answers side by side**', ...[...readers, model].map(readerLine)].join('\n'),
    ...(readers.length === 0 || findings.length === 0
      ? []
      : [
          [
            '**By finding (participants together)**',
            ...findings.map(
              ({ finding, score: { tp, fn, tn, fp } }) =>
                `- ${finding.replaceAll('-', ' ')}: sensitivity ${shownRatio(tp, tp + fn)}, specificity ${shownRatio(tn, tn + fp)}`,
            ),
          ].join('\n'),
        ]),
    ...films.map(
      ({ report }, index) =>
        `**The model's report${films.length > 1 ? `, film ${index + 1}` : ''}** (a draft, not the truth)\n${report}`,
    ),
    ...(description.next === '' ? [] : [`Next examination: ${description.next}`]),
    ...(description.points.length === 0
      ? []
      : [['**Teaching points**', ...description.points.map((point) => `- ${point}`)].join('\n')]),
  ];
  return blocks.join('\n\n');
}

function readerLine({ name, score, kappaWithModel, missed, overcalled, hints }: ReaderRow): string {
  const { tp, fp, fn, tn, kappa, brier, stated } = score;
  return [
    `- **${name}**: sensitivity ${shownRatio(tp, tp + fn)}`,
    `specificity ${shownRatio(tn, tn + fp)}`,
    `kappa with teacher ${shownNumber(kappa)}`,
    ...(name === 'Model' ? [] : [`with model ${shownNumber(kappaWithModel)}`]),
    `Brier ${shownNumber(brier)} (${stated} stated)`,
    `missed: ${listed(missed)}`,
    `called too much: ${listed(overcalled)}${hints > 0 ? `; after ${hints} hint${hints === 1 ? '' : 's'}` : ''}`,
  ].join('; ');
}
