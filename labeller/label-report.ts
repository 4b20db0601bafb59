// Reads findings out of a report by rules (mentions, negation, uncertainty, in the manner of CheXpert and NegBio) and shows the words that decided.
import { assertionOf, findCues, type Mention } from './assertion.ts';
import type { Assertion, Label, Span } from './label.ts';
import { MENTIONS, NORMAL_STATEMENTS, OTHER_ABNORMALITIES } from './mention-phrases.ts';
import { type NormalisedText, normalise } from './normalised-text.ts';
import { splitSentences } from './sentences.ts';
import { findSilhouettes } from './silhouette.ts';

/** CheXpert's fourteen, under the names that bundles use; `no-finding` is what remains when none of the others is present or uncertain. */
export const REPORT_FINDINGS: readonly string[] = [...MENTIONS.map((table) => table.finding), 'no-finding'];

/** Findings that do not keep a report from being "no finding" (as in CheXpert). */
const HARMLESS = new Set(['support-devices', 'no-finding']);

/** Subject and predicate that speak of a finding without its name. */
const IMPLIED: readonly { finding: string; assertion: Span['assertion']; phrase: RegExp }[] = [
  {
    finding: 'lung-opacity',
    assertion: 'absent',
    phrase:
      /\b(?:lungs?|lung fields|lung zones|lung parenchyma|lung bases)(?: volumes)?(?: (?:are|is|appear|appears|remain|remains|fields|well|expanded|inflated|hyperinflated|hyperexpanded|hypoinflated|low|lung volumes|but|normally|fully|aerated|bilaterally|both|grossly|otherwise|essentially|are|now|symmetrically|and|,|:))* clear\b(?! of)/g,
  },
  { finding: 'lung-opacity', assertion: 'absent', phrase: /\b(?:clear (?:\w+ )?(?:lungs?|lung fields|bases))\b/g },
  {
    finding: 'effusion',
    assertion: 'absent',
    phrase:
      /\b(?:costophrenic|cp|costodiaphragmatic) (?:angles?|sulci|sulcus|recess(?:es)?)(?: (?:are|is|appear|appears|remain|remains|both|bilaterally|well|:))* (?:sharp|clear|preserved|maintained|free|unremarkable|normal|intact)\b/g,
  },
  {
    finding: 'effusion',
    assertion: 'absent',
    phrase: /\b(?:sharp|clear) (?:\w+ )?(?:costophrenic|cp) (?:angles?|sulci)\b/g,
  },
  {
    finding: 'effusion',
    assertion: 'absent',
    phrase: /\bpleural (?:spaces?|cavit(?:y|ies))(?: (?:are|is|appear|remain|both))* clear\b/g,
  },
  {
    finding: 'effusion',
    assertion: 'uncertain',
    phrase:
      /\bblunt(?:ing|ed)(?: of)?(?: (?:the|both|left|right|bilateral|lateral|posterior))* (?:costophrenic|cp|costodiaphragmatic) (?:angles?|sulc(?:us|i)|recess)/g,
  },
  {
    finding: 'effusion',
    assertion: 'uncertain',
    phrase:
      /\b(?:costophrenic|cp|costodiaphragmatic) (?:angles?|sulc(?:us|i)|recess)(?: (?:is|are|appears?|remains?|mildly|slightly|both|minimally))* (?:blunted|blunting|obscured|obliterated)/g,
  },
];

interface Found {
  finding: string;
  span: Span;
}

function overlaps(a: { start: number; end: number }, b: { start: number; end: number }): boolean {
  return a.start < b.end && b.start < a.end;
}

function findMentions(sentence: string): Mention[] {
  const mentions: Mention[] = [];
  for (const { finding, phrases, lookAlikes } of MENTIONS) {
    const excluded = (lookAlikes ?? []).flatMap((pattern) =>
      [...sentence.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length })),
    );
    const own: Mention[] = [];
    for (const phrase of phrases) {
      for (const match of sentence.matchAll(phrase)) {
        const mention = { finding, start: match.index, end: match.index + match[0].length };
        if (excluded.some((place) => overlaps(place, mention)) || own.some((other) => overlaps(other, mention)))
          continue;
        own.push(mention);
      }
    }
    mentions.push(...own);
  }
  return mentions;
}

function toSpan(
  report: string,
  source: NormalisedText,
  place: { start: number; end: number },
  assertion: Span['assertion'],
  cue?: { start: number; end: number },
): Span {
  const start = source.origin[place.start] ?? 0;
  const end = (source.origin[Math.max(place.end - 1, place.start)] ?? start) + 1;
  const span: Span = { start, end, mention: report.slice(start, end), assertion };
  if (cue)
    span.cue = report
      .slice(source.origin[cue.start], (source.origin[Math.max(cue.end - 1, cue.start)] ?? 0) + 1)
      .trim();
  return span;
}

function readSentence(report: string, source: NormalisedText): Found[] {
  const sentence = source.text;
  const cues = findCues(sentence);
  const found: Found[] = [];
  for (const mention of findMentions(sentence)) {
    const { effect, cue } = assertionOf(sentence, mention, cues);
    if (effect !== 'ignore')
      found.push({ finding: mention.finding, span: toSpan(report, source, mention, effect, cue) });
  }
  for (const place of findSilhouettes(sentence)) {
    if (found.some((other) => other.finding === place.finding)) continue;
    found.push({ finding: place.finding, span: toSpan(report, source, place, place.assertion) });
  }
  for (const { finding, assertion, phrase } of IMPLIED) {
    for (const match of sentence.matchAll(phrase)) {
      const place = { start: match.index, end: match.index + match[0].length };
      if (found.some((other) => other.finding === finding)) continue;
      const { effect, cue } = assertionOf(sentence, { finding, ...place }, cues);
      if (effect === 'ignore') continue;
      const negated = effect === 'absent' ? 'absent' : assertion;
      if (effect === 'absent' && assertion === 'absent') continue;
      found.push({ finding, span: toSpan(report, source, place, negated, cue) });
    }
  }
  return found;
}

function hasOtherAbnormality(sentence: string): boolean {
  const cues = findCues(sentence);
  return OTHER_ABNORMALITIES.some((pattern) =>
    [...sentence.matchAll(pattern)].some((match) => {
      const effect = assertionOf(
        sentence,
        { finding: 'other', start: match.index, end: match.index + match[0].length },
        cues,
      ).effect;
      return effect === 'present' || effect === 'uncertain';
    }),
  );
}

function strongest(spans: readonly Span[]): Assertion {
  for (const assertion of ['present', 'uncertain', 'absent'] as const) {
    if (spans.some((span) => span.assertion === assertion)) return assertion;
  }
  return 'not-mentioned';
}

/** What remains of a report as a whole: present where it says something and nothing abnormal, support devices aside. */
function noFinding(labels: ReadonlyMap<string, readonly Span[]>, statements: readonly Span[], other: boolean): Label {
  const assertions = [...labels].filter(([finding]) => !HARMLESS.has(finding)).map(([, spans]) => strongest(spans));
  const finding = 'no-finding';
  if (assertions.includes('present') || other) return { finding, assertion: 'absent', spans: [] };
  if (assertions.includes('uncertain')) return { finding, assertion: 'uncertain', spans: [] };
  if (statements.length > 0 || assertions.includes('absent'))
    return { finding, assertion: 'present', spans: statements };
  return { finding, assertion: 'not-mentioned', spans: [] };
}

/**
 * Labels a report, or any text about a chest radiograph, for `findings` (default: REPORT_FINDINGS), one label each in that order.
 * A finding that the text names several times is present if it is so anywhere, else uncertain, else absent (CheXpert's rule; Irvin et al., 2019).
 * Sections on indication, history, comparison and technique are not read. An unknown finding name gives `not-mentioned`. Never throws.
 */
export function labelReport(text: string, findings: readonly string[] = REPORT_FINDINGS): Label[] {
  const spans = new Map<string, Span[]>();
  const statements: Span[] = [];
  let other = false;
  for (const place of splitSentences(text)) {
    const source = normalise(text.slice(place.start, place.end), place.start);
    for (const { finding, span } of readSentence(text, source))
      spans.set(finding, [...(spans.get(finding) ?? []), span]);
    for (const pattern of NORMAL_STATEMENTS) {
      for (const match of source.text.matchAll(pattern)) {
        statements.push(toSpan(text, source, { start: match.index, end: match.index + match[0].length }, 'present'));
      }
    }
    other ||= hasOtherAbnormality(source.text);
  }
  return findings.map((finding) => {
    if (finding === 'no-finding') return noFinding(spans, statements, other);
    const own = spans.get(finding) ?? [];
    return { finding, assertion: strongest(own), spans: own };
  });
}
