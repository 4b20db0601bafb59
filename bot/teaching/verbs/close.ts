// `/case close` removes the case.
import type { CaseVerb } from '../case-turn.ts';
import { removeCase } from '../leaving.ts';

export const close: CaseVerb = {
  name: 'close',
  form: '',
  help: 'removes the case with its films, reports and answers',
  needs: 'case',
  who: 'teacher',
  run: removeCase,
};
