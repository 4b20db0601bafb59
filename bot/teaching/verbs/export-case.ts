// `/case export`: the revealed case as files, for people or for a case library.
import { CxrError } from '../../../engine/error.ts';
import type { CaseVerb } from '../case-turn.ts';
import { caseCsv, caseHtml } from '../export.ts';
import { libraryFiles } from '../library/library-export.ts';

export const exportCase: CaseVerb = {
  name: 'export',
  form: '',
  help: 'gives a table (CSV) and a page to print; `/case export library` the case itself, for a library',
  needs: 'case',
  who: 'teacher',
  async run({ tell }, session, { argument }) {
    if (!session.revealed) throw new CxrError('usage', 'Reveal the case first, then export it.');
    if (argument.trim().toLowerCase() === 'library')
      return tell(
        {
          text: 'The case for a library: put these files into one folder. Read the texts once more: nothing in them may tell who the patient is, and no writing burnt into the film.',
          files: libraryFiles(session),
        },
        true,
      );
    const files = [
      { bytes: Buffer.from(caseCsv(session)), name: 'case.csv', mediaType: 'text/csv' },
      { bytes: Buffer.from(caseHtml(session)), name: 'case.html', mediaType: 'text/html' },
    ];
    return tell({ text: 'The case as a table and as a page to print.', files });
  },
};
