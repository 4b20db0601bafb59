// What comes back and when: FSRS cards per finding and per library case, worked out from a person's results, so that nothing but results is kept.
import { type Card, createEmptyCard, fsrs, type Grade, Rating } from 'ts-fsrs';
import { nameOf } from '../../identity.ts';
import { calledBy } from '../score.ts';
import type { CaseResult } from './progress-store.ts';

/** Days, never minutes: a film seen a moment ago is known by heart, which says nothing of the finding. No chance, so that equal results give equal days. */
const scheduler = fsrs({ enable_short_term: false, enable_fuzz: false });

export interface Recall {
  findings: ReadonlyMap<string, Card>;
  cases: ReadonlyMap<string, Card>;
}

export function recallOf(results: readonly CaseResult[]): Recall {
  const findings = new Map<string, Card>();
  const cases = new Map<string, Card>();
  for (const result of results) {
    const at = new Date(result.at);
    const grades = gradesOf(result);
    for (const [finding, grade] of grades) findings.set(finding, reviewed(findings.get(finding), at, grade));
    if (result.libraryCase === null) continue;
    const worst = Math.min(Rating.Good, ...grades.values()) as Grade;
    cases.set(result.libraryCase, reviewed(cases.get(result.libraryCase), at, worst));
  }
  return { findings, cases };
}

function reviewed(card: Card | undefined, at: Date, grade: Grade): Card {
  return scheduler.next(card ?? createEmptyCard(at), at, grade).card;
}

/** Missed: again. Found only after a hint, or called where it wasn't: hard. Found: good. What was rightly not called says nothing. */
export function gradesOf({ expected, stated, hints }: CaseResult): Map<string, Grade> {
  const called = calledBy(stated);
  const found = hints > 0 ? Rating.Hard : Rating.Good;
  return new Map([
    ...expected.map((finding) => [finding, called.has(finding) ? found : Rating.Again] as const),
    ...[...called].filter((finding) => !expected.includes(finding)).map((finding) => [finding, Rating.Hard] as const),
  ]);
}

/** Whether a card is due; a finding or case without a card was never met. */
export function isDue(card: Card | undefined, now: Date): boolean {
  return card !== undefined && card.due <= now;
}

interface Choosable {
  name: string;
  /** Findings that its teacher expects. */
  expected: ReadonlySet<string>;
}

/**
 * The next `count` cases for a person: cases that are due, the longest overdue first; then new ones about a finding that is due; then other new ones;
 * then those seen before, the nearest due first. Within a group `order` decides: it gives each person another order, and always the same.
 */
export function chooseCases<Case extends Choosable>(
  cases: readonly Case[],
  results: readonly CaseResult[],
  { order, count, now }: { order: string; count: number; now: Date },
): Case[] {
  const recall = recallOf(results);
  const ranked = cases.map((each) => {
    const card = recall.cases.get(each.name);
    const isWanted = [...each.expected].some((finding) => isDue(recall.findings.get(finding), now));
    const group = card === undefined ? (isWanted ? 1 : 2) : isDue(card, now) ? 0 : 3;
    return { each, group, due: card?.due.getTime() ?? 0, shuffled: nameOf('order', order, each.name) };
  });
  ranked.sort((a, b) => a.group - b.group || a.due - b.due || (a.shuffled < b.shuffled ? -1 : 1));
  return ranked.slice(0, count).map(({ each }) => each);
}
