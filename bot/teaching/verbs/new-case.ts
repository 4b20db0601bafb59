// `/case new`: the films are read, the reports kept hidden, and the thread belongs to the case from now on.
import { CxrError } from '../../../engine/error.ts';
import { shownText } from '../../answer.ts';
import { nameOf } from '../../identity.ts';
import { shownName } from '../../plain-text.ts';
import { readCaseLine } from '../case-line.ts';
import { openingText } from '../case-text.ts';
import type { FreeVerb } from '../case-turn.ts';
import { readAnswer } from '../read-answer.ts';
import type { CaseFilm, CaseSession } from '../session.ts';

export const newCase: FreeVerb = {
  name: 'new',
  form: 'title: …; history: …; findings: …',
  help: 'with the films opens a case in this thread (you are then the teacher)',
  needs: 'nothing',
  async run({ room, cases, event, context, tell }, session, { argument, attachments }) {
    if (session?.event === event.id) return tell({ text: openingText(session) });
    if (session !== null)
      throw new CxrError('usage', 'This thread has a case already; open the next one in a thread of its own.');
    const description = readCaseLine(argument);
    if (attachments.length === 0)
      throw new CxrError('usage', 'A case needs at least one film: attach it to `case new`.');
    const films: CaseFilm[] = [];
    const pictures: { png: Uint8Array; name: string; alt: string }[] = [];
    for (const [index, attachment] of attachments.entries()) {
      const conversation = nameOf('case', event.place.thread, event.id, index.toString());
      const reading = await room.readFilm({
        bytes: await context.read(attachment),
        name: shownName(attachment.name),
        conversation,
        place: event.place,
        signal: context.signal,
      });
      const panels = (reading.content.pictures ?? []).map(({ png, name, alt }) => ({
        base64: Buffer.from(png).toString('base64'),
        name,
        alt,
      }));
      films.push({ conversation, report: shownText(reading.turn.answer, false).text, panels });
      const png = reading.content.film?.png;
      if (png !== undefined)
        pictures.push({ png, name: `film-${index + 1}.png`, alt: `Film ${index + 1} of the case` });
    }
    const opened: CaseSession = {
      event: event.id,
      place: event.place,
      teacher: event.author.id,
      description,
      films,
      model: readAnswer(films.map(({ report }) => report).join('\n\n')),
      answers: [],
      observers: [],
      hintEvents: [],
      revealed: false,
    };
    await cases.open(opened);
    return tell({ text: openingText(opened), pictures });
  },
};
