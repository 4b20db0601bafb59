// `/case close` removes the case, `/case forget-me` what one person said in it.
import type { CaseVerb } from '../case-turn.ts';
import { removeCase, removePerson } from '../leaving.ts';

export const close: CaseVerb = {
  name: 'close',
  form: '',
  help: 'removes the case with its films, reports and answers',
  needs: 'case',
  who: 'teacher',
  run: removeCase,
};

export const forgetMe: CaseVerb = {
  name: 'forget-me',
  form: '',
  help: 'takes your answers out',
  needs: 'case',
  who: 'anybody',
  run: (turn, session) => removePerson(turn, session, 'Your answers in this case are gone.'),
};
