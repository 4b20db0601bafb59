// `/case export`: the revealed case as files, for people or for a case library.
import { CxrError } from '../../../engine/error.ts';
import type { FreeVerb } from '../case-turn.ts';
import { exportCourse } from '../course/export-course.ts';
import { caseCsv, caseHtml, differentialCsv } from '../export.ts';
import { libraryFiles } from '../library/library-export.ts';
import { caseHere, mustTeach } from '../who-may.ts';

export const exportCase: FreeVerb = {
  name: 'export',
  form: '',
  help: 'gives a table (CSV) and a page to print; `/case export all` your cases of this channel together, `/case export library` the case itself, for a library (teacher)',
  needs: 'nothing',
  async run(turn, here, { argument }) {
    const { event, tell } = turn;
    const what = argument.trim().toLowerCase();
    if (what === 'all') return exportCourse(turn);
    const session = caseHere(here);
    mustTeach(session, event.author.id);
    if (!session.revealed) throw new CxrError('usage', 'Reveal the case first, then export it.');
    if (what === 'library')
      return tell(
        {
          text: 'The case for a library: put these files into one folder. Read the texts once more: nothing in them may tell who the patient is, and no writing burnt into the film.',
          files: libraryFiles(session, await turn.cases.pictures(session)),
        },
        true,
      );
    const differential = differentialCsv(session);
    const files = [
      { bytes: Buffer.from(caseCsv(session)), name: 'case.csv', mediaType: 'text/csv' },
      { bytes: Buffer.from(caseHtml(session)), name: 'case.html', mediaType: 'text/html' },
      ...(differential === null
        ? []
        : [{ bytes: Buffer.from(differential), name: 'differential.csv', mediaType: 'text/csv' }]),
    ];
    return tell({ text: 'The case as a table and as a page to print.', files });
  },
};
