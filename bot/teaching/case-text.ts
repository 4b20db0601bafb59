// What people read in a case's thread: opening, the reading back of an answer, the reveal.
import { differentialLines } from './differential.ts';
import { readDuration, shownDuration } from './durations.ts';
import type { StatedFinding } from './read-answer.ts';
import { listed, type ReaderRow, resultsOf, shownNumber, shownRatio } from './results.ts';
import type { CaseSession } from './session.ts';

/** Before the reveal every question but the one on the projection gets this. */
export const NOT_YET =
  'The teacher will reveal what I see. Until then: go through airway, lungs, pleura, heart, mediastinum, bones and corners, and post what you find.';

export function openingText({ description }: CaseSession): string {
  const { title, history, difficulty, tags, reveal } = description;
  const after = readDuration(reveal);
  return [
    `**Case: ${title}** (${difficulty}${tags.length > 0 ? `; ${tags.join(', ')}` : ''})`,
    ...(history === '' ? [] : [`History: ${history}`]),
    'Post your findings in your own words and say how sure you are ("probable left effusion, no pneumothorax"), and your differential ("ddx: first, second, third"), or press **Give my answer**. My report stays hidden until the reveal.',
    ...(after === null ? [] : [`The case is revealed ${shownDuration(after)} after its opening.`]),
  ].join('\n\n');
}

export function readBack(stated: readonly StatedFinding[], differential: readonly string[]): string {
  const lines = stated.map(
    ({ finding, probability }) => `- ${finding.replaceAll('-', ' ')}: ${(probability * 100).toFixed(0)} % present`,
  );
  const findings =
    lines.length === 0
      ? 'I read no findings in this; what you said of them before stays.'
      : ['I read your answer like this (unnamed findings count as absent):', ...lines].join('\n');
  if (differential.length === 0) return findings;
  return `${findings}\n\nYour differential, likeliest first: ${differential.map((each, rank) => `${rank + 1}. ${each}`).join(', ')}`;
}

export function revealText(session: CaseSession): string {
  const { description, films, further } = session;
  const { readers, model, findings, expected } = resultsOf(session);
  const ranked = differentialLines(session);
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
