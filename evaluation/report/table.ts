// One shape for every table of a study, shown on a terminal, in CSV and in the HTML report.

export interface Table {
  id: string;
  title: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  /** Sentences that must be read with it. */
  notes: readonly string[];
}

/** `0.43±0.04` as the paper prints it; `–` where there is no value. */
export function withSd(value: { mean: number | null; sd: number | null }, digits = 2): string {
  if (value.mean === null) return '–';
  return value.sd === null ? value.mean.toFixed(digits) : `${value.mean.toFixed(digits)}±${value.sd.toFixed(digits)}`;
}

export function plain(value: number | null | undefined, digits = 2): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

export function interval(value: { low: number; high: number } | null, digits = 2): string {
  return value === null ? '–' : `${value.low.toFixed(digits)} to ${value.high.toFixed(digits)}`;
}

/** Columns padded to one width, a rule under the head, notes below, wrapped at `width`. */
export function renderTable(table: Table, width = 100): string {
  const all = [table.columns, ...table.rows];
  const widths = table.columns.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    widths
      .map((size, column) => (column === 0 ? (row[column] ?? '').padEnd(size) : (row[column] ?? '').padStart(size)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((size) => '─'.repeat(size)).join('──');
  const notes = table.notes.flatMap((note) => wrap(note, width, '  '));
  return [table.title, rule, line(table.columns), rule, ...table.rows.map(line), rule, ...notes].join('\n');
}

function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > width && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}

/** RFC 4180 rows; a cell that a spreadsheet would take for a formula is made text. */
export function csvRows(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
