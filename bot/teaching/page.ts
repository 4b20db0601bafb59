// The frame of printable pages: one file without anything from outside, readable on a screen and on A4.

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** `body` is HTML whose texts are escaped already. */
export function printablePage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style></head><body><main>
${body}
</main></body></html>
`;
}

/** `cells` are HTML. The first column names the row. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join('');
  const body = rows.map(
    ([name = '', ...cells]) => `<tr><th scope="row">${name}</th>${cells.map(cellOf).join('')}</tr>`,
  );
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
}

/** Figures stay on one line; words may break. */
function cellOf(cell: string): string {
  return `<td${/^[\d–-]/.test(cell) ? ' class="figures"' : ''}>${cell}</td>`;
}

/** A plot with what it shows in words, for those who don't see it. */
export function figure(svg: string, caption: string): string {
  return `<figure role="img" aria-label="${escaped(caption)}">${svg}<figcaption>${escaped(caption)}</figcaption></figure>`;
}

const STYLE = `
:root{--ink:#1b2733;--quiet:#5a6977;--line:#c9d3dc;--paper:#fff;--head:#f2f5f8}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:64rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem;break-after:avoid}
.facts,figcaption,.note{color:var(--quiet);margin:.25rem 0 0}
.note{font-size:.875rem;max-width:46rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.5rem 0;font-variant-numeric:tabular-nums;font-size:.875rem}
thead{display:table-header-group}
th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top}
thead th{background:var(--head);border-bottom:2px solid var(--line);vertical-align:bottom}
tbody th{font-weight:600}
tbody tr{break-inside:avoid}
.small{color:var(--quiet)}
.figures,.pair tbody th{white-space:nowrap}
figure{margin:.75rem 0;break-inside:avoid}
figure svg{max-width:100%;height:auto;display:block}
figcaption{font-size:.875rem;max-width:40rem}
pre{white-space:pre-wrap;font:inherit;max-width:46rem}
td svg{vertical-align:middle}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(22rem,1fr));gap:1.5rem;align-items:start}
@page{size:A4;margin:16mm 14mm}
@media print{body{font-size:9.5pt}figcaption,.note{font-size:8.5pt}main{max-width:none;padding:0}h1{font-size:16pt}h2{font-size:12pt;margin-top:14pt}.wide{overflow:visible}table{font-size:8.5pt}.pair{display:block}figure svg{max-height:95mm;width:auto}}
`;
