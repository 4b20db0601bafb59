// `/case answer`: the same as plain words in the thread, for platforms where a command is seen by nobody else.
import { readWords, takeAnswer } from '../answers.ts';
import type { CaseVerb } from '../case-turn.ts';

export const answer: CaseVerb = {
  name: 'answer',
  form: '…',
  help: 'or your findings in plain words in the thread, or **Give my answer** under the case; then press **That is what I mean**',
  needs: 'case',
  who: 'anybody',
  run: (turn, session, { argument }) => takeAnswer(turn, session, turn.event.id, readWords(argument)),
};
