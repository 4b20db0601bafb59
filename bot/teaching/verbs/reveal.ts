// `/case reveal`: ends the answering and shows everything side by side.
import { CxrError } from '../../../engine/error.ts';
import { revealText } from '../case-text.ts';
import type { CaseVerb } from '../case-turn.ts';

export const reveal: CaseVerb = {
  name: 'reveal',
  form: '',
  help: 'shows the expected findings, everybody’s answers and the model’s report side by side',
  needs: 'case',
  who: 'teacher',
  async run({ cases, tell }, session) {
    if (session.description.findings.trim() === '')
      throw new CxrError(
        'usage',
        'Say what is expected first: `/case findings left effusion, no pneumothorax` (or `normal`).',
      );
    const revealed = (await cases.update(session.place.thread, (now) => ({ ...now, revealed: true }))) ?? session;
    const pictures = revealed.films.flatMap(({ panels }) =>
      panels.map(({ base64, name, alt }) => ({ png: Buffer.from(base64, 'base64'), name, alt })),
    );
    return tell({ text: revealText(revealed), pictures });
  },
};
