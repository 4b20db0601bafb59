// The report as one HTML file without scripts or outside links: tables, plots, gallery.
import type { DatasetResult, StudyResults } from '../analysis/results.ts';
import type { GalleryItem } from './gallery.ts';
import { paperTables } from './paper-tables.ts';
import { plotsOf } from './plots.ts';
import { studyTables } from './study-tables.ts';
import type { Table } from './table.ts';

const STYLE = `
:root { color-scheme: light; --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --ground: #ffffff; --warn: #8a4b00; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); margin: 0 auto; max-width: 1180px; padding: 24px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { margin-top: 48px; border-top: 3px solid var(--ink); padding-top: 12px; } h3 { margin: 32px 0 8px; font-size: 17px; }
.lead, .note { color: var(--soft); } .note { margin: 4px 0; max-width: 90ch; font-size: 13.5px; } .warn { color: var(--warn); font-weight: 600; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; } th:first-child, td:first-child { text-align: left; } thead th { border-bottom: 2px solid var(--ink); vertical-align: bottom; }
.plots { display: flex; flex-wrap: wrap; gap: 24px; } figure { margin: 0; } figcaption { font-weight: 600; margin-bottom: 6px; font-size: 14px; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(520px, 1fr)); gap: 20px; } .case { border: 1px solid var(--line); border-radius: 8px; padding: 12px; } .case .films { display: flex; gap: 8px; background: #000; border-radius: 4px; } .case img { width: 50%; object-fit: contain; max-height: 300px; }
.case p { margin: 8px 0 0; } code { font-size: 12.5px; overflow-wrap: anywhere; } nav a { margin-right: 14px; } a { color: #0b5cad; }
@media (max-width: 640px) { body { padding: 12px; } .gallery { grid-template-columns: 1fr; } }
`;

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function tableHtml(table: Table): string {
  const head = table.columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join('');
  const body = table.rows
    .map(
      (row) =>
        `<tr>${row.map((cell, index) => (index === 0 ? `<th scope="row">${escapeHtml(cell)}</th>` : `<td>${escapeHtml(cell)}</td>`)).join('')}</tr>`,
    )
    .join('');
  const notes = table.notes
    .map(
      (note) =>
        `<p class="note${/^(?:NOT COMPARABLE|FAILS|NOT CERTAIN)/.test(note) ? ' warn' : ''}">${escapeHtml(note)}</p>`,
    )
    .join('');
  return `<section id="${escapeHtml(table.id)}"><h3>${escapeHtml(table.title)}</h3><div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>${notes}</section>`;
}

function picture(base64: string | null, alt: string): string {
  return base64 === null ? '' : `<img src="data:image/jpeg;base64,${base64}" alt="${escapeHtml(alt)}">`;
}

function caseHtml(item: GalleryItem): string {
  const list = (findings: readonly string[]) => (findings.length === 0 ? 'none' : findings.join(', '));
  return `<article class="case"><div class="films">${picture(item.film, `Radiograph ${item.image}`)}${picture(item.overlay, 'The same with the attention map')}</div>
<p><code>${escapeHtml(item.image)}</code>, ${escapeHtml(item.condition)}${item.note ? ` (${escapeHtml(item.note)})` : ''}</p>
<p><b>Report:</b> ${escapeHtml(item.report)}</p>
<p><b>Labels:</b> ${escapeHtml(list(item.truth))}. <b>Missed:</b> ${escapeHtml(list(item.missed))}. <b>Called without cause:</b> ${escapeHtml(list(item.invented))}.</p></article>`;
}

function datasetHtml(result: DatasetResult, gallery: readonly GalleryItem[]): string {
  const plots = plotsOf(result).map(
    (plot) =>
      `<figure><figcaption>${escapeHtml(plot.title)}</figcaption><div class="scroll">${plot.svg}</div></figure>`,
  );
  const left = Object.entries(result.leftOut).map(([why, count]) => `${count} ${why}`);
  return `<h2 id="${escapeHtml(result.dataset)}">${escapeHtml(result.title)}</h2>
<p class="lead">${result.images} images of ${result.patients} patients${left.length > 0 ? `; rows left out: ${escapeHtml(left.join(', '))}` : ''}. Source: ${escapeHtml(result.source)}. Licence: ${escapeHtml(result.license)}.</p>
${paperTables(result).map(tableHtml).join('\n')}
${studyTables(result).map(tableHtml).join('\n')}
<h3>Plots</h3><div class="plots">${plots.join('\n')}</div>
${gallery.length > 0 ? `<h3>Worst errors</h3><p class="note">Images with the most wrong calls in the first run; left the film, right the attention map over it.</p><div class="gallery">${gallery.map(caseHtml).join('\n')}</div>` : ''}`;
}

/** `galleries` by data set name; `machine` is one sentence on where it was computed. */
export function studyHtml(
  results: StudyResults,
  galleries: ReadonlyMap<string, readonly GalleryItem[]>,
  machine: string,
  against: Table | null = null,
): string {
  const { bundle } = results.study;
  const prompts = new Map(
    results.study.parts.flatMap((part) =>
      part.conditions.map(({ prompt, promptHash }) => [prompt, promptHash] as const),
    ),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Evaluation of ${escapeHtml(bundle.name)} ${escapeHtml(bundle.version)}</title><style>${STYLE}</style></head>
<body><h1>Evaluation of ${escapeHtml(bundle.name)} ${escapeHtml(bundle.version)}</h1>
<p class="lead">By the method of the CXR-LLaVA paper. For research and teaching; not a medical device.</p>
<p class="note">Bundle <code>${escapeHtml(bundle.hash)}</code>; study <code>${escapeHtml(results.identityHash)}</code>; prompts ${[...prompts].map(([name, hash]) => `${escapeHtml(name)} <code>${hash}</code>`).join(', ')}; reports labelled by ${escapeHtml(results.labeller)}; uncertain statements count as ${results.uncertain}. ${escapeHtml(machine)}</p>
<nav>${results.datasets.map((one) => `<a href="#${escapeHtml(one.dataset)}">${escapeHtml(one.dataset)}</a>`).join('')}</nav>
${against ? tableHtml(against) : ''}
${results.datasets.map((one) => datasetHtml(one, galleries.get(one.dataset) ?? [])).join('\n')}
</body></html>
`;
}
