// Tables in replies: the page draws them; platforms whose messages know no tables get each row as one line of a list.

export interface MarkdownTable {
  header: readonly string[];
  rows: readonly (readonly string[])[];
}

export type TextOrTable = { kind: 'text'; text: string } | { kind: 'table'; table: MarkdownTable };

const ROW = /^\s*\|(.*)\|\s*$/;
const RULE = /^\s*\|(?:\s*:?-{3,}:?\s*\|)+\s*$/;

function cellsOf(line: string): string[] {
  return (ROW.exec(line)?.[1] ?? '').split('|').map((cell) => cell.trim());
}

/** The text cut at its tables: a line of cells, a line of dashes, lines of cells. What stands in code fences is no table. */
export function splitAtTables(text: string): TextOrTable[] {
  const parts: TextOrTable[] = [];
  let words: string[] = [];
  let isFenced = false;
  const lines = text.split('\n');
  const endWords = () => {
    if (words.length > 0) parts.push({ kind: 'text', text: words.join('\n') });
    words = [];
  };
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (/^ {0,3}(?:```|~~~)/.test(line)) isFenced = !isFenced;
    if (isFenced || !ROW.test(line) || !RULE.test(lines[index + 1] ?? '')) {
      words.push(line);
      continue;
    }
    endWords();
    const rows: string[][] = [];
    for (index += 2; ROW.test(lines[index] ?? ''); index += 1) rows.push(cellsOf(lines[index] ?? ''));
    index -= 1;
    parts.push({ kind: 'table', table: { header: cellsOf(line), rows } });
  }
  endWords();
  return parts;
}

/** Each row as `- **first cell**: heading cell; heading cell`, empty cells left out. */
export function tablesAsLists(text: string): string {
  return splitAtTables(text)
    .map((part) =>
      part.kind === 'text' ? part.text : part.table.rows.map((row) => item(part.table.header, row)).join('\n'),
    )
    .join('\n');
}

function item(header: readonly string[], [first = '', ...cells]: readonly string[]): string {
  const told = cells.flatMap((cell, index) => (cell === '' ? [] : [`${header[index + 1] ?? ''} ${cell}`.trim()]));
  return `- **${first}**${told.length === 0 ? '' : `: ${told.join('; ')}`}`;
}
