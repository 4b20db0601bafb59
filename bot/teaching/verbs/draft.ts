// `/case draft` shows the teacher alone what the model would expect; its button takes that as the expected findings.
import { CxrError } from '../../../engine/error.ts';
import type { ButtonHandler, CaseVerb } from '../case-turn.ts';
import { draftOf, offerDraft } from '../draft.ts';

export const draft: CaseVerb = {
  name: 'draft',
  form: '',
  help: 'shows you alone what I would expect; take it or correct it',
  needs: 'case',
  who: 'teacher',
  async run(turn, session) {
    if (session.revealed) throw new CxrError('usage', 'The case is revealed already.');
    return offerDraft(turn, session);
  },
};

export const useDraft: ButtonHandler = async ({ cases, event, tell }) => {
  const session = await cases.byTicket(event.value ?? '');
  if (session === null || session.revealed) return tell({ text: 'That case is no longer open.' }, true);
  if (session.teacher !== event.author.id)
    throw new CxrError('not-allowed', 'Only the teacher of this case may do that.');
  const findings = draftOf(session);
  const next = await cases.update(session.place.thread, event.id, (now) =>
    now.revealed ? now : { ...now, description: { ...now.description, findings } },
  );
  if (next === null || next.revealed) return tell({ text: 'That case is no longer open.' }, true);
  return tell({ text: `Noted as expected: ${findings}. What isn’t named counts as absent.` }, true);
};
