// The paper's tables in its own shape, our figures beside the published ones, with every difference of the data said under the table.
import type { ConditionResult, Spread } from '../analysis/condition-result.ts';
import { CONFIRMED } from '../analysis/predictions.ts';
import type { DatasetResult } from '../analysis/results.ts';
import {
  type Printed,
  SUPPLEMENTARY_4,
  SUPPLEMENTARY_5,
  TABLE_3,
  TABLE_3_AVERAGE,
  TABLE_4,
  TABLE_4_AVERAGE,
} from '../paper/published.ts';
import { SWEEP_TEMPERATURES, SWEEP_TOP_PS } from '../study/plan.ts';
import { plain, type Table, withSd } from './table.ts';

const NONE: Spread = { mean: null, sd: null };

function printed([mean, sd]: Printed): string {
  // The paper prints small deviations with three digits (Supplementary Table 5).
  if (sd !== null && sd > 0 && sd < 0.005) return `${mean.toFixed(2)}±${sd.toFixed(3)}`;
  return withSd({ mean, sd });
}

function f1Of(condition: ConditionResult | undefined, finding: string): Spread {
  const result = condition?.findings.find((one) => one.finding === finding);
  // Without a single positive an F1 says nothing of the model.
  return result && result.positives > 0 ? result.rates.f1 : NONE;
}

/** What stands under a table that shows the paper's figures. */
function comparability(result: DatasetResult, paper: NonNullable<DatasetResult['paper']>): string[] {
  const notes: string[] = [];
  if (result.paper !== paper) {
    notes.push(
      `NOT COMPARABLE with the paper's columns: ${result.differs ?? `this is ${result.title}, not the data of the paper's table`}. They are shown for orientation only.`,
    );
  } else if (result.differs) notes.push(`Differs from the paper: ${result.differs}.`);
  if (result.withoutPositives.length > 0)
    notes.push(`No positive image here for ${result.withoutPositives.join(', ')}: no F1, and not in the average.`);
  const unheard = TABLE_3.map((row) => row.finding).filter((finding) => result.notAssessed.includes(finding));
  if (unheard.length > 0)
    notes.push(
      `This bundle does not assess ${unheard.join(', ')}: its reports cannot call them, which counts against it.`,
    );
  return notes;
}

function sizeNote(result: DatasetResult): string {
  const runs = Math.max(...result.conditions.map((condition) => condition.runs));
  const failed = result.conditions.reduce((sum, condition) => sum + condition.failedAnswers, 0);
  return `Ours: ${result.title}, ${result.images} images of ${result.patients} patients, mean±SD over ${runs} run${runs === 1 ? '' : 's'}${failed > 0 ? `; ${failed} answers failed (listed below)` : ''}.`;
}

/** Table 3: basic, specific and confirmed, ours and the paper's side by side, and the radiologists. */
function table3(result: DatasetResult): Table {
  const [basic, specific, confirmed] = ['basic', 'specific', CONFIRMED].map((id) =>
    result.conditions.find((one) => one.id === id),
  );
  const improvement = (from: Spread, to: Spread) =>
    from.mean === null || to.mean === null ? null : to.mean - from.mean;
  const row = (
    label: string,
    positives: string,
    ours: [Spread, Spread, Spread],
    paper: [Printed, Printed, Printed],
    radiologists: number,
  ) => [
    ...[label, positives, withSd(ours[0]), withSd(ours[1]), withSd(ours[2]), plain(improvement(ours[0], ours[2]))],
    ...[printed(paper[0]), printed(paper[1]), printed(paper[2]), plain(radiologists)],
  ];
  return {
    id: `table-3-${result.dataset}`,
    title: `Table 3 of the paper: F1 by prompt – ${result.dataset}`,
    columns: [
      'Finding',
      'Positives',
      'Basic',
      'Specific',
      'Confirmed',
      'Gain',
      'Paper basic',
      'Paper specific',
      'Paper confirmed',
      'Radiologists',
    ],
    rows: [
      ...TABLE_3.map((line) =>
        row(
          line.label,
          String(specific?.findings.find(({ finding }) => finding === line.finding)?.positives ?? '–'),
          [f1Of(basic, line.finding), f1Of(specific, line.finding), f1Of(confirmed, line.finding)],
          [line.basic, line.specific, line.confirmed],
          line.radiologists,
        ),
      ),
      row(
        'Average',
        '',
        [basic?.macroF1 ?? NONE, specific?.macroF1 ?? NONE, confirmed?.macroF1 ?? NONE],
        [TABLE_3_AVERAGE.basic, TABLE_3_AVERAGE.specific, TABLE_3_AVERAGE.confirmed],
        TABLE_3_AVERAGE.radiologists,
      ),
    ],
    notes: [sizeNote(result), ...comparability(result, 'chexpert-test')],
  };
}

/** Table 4: single-turn and multi-turn on an independent set. */
function table4(result: DatasetResult): Table {
  const [specific, confirmed] = ['specific', CONFIRMED].map((id) => result.conditions.find((one) => one.id === id));
  return {
    id: `table-4-${result.dataset}`,
    title: `Table 4 of the paper: F1 on an independent set – ${result.dataset}`,
    columns: ['Finding', 'Single turn', 'Multi-turn', 'Paper single turn', 'Paper multi-turn'],
    rows: [
      ...TABLE_4.map((line) => [
        line.label,
        withSd(f1Of(specific, line.finding)),
        withSd(f1Of(confirmed, line.finding)),
        printed(line.specific),
        printed(line.confirmed),
      ]),
      [
        'Average',
        withSd(specific?.macroF1 ?? NONE),
        withSd(confirmed?.macroF1 ?? NONE),
        printed(TABLE_4_AVERAGE.specific),
        printed(TABLE_4_AVERAGE.confirmed),
      ],
    ],
    notes: [sizeNote(result), ...comparability(result, 'indiana')],
  };
}

/** Supplementary Table 4: mean F1 and its SD by temperature and top-p. */
function supplementary4(result: DatasetResult): Table[] {
  const { sweep } = result;
  if (!sweep) return [];
  const cell = (topP: number, temperature: number) =>
    sweep.cells.find((one) => one.topP === topP && one.temperature === temperature)?.macroF1 ?? NONE;
  const best = [...sweep.cells].sort((a, b) => (b.macroF1.mean ?? -1) - (a.macroF1.mean ?? -1))[0];
  const table = (kind: 'mean' | 'sd', title: string, digits: number): Table => ({
    id: `supplementary-4-${kind}-${result.dataset}`,
    title: `Supplementary Table 4 of the paper: ${title} – ${result.dataset}`,
    columns: [
      'Top-p',
      ...SWEEP_TEMPERATURES.map((temperature) => `T ${temperature}`),
      ...SWEEP_TEMPERATURES.map((temperature) => `paper T ${temperature}`),
    ],
    rows: SWEEP_TOP_PS.map((topP) => [
      String(topP),
      ...SWEEP_TEMPERATURES.map((temperature) => plain(cell(topP, temperature)[kind], digits)),
      ...(SUPPLEMENTARY_4[String(topP)]?.[kind] ?? []).map((value) => value.toFixed(digits)),
    ]),
    notes: [
      `Ours: the same ${sweep.images} images in every cell (of ${result.images}), findings ${sweep.over.join(', ')}.`,
      ...(kind === 'mean' && best
        ? [`Best here: temperature ${best.temperature}, top-p ${best.topP}; the paper's: 0.4 and 0.8.`]
        : []),
      ...comparability(result, 'chexpert-test'),
    ],
  });
  return [table('mean', 'mean F1 of the five findings', 3), table('sd', 'SD of that mean over runs', 4)];
}

/** Supplementary Table 5: the pediatric set with and without the note on the heart's size. */
function supplementary5(result: DatasetResult): Table[] {
  const [specific, note] = ['specific', 'pediatric'].map((id) => result.pediatric.find((one) => one.id === id));
  if (!specific && !note) return [];
  return [
    {
      id: `supplementary-5-${result.dataset}`,
      title: `Supplementary Table 5 of the paper: children – ${result.dataset}`,
      columns: ['', 'Specific', 'With the note', 'Paper specific', 'Paper with the note'],
      rows: SUPPLEMENTARY_5.map((line) => [
        line.label,
        withSd(specific?.[line.key] ?? NONE),
        withSd(note?.[line.key] ?? NONE),
        printed(line.specific),
        printed(line.note),
      ]),
      notes: [sizeNote(result), ...comparability(result, 'pediatric')],
    },
  ];
}

/** The paper's tables that a data set can fill. */
export function paperTables(result: DatasetResult): Table[] {
  if (result.cohort === 'pediatric') return supplementary5(result);
  const tables: Table[] = [];
  if (result.conditions.length > 0) tables.push(table3(result));
  if (result.conditions.some((condition) => condition.id === CONFIRMED)) tables.push(table4(result));
  return [...tables, ...supplementary4(result)];
}
