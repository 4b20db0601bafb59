// What a person reads in a quiz: questions, what an answer came to, the end.
import type { LibraryCase } from '../library/case-file.ts';
import type { StatedFinding } from '../read-answer.ts';
import { listed, shownNumber, shownRatio } from '../results.ts';
import { calledBy, type Reading, scoreOf } from '../score.ts';
import type { QuizItem } from './quiz-store.ts';

export const ANSWER_FIRST =
  'First your own eyes: go through airway, lungs, pleura, heart, mediastinum, bones and corners, and write what you see. I tell what was expected once you have confirmed your answer.';
export const NO_FINDING =
  'I found no finding in that; name them, for example "probable left effusion, no pneumothorax", or "normal".';

export function questionText({ title, history, difficulty }: LibraryCase, number: number, of: number): string {
  return [
    `**Quiz, case ${number} of ${of}: ${title}**${difficulty === null ? '' : ` (${difficulty})`}`,
    ...(history === '' ? [] : [`History: ${history}`]),
    'Write here what you see and how sure you are ("probable left effusion, no pneumothorax"), or press **Give my answer**.',
  ].join('\n\n');
}

/** `stated` is null for a case that was skipped. */
export function resultText(
  libraryCase: LibraryCase,
  { films, expected }: Pick<QuizItem, 'films' | 'expected'>,
  model: readonly StatedFinding[],
  stated: readonly StatedFinding[] | null,
): string {
  const { title, findings, diagnosis, differential, next, points } = libraryCase;
  const truth = new Set(expected);
  return [
    stated === null ? `**${title}**: skipped, not scored` : `**${title}**: ${scoreLine({ truth, stated })}`,
    `Expected: ${listed([...truth])} (${findings})`,
    ...(diagnosis === '' ? [] : [`Diagnosis: ${diagnosis}`]),
    ...(differential.length === 0 ? [] : [`Differential: ${differential.join('; ')}`]),
    ...films.map(
      ({ report }, index) =>
        `**The model's report${films.length > 1 ? `, film ${index + 1}` : ''}** (a draft, not the truth)\n${report}`,
    ),
    `The model as a reader: ${scoreLine({ truth, stated: model })}`,
    ...(next === '' ? [] : [`Next examination: ${next}`]),
    ...(points.length === 0 ? [] : [['**Teaching points**', ...points.map((point) => `- ${point}`)].join('\n')]),
  ].join('\n\n');
}

export interface QuizLine {
  title: string;
  /** Null where the case was not answered. */
  reading: Reading | null;
}

export function endText(lines: readonly QuizLine[], comesBack: readonly string[]): string {
  const readings = lines.flatMap(({ reading }) => (reading === null ? [] : [reading]));
  if (readings.length === 0) return '**The quiz is over.** No case was answered.';
  return [
    `**The quiz is over**: ${readings.length} of ${lines.length} answered`,
    lines
      .map(({ title, reading }) => `- ${title}: ${reading === null ? 'not answered' : scoreLine(reading)}`)
      .join('\n'),
    ...(readings.length === 1 ? [] : [`Together: ${scoreLine(readings)}`]),
    ...(comesBack.length === 0 ? [] : [`Comes back: ${comesBack.join(', ')}.`]),
    '`/case progress` shows all your cases; `/case quiz` begins another one.',
  ].join('\n\n');
}

function scoreLine(of: Reading | readonly Reading[]): string {
  const readings = 'truth' in of ? [of] : of;
  const { tp, fp, fn, tn, brier, stated } = scoreOf(readings);
  const [only] = readings.length === 1 ? readings : [];
  const called = calledBy(only?.stated ?? []);
  const missed = [...(only?.truth ?? [])].filter((finding) => !called.has(finding));
  const overcalled = [...called].filter((finding) => only?.truth.has(finding) === false);
  return [
    `sensitivity ${shownRatio(tp, tp + fn)}`,
    `specificity ${shownRatio(tn, tn + fp)}`,
    `Brier ${shownNumber(brier)} (${stated} stated)`,
    ...(missed.length === 0 ? [] : [`missed: ${listed(missed)}`]),
    ...(overcalled.length === 0 ? [] : [`overcalled: ${listed(overcalled)}`]),
  ].join('; ');
}
