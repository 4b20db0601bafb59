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
  const [statement] = normal?.assertion === 'present' ? normal.spans : [];
  if (statement === undefined) return stated;
  const absent = 1 - certaintyIn(clauseOf(text, statement), plain);
  const known = new Set(stated.map(({ finding }) => finding));
  const implied = SCORED_FINDINGS.filter((finding) => !known.has(finding)).map((finding) => ({
    finding,
    probability: rounded(absent),
    words: statement.mention,
  }));
  return SCORED_FINDINGS.flatMap((finding) => [...stated, ...implied].filter((each) => each.finding === finding));
}

function probabilityOf(text: string, span: Span, plain: number): number {
  const clause = clauseOf(text, span);
  const percent = percentIn(clause);
  if (span.assertion === 'absent') return rounded(1 - (percent ?? certaintyIn(clause, plain)));
  if (percent !== null) return percent;
  if (/\bunlikely\b/i.test(clause)) return UNLIKELY;
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
