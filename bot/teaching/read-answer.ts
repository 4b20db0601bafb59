// Reads a person's own words into findings with a degree of certainty; the labeller finds them, the words around them say how sure.
import type { Span } from '../../labeller/label.ts';
import { labelReport, REPORT_FINDINGS } from '../../labeller/label-report.ts';

export interface StatedFinding {
  finding: string;
  /** Probability that the finding is present, as the person says it, in [0, 1]. */
  probability: number;
  /** The person's words that decided. */
  words: string;
}

/** What cases are scored on: CheXpert's findings without devices (no abnormality) and without "no finding" (follows from the others). */
export const SCORED_FINDINGS: readonly string[] = REPORT_FINDINGS.filter(
  (finding) => finding !== 'support-devices' && finding !== 'no-finding',
);

/** A finding counts as called present from here. */
export const CALLED_FROM = 0.5;

/** Certainty of the statement that is made; the first that matches a clause counts. */
const CERTAINTY: readonly { words: RegExp; certainty: number }[] = [
  { words: /\b(?:definite(?:ly)?|certain(?:ly)?|surely?|clearly|obvious(?:ly)?|no doubt)\b/i, certainty: 0.95 },
  { words: /\b(?:probabl[ey]|likely|presumabl[ey]|i think|suspect(?:ed)?|suspicious)\b/i, certainty: 0.75 },
];
/** "Probably normal", "I think it is a normal chest": nothing but the word, hedges and the film, which reports don't say and people do. */
const WHOLLY_NORMAL =
  /^\s*(?:(?:i|think|it|this|that|is|looks?|appears?|seems?|to|be|the|an?|chest|film|x-?ray|radiograph|definite(?:ly)?|certain(?:ly)?|sure(?:ly)?|clearly|obvious(?:ly)?|probabl[ey]|likely|presumably)\s+)*(normal)(?:\s+(?:chest|film|x-?ray|radiograph|to me))*(?:[\s,(]+\d{1,3}\s*%\)?)?[.!\s]*$/i;
const PLAIN = 0.9;
const UNCERTAIN = 0.5;
const UNLIKELY = 0.25;

/**
 * Findings that `text` states, in the order of SCORED_FINDINGS; "normal" and the like states that all are absent. Empty if it states none.
 * `plain`: the certainty of what is stated without one.
 */
export function readAnswer(text: string, plain = PLAIN): StatedFinding[] {
  const labels = labelReport(text, REPORT_FINDINGS);
  const stated = labels.flatMap(({ finding, assertion, spans }): StatedFinding[] => {
    const span = spans.find((each) => each.assertion === assertion);
    if (span === undefined || !SCORED_FINDINGS.includes(finding)) return [];
    return [{ finding, probability: probabilityOf(text, span, plain), words: span.mention }];
  });
  const normal = labels.find(({ finding }) => finding === 'no-finding');
  const [labelled] = normal?.assertion === 'present' ? normal.spans : [];
  const words = labelled?.mention ?? (stated.length === 0 ? WHOLLY_NORMAL.exec(text)?.[1] : undefined);
  if (words === undefined) return stated;
  const absent = 1 - certaintyIn(labelled === undefined ? text : clauseOf(text, labelled), plain);
  const known = new Set(stated.map(({ finding }) => finding));
  const implied = SCORED_FINDINGS.filter((finding) => !known.has(finding)).map((finding) => ({
    finding,
    probability: rounded(absent),
    words,
  }));
  return SCORED_FINDINGS.flatMap((finding) => [...stated, ...implied].filter((each) => each.finding === finding));
}

function probabilityOf(text: string, span: Span, plain: number): number {
  const clause = clauseOf(text, span);
  const percent = percentIn(clause);
  // The labeller takes "unlikely" for a denial; as a degree of certainty it is a weak one.
  if (percent === null && /\bunlikely\b/i.test(clause)) return UNLIKELY;
  if (span.assertion === 'absent') return rounded(1 - (percent ?? certaintyIn(clause, plain)));
  if (percent !== null) return percent;
  if (CERTAINTY[1]?.words.test(clause) === true) return CERTAINTY[1].certainty;
  return span.assertion === 'uncertain' ? UNCERTAIN : certaintyIn(clause, plain);
}

function certaintyIn(clause: string, plain: number): number {
  return percentIn(clause) ?? CERTAINTY.find(({ words }) => words.test(clause))?.certainty ?? plain;
}

function percentIn(clause: string): number | null {
  const value = Number(/\b(\d{1,3})\s*(?:%|percent\b)/i.exec(clause)?.[1] ?? Number.NaN);
  return Number.isNaN(value) || value > 100 ? null : value / 100;
}

/** The words between the commas and full stops around the mention. */
function clauseOf(text: string, { start, end }: Span): string {
  const before =
    text
      .slice(0, start)
      .split(/[,;.\n]/)
      .at(-1) ?? '';
  const after = text.slice(end).split(/[,;\n]|\.(?!\d)/)[0] ?? '';
  return before + text.slice(start, end) + after;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
