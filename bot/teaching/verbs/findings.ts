// `/case findings`: what the teacher expects, set or corrected before the reveal.
import { CxrError } from '../../../engine/error.ts';
import type { CaseVerb } from '../case-turn.ts';
import { expectedOf } from '../results.ts';

const MAX_FINDINGS_CHARS = 2_000;

export const findings: CaseVerb = {
  name: 'findings',
  form: '…',
  help: 'sets or corrects the expected findings',
  needs: 'case',
  who: 'teacher',
  async run({ cases, event, tell }, session, { argument }) {
    if (argument.length > MAX_FINDINGS_CHARS)
      throw new CxrError('usage', `The expected findings have at most ${MAX_FINDINGS_CHARS} characters.`);
    const next = await cases.update(session.place.thread, event.id, (now) =>
      now.revealed ? now : { ...now, description: { ...now.description, findings: argument } },
    );
    if (next === null || next.revealed)
      throw new CxrError('usage', 'The case is revealed; its findings stay as they are.');
    return tell(
      { text: `Noted: ${expectedOf(next).size} expected as present. Everything else counts as absent.` },
      true,
    );
  },
};
