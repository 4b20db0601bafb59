// A table in the Markdown that replies are written in; adapters draw it, or list its rows.

export function tableText(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A bar or a line break would end the cell. */
function cell(text: string): string {
  return text.replace(/[|\n]+/g, ' ').trim();
}
