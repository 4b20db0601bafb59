// What a case's answers come to: one row per reader (the model is one of them) and one per finding; the reveal and the exports print these.

import { CALLED_FROM, readAnswer, SCORED_FINDINGS, type StatedFinding } from './read-answer.ts';
import { calledBy, type Score, scoreOf } from './score.ts';
import { type CaseSession, countedAnswers } from './session.ts';

export interface ReaderRow {
  name: string;
  stated: readonly StatedFinding[];
  score: Score;
  /** Cohen's kappa with the model; null for the model itself or where it isn't defined. */
  kappaWithModel: number | null;
  missed: readonly string[];
  overcalled: readonly string[];
  hints: number;
}

export interface CaseResults {
  expected: readonly string[];
  readers: readonly ReaderRow[];
  model: ReaderRow;
  /** Participants together, for each finding that somebody or the teacher calls present. */
  findings: readonly { finding: string; score: Score }[];
}

/** Findings that the teacher's words call present. */
export function expectedOf(session: CaseSession): Set<string> {
  return new Set(
    readAnswer(session.description.findings)
      .filter(({ probability }) => probability >= CALLED_FROM)
      .map(({ finding }) => finding),
  );
}

export function resultsOf(session: CaseSession): CaseResults {
  const truth = expectedOf(session);
  // Who gave a differential alone has not been asked for the findings.
  const answers = countedAnswers(session).filter(({ stated }) => stated.length > 0);
  const called = calledBy(session.model);
  const row = (name: string, stated: readonly StatedFinding[], hints: number, isModel: boolean): ReaderRow => {
    const own = calledBy(stated);
    return {
      name,
      stated,
      hints,
      score: scoreOf([{ truth, stated }]),
      kappaWithModel: isModel ? null : scoreOf([{ truth: called, stated }]).kappa,
      missed: [...truth].filter((finding) => !own.has(finding)),
      overcalled: [...own].filter((finding) => !truth.has(finding)),
    };
  };
  const named = SCORED_FINDINGS.filter(
    (finding) =>
      truth.has(finding) || called.has(finding) || answers.some(({ stated }) => calledBy(stated).has(finding)),
  );
  const readings = answers.map(({ stated }) => ({ truth, stated }));
  return {
    expected: [...truth],
    readers: answers.map(({ name, stated, hints }) => row(name, stated, hints, false)),
    model: row('Model', session.model, 0, true),
    findings: named.map((finding) => ({ finding, score: scoreOf(readings, [finding]) })),
  };
}

/** `3/4 = 75 %`, or why there is none. */
export function shownRatio(part: number, whole: number): string {
  return whole === 0 ? 'none to count' : `${part}/${whole} = ${((100 * part) / whole).toFixed(0)} %`;
}

export function shownNumber(value: number | null): string {
  return value === null ? 'not defined' : value.toFixed(3);
}

/** Names of findings as people read them. */
export function listed(findings: readonly string[]): string {
  return findings.length === 0 ? 'none' : findings.map((finding) => finding.replaceAll('-', ' ')).join(', ');
}
