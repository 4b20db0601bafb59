// Tables: drawn by the page, listed row by row where messages know none; everything else in the text stays as it is.
import { expect, test } from 'vitest';
import { splitAtTables, tablesAsLists } from '../../../adapters/shared/markdown-table.ts';

const TABLE =
  '| Reader | Sensitivity | Missed |\n| --- | --- | --- |\n| ann | 2/2 = 100 % | none |\n| Model | 1/2 = 50 % | |';

test('a table is cut out of the text around it', () => {
  expect(splitAtTables(`Before\n\n${TABLE}\nAfter`)).toEqual([
    { kind: 'text', text: 'Before\n' },
    {
      kind: 'table',
      table: {
        header: ['Reader', 'Sensitivity', 'Missed'],
        rows: [
          ['ann', '2/2 = 100 %', 'none'],
          ['Model', '1/2 = 50 %', ''],
        ],
      },
    },
    { kind: 'text', text: 'After' },
  ]);
});

test('as a list each row tells its headings; empty cells are left out', () => {
  expect(tablesAsLists(`**Answers**\n\n${TABLE}\n\nAfter`)).toBe(
    '**Answers**\n\n- **ann**: Sensitivity 2/2 = 100 %; Missed none\n- **Model**: Sensitivity 1/2 = 50 %\n\nAfter',
  );
});

test.each(['a | b', '| one line |', '| a |\nno rule\n| b |', `\`\`\`\n${TABLE}\n\`\`\``, ''])(
  'no table: %j',
  (text) => {
    expect(tablesAsLists(text)).toBe(text);
  },
);
