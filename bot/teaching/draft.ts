// The model's report as a draft of the expected findings: for the teacher alone, who takes it or writes other ones. Nobody else ever sees it before the reveal.
import type { Control } from '../contract.ts';
import type { CaseTurn } from './case-turn.ts';
import { CALLED_FROM, readAnswer, SCORED_FINDINGS } from './read-answer.ts';
import { listed } from './results.ts';
import { calledBy } from './score.ts';
import type { CaseSession } from './session.ts';

const NOT_PRIVATE =
  'I can’t show you my draft here without showing it to everybody. Say what you expect with `/case findings …` before the reveal.';

/** Shows it to the teacher, whatever the event's author; the opening and `/case draft` do this. */
export async function offerDraft({ room, cases, whisper }: CaseTurn, session: CaseSession): Promise<true> {
  if (!room.canBePrivate(session.place)) return whisper(session.teacher, 'draft', { text: NOT_PRIVATE });
  const reports = session.films.map(({ report }, index) =>
    session.films.length === 1 ? report : `Film ${index + 1}: ${report}`,
  );
  const use: Control = {
    action: 'case-use-draft',
    label: 'Use this',
    value: cases.ticketOf(session, session.event),
    style: 'primary',
  };
  const present = listed(
    session.model.filter(({ probability }) => probability >= CALLED_FROM).map(({ finding }) => finding),
  );
  const text = [
    '**Only you see this: my draft for the expected findings**',
    ...reports,
    `Read as: ${present}. It is a draft and may be wrong; take it, or correct it with \`/case findings …\`.`,
  ].join('\n\n');
  return whisper(session.teacher, 'draft', { text, isDraft: true, controls: [use] });
}

/** How the labeller knows findings whose own name it reads otherwise. */
const WORDS: Readonly<Record<string, string>> = {
  'enlarged-cardiomediastinum': 'widened mediastinum',
  'pleural-other': 'pleural thickening',
};

/** Words that are read as these findings and no others. */
export function wordsOf(findings: ReadonlySet<string>): string {
  if (findings.size === 0) return 'normal';
  const present = SCORED_FINDINGS.filter((finding) => findings.has(finding)).map(
    (finding) => WORDS[finding] ?? finding.replaceAll('-', ' '),
  );
  const words = present.join(', ');
  const others = [...calledBy(readAnswer(words))].filter((finding) => !findings.has(finding));
  return [words, ...others.map((finding) => `no ${WORDS[finding] ?? finding.replaceAll('-', ' ')}`)].join(', ');
}

export function draftOf(session: CaseSession): string {
  return wordsOf(calledBy(session.model));
}
