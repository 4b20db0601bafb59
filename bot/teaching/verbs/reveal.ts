// `/case reveal`: ends the answering and shows everything side by side.
import { CxrError } from '../../../engine/error.ts';
import type { CaseVerb } from '../case-turn.ts';
import { canBeRevealed, revealCase } from '../reveal-case.ts';

export const reveal: CaseVerb = {
  name: 'reveal',
  form: '',
  help: 'shows the expected findings, everybody’s answers and the model’s report side by side',
  needs: 'case',
  who: 'teacher',
  async run(turn, session) {
    if (!canBeRevealed(session))
      throw new CxrError(
        'usage',
        'Say what is expected first: `/case findings left effusion, no pneumothorax` (or `normal`).',
      );
    return revealCase(turn, session);
  },
};
