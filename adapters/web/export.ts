// A conversation as a file to keep: Markdown, JSON, or one self-contained HTML page with the films in it and no script.
import { tablesAsLists } from '../shared/markdown-table.ts';
import type { AboutBundle, PagePost, ThreadView } from './wire.ts';

const formats = ['md', 'json', 'html'] as const;
export type ExportFormat = (typeof formats)[number];
export const isExportFormat = (text: string): text is ExportFormat => (formats as readonly string[]).includes(text);

type ReadBlob = (id: string) => Promise<Uint8Array | null>;

/** What every export says first and last. */
const notice = (about: AboutBundle) =>
  `Draft written by ${about.bundle}${about.hash ? ` (${about.hash.slice(0, 12)})` : ''}. Not a diagnosis; not for clinical use without a radiologist.`;

export async function exportThread(
  format: ExportFormat,
  view: ThreadView,
  about: AboutBundle,
  readBlob: ReadBlob,
): Promise<{ text: string; mediaType: string }> {
  const posts = view.posts.filter((post) => post.state !== 'draft');
  if (format === 'md') return { text: markdown(view, posts, about), mediaType: 'text/markdown; charset=utf-8' };
  if (format === 'json') return { text: json(view, posts, about), mediaType: 'application/json; charset=utf-8' };
  return { text: await html(view, posts, about, readBlob), mediaType: 'text/html; charset=utf-8' };
}

const who = (post: PagePost) => (post.author.isBot ? 'CXR-LLaVA' : post.author.name || 'Person');
const when = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const said = (post: PagePost) => [post.text, post.failure].filter(Boolean).join('\n\n');

function findingRows(post: PagePost): { label: string; probability: string; threshold: string; reading: string }[] {
  return (post.film?.findings ?? []).map(({ label, assessed, probability, threshold }) => {
    if (!assessed || probability === null) return { label, probability: '', threshold: '', reading: 'not assessed' };
    const reading = threshold === null ? '' : probability >= threshold ? 'above threshold' : 'below threshold';
    return { label, probability: probability.toFixed(2), threshold: threshold?.toFixed(2) ?? '', reading };
  });
}

function markdown(view: ThreadView, posts: readonly PagePost[], about: AboutBundle): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const parts = posts.map((post) => {
    const rows = findingRows(post).map(
      (row) => `| ${cell(row.label)} | ${row.probability} | ${row.threshold} | ${row.reading} |`,
    );
    const table = ['| finding | probability | threshold | reading |', '| --- | --- | --- | --- |', ...rows].join('\n');
    const films = post.attachments.map((file, index) => `- film ${index + 1}: ${file.kind}, ${file.size} bytes`);
    const blocks = [`## ${who(post)} · ${when(post.at)}`, films.join('\n'), said(post), rows.length > 0 ? table : ''];
    return blocks.filter(Boolean).join('\n\n');
  });
  return `# ${view.thread.title}\n\n> ${notice(about)}\n\n${parts.join('\n\n')}\n\n---\n\n${about.intendedUse}\n`;
}

function json(view: ThreadView, posts: readonly PagePost[], about: AboutBundle): string {
  const kept = posts.map((post) => ({
    at: new Date(post.at).toISOString(),
    author: who(post),
    isBot: post.author.isBot,
    text: post.text,
    failure: post.failure,
    attachments: post.attachments.map(({ kind, size }) => ({ kind, size })),
    film: post.film && { image: post.film.image, findings: post.film.findings },
  }));
  const document = { title: view.thread.title, notice: notice(about), about, posts: kept };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? character);
}

async function html(
  view: ThreadView,
  posts: readonly PagePost[],
  about: AboutBundle,
  readBlob: ReadBlob,
): Promise<string> {
  const picture = async (id: string, alt: string, name: string) => {
    const bytes = await readBlob(id);
    if (bytes === null) return '';
    const data = Buffer.from(bytes).toString('base64');
    return `<img class="${name}" alt="${escapeHtml(alt)}" src="data:image/png;base64,${data}">`;
  };
  const sections: string[] = [];
  for (const post of posts) {
    const film = post.film;
    const layers = film && [
      await picture(film.png, `Radiograph ${film.image + 1}`, 'film'),
      film.overlay === null ? '' : await picture(film.overlay, '', 'overlay'),
    ];
    const toggle = film?.overlay ? '<label><input type="checkbox" checked> attention overlay</label>' : '';
    const rows = findingRows(post).map(
      (row) =>
        `<tr><th scope="row">${escapeHtml(row.label)}</th><td>${row.probability}</td><td>${row.threshold}</td><td>${row.reading}</td></tr>`,
    );
    const table = `<table><thead><tr><th>finding</th><th>probability</th><th>threshold</th><th>reading</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
    sections.push(
      `<section><h2>${escapeHtml(who(post))} <small>${when(post.at)}</small></h2><p class="text">${escapeHtml(tablesAsLists(said(post)))}</p>${layers ? `<figure>${toggle}<div class="layers">${layers.join('')}</div></figure>` : ''}${rows.length > 0 ? table : ''}</section>`,
    );
  }
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(view.thread.title)}</title>
<style>
body{font:16px/1.5 "Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#16202a}
.notice{border-left:4px solid #b26a00;padding:.5rem 1rem;background:#fff6e5}h2{font-size:1rem;margin:2rem 0 .25rem}small{color:#52606d;font-weight:400}
.text{white-space:pre-wrap;margin:0}figure{margin:1rem 0}.layers{position:relative;background:#000}.layers img{display:block;width:100%}.layers .overlay{position:absolute;inset:0;height:100%;opacity:.5}
figure:not(:has(input:checked)) .overlay{display:none}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #d5dbe1;padding:.25rem .5rem;text-align:left;font-weight:400}thead th{color:#52606d}
</style></head><body><h1>${escapeHtml(view.thread.title)}</h1><p class="notice">${escapeHtml(notice(about))}</p>
${sections.join('\n')}
<hr><p>${escapeHtml(about.intendedUse)}</p></body></html>
`;
}
