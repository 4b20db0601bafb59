// A revealed case as files to keep: CSV (one row per reader and finding) and a printable HTML page with the same numbers.
import { diagnosisName } from './diagnosis-names.ts';
import { differentialOf, differentialsOf } from './differential.ts';
import { escaped, printablePage } from './page.ts';
import { SCORED_FINDINGS } from './read-answer.ts';
import { listed, type ReaderRow, resultsOf, shownNumber, shownRatio } from './results.ts';
import type { CaseSession } from './session.ts';

const COLUMNS = ['case', 'reader', 'finding', 'expected', 'probability', 'hints'] as const;

/** UTF-8, comma separated, quoted as RFC 4180 has it; an empty probability means that the reader did not mention the finding. */
export function caseCsv(session: CaseSession): string {
  const { readers, model, expected } = resultsOf(session);
  const rows = [...readers, model].flatMap(({ name, stated, hints }) =>
    SCORED_FINDINGS.map((finding) => [
      session.description.title,
      name,
      finding,
      expected.includes(finding) ? '1' : '0',
      stated.find((each) => each.finding === finding)?.probability.toString() ?? '',
      hints.toString(),
    ]),
  );
  return csvOf([COLUMNS, ...rows]);
}

/** One row per reader and diagnosis in the reader's order, in the reader's words and by its common name; no rows where nobody gave a differential. */
export function differentialCsv(session: CaseSession): string | null {
  const rows = differentialsOf(session).flatMap(({ name, items }) =>
    items.map((words, index) => [session.description.title, name, (index + 1).toString(), diagnosisName(words), words]),
  );
  return rows.length === 0 ? null : csvOf([['case', 'reader', 'rank', 'diagnosis', 'words'], ...rows]);
}

export function csvOf(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Spreadsheets run text that begins like a formula; a quote in front keeps it text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function caseHtml(session: CaseSession): string {
  const { description, further } = session;
  const { readers, model, findings, expected } = resultsOf(session);
  const title = escaped(description.title);
  const body = `<h1>${title}</h1>
<p>${escaped(description.history)}</p>
<p><strong>Expected:</strong> ${escaped(listed(expected))}${description.diagnosis === '' ? '' : ` · <strong>Diagnosis:</strong> ${escaped(description.diagnosis)}`}</p>
<h2>Readers</h2>
<table><thead><tr><th>Reader</th><th>Sensitivity</th><th>Specificity</th><th>Kappa with teacher</th><th>Kappa with model</th><th>Brier (stated)</th><th>Missed</th><th>Overcalled</th></tr></thead>
<tbody>${[...readers, model].map(readerRow).join('\n')}</tbody></table>
<h2>Findings (participants together)</h2>
<table><thead><tr><th>Finding</th><th>Sensitivity</th><th>Specificity</th></tr></thead><tbody>${findings
    .map(
      ({ finding, score: { tp, fn, tn, fp } }) =>
        `<tr><td>${escaped(finding.replaceAll('-', ' '))}</td><td>${bar(tp, tp + fn)}</td><td>${bar(tn, tn + fp)}</td></tr>`,
    )
    .join('\n')}</tbody></table>
${differentialTable(session)}
<h2>The model's report</h2>${session.films.map(({ report }) => `<pre>${escaped(report)}</pre>`).join('\n')}
${further === null ? '' : `<p><strong>Asked for a differential:</strong> ${escaped(further.differential)}<br><strong>Asked for the next examination:</strong> ${escaped(further.examination)}</p>`}
${description.next === '' ? '' : `<p><strong>Next examination:</strong> ${escaped(description.next)}</p>`}
${description.points.length === 0 ? '' : `<h2>Teaching points</h2><ul>${description.points.map((point) => `<li>${escaped(point)}</li>`).join('')}</ul>`}
<p class="note">Findings that a reader does not mention count as absent. The Brier score is over the findings that the reader mentions. For teaching only; not a diagnosis.</p>`;
  return printablePage(description.title, body);
}

function differentialTable(session: CaseSession): string {
  const { participants, diagnoses } = differentialOf(session);
  if (diagnoses.length === 0) return '';
  const rows = diagnoses.map(({ name, named, meanRank, teacherRank, modelRank }) =>
    [name, `${named} of ${participants}`, meanRank?.toFixed(1) ?? '', teacherRank ?? '', modelRank ?? '']
      .map((each) => `<td>${escaped(each.toString())}</td>`)
      .join(''),
  );
  return `<h2>Differential</h2>
<table><thead><tr><th>Diagnosis</th><th>Participants</th><th>Mean rank</th><th>Teacher</th><th>Model</th></tr></thead>
<tbody>${rows.map((row) => `<tr>${row}</tr>`).join('\n')}</tbody></table>`;
}

function readerRow({ name, score, kappaWithModel, missed, overcalled }: ReaderRow): string {
  const { tp, fp, fn, tn, kappa, brier, stated } = score;
  const cells = [
    escaped(name),
    bar(tp, tp + fn),
    bar(tn, tn + fp),
    shownNumber(kappa),
    name === 'Model' ? '' : shownNumber(kappaWithModel),
    `${shownNumber(brier)} (${stated})`,
    escaped(listed(missed)),
    escaped(listed(overcalled)),
  ];
  return `<tr>${cells.map((each) => `<td>${each}</td>`).join('')}</tr>`;
}

function bar(part: number, whole: number): string {
  const width = whole === 0 ? 0 : Math.round((80 * part) / whole);
  return `<svg width="80" height="10" role="img" aria-label="${shownRatio(part, whole)}"><rect width="80" height="10" fill="#e3e9ee"/><rect width="${width}" height="10" fill="#2f6f9f"/></svg> ${shownRatio(part, whole)}`;
}
