// `/case export`: the revealed case as files.
import { CxrError } from '../../../engine/error.ts';
import type { CaseVerb } from '../case-turn.ts';
import { caseCsv, caseHtml } from '../export.ts';

export const exportCase: CaseVerb = {
  name: 'export',
  form: '',
  help: 'gives a table (CSV) and a page to print',
  needs: 'case',
  who: 'teacher',
  async run({ tell }, session) {
    if (!session.revealed) throw new CxrError('usage', 'Reveal the case first, then export it.');
    const files = [
      { bytes: Buffer.from(caseCsv(session)), name: 'case.csv', mediaType: 'text/csv' },
      { bytes: Buffer.from(caseHtml(session)), name: 'case.html', mediaType: 'text/html' },
    ];
    return tell({ text: 'The case as a table and as a page to print.', files });
  },
};
