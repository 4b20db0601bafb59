// `/case new`: a case made of the films that come with the command and of the line that describes it.
import { CxrError } from '../../../engine/error.ts';
import { readCaseLine } from '../case-line.ts';
import type { FreeVerb } from '../case-turn.ts';
import { openCase } from '../open-case.ts';

export const newCase: FreeVerb = {
  name: 'new',
  form: 'title: …; history: …; findings: …',
  help: 'with the films opens a case in this thread (you are then the teacher)',
  needs: 'nothing',
  run: (turn, session, { argument, attachments }) =>
    openCase(turn, session, async () => {
      const description = readCaseLine(argument);
      if (attachments.length === 0)
        throw new CxrError('usage', 'A case needs at least one film: attach it to `case new`.');
      const films = attachments.map((attachment) => ({
        name: attachment.name,
        read: () => turn.context.read(attachment),
      }));
      return { description, films, origin: null };
    }),
};
