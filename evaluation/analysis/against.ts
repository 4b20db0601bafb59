// Compares a study with an earlier one on the same images: another bundle, other weights, other settings.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CxrError } from '../../engine/error.ts';
import { interval, plain, type Table } from '../report/table.ts';
import { PAPER_FINDINGS } from '../study/plan.ts';
import type { StudyRecord } from '../study/records.ts';
import { openRecords } from '../study/records.ts';
import type { StudyIdentity, StudyPart } from '../study/run-study.ts';
import { type Comparison, compareConditions } from './compare.ts';
import type { UncertainPolicy } from './predictions.ts';
import { callsOf } from './results.ts';

export interface StudyComparison {
  dataset: string;
  condition: string;
  comparison: Comparison;
}

/** Reads an earlier study's folder. Throws CxrError `usage` when it holds none. */
function readEarlier(folder: string): { identity: StudyIdentity; records: readonly StudyRecord[] } {
  const file = join(folder, 'study.json');
  if (!existsSync(file)) throw new CxrError('usage', `${folder} holds no study to compare with.`);
  return {
    identity: JSON.parse(readFileSync(file, 'utf8')) as StudyIdentity,
    records: openRecords(join(folder, 'records.jsonl')).records,
  };
}

/**
 * Every condition that both studies have asked, second − first on the images both know. Data sets must be the same in every label.
 * Throws CxrError `usage` when nothing can be compared.
 */
export function compareWithEarlier(
  folder: string,
  parts: readonly StudyPart[],
  records: readonly StudyRecord[],
  policy: UncertainPolicy,
): { earlier: string; comparisons: StudyComparison[] } {
  const earlier = readEarlier(folder);
  const comparisons = parts.flatMap((part) => {
    const name = part.dataset.description.name;
    const theirs = earlier.identity.parts.find((one) => one.dataset === name && one.dataHash === part.dataset.hash);
    if (!theirs) return [];
    const asked = new Set(theirs.conditions.map(({ id }) => id));
    const shared: StudyPart = {
      ...part,
      plan: {
        ...part.plan,
        conditions: part.plan.conditions.filter(({ id }) => asked.has(id) && !/^(?:sweep|control) /.test(id)),
      },
    };
    const [before, now] = [callsOf(shared, earlier.records, policy), callsOf(shared, records, policy)];
    const labelled = PAPER_FINDINGS.filter((finding) =>
      part.dataset.images.some((image) => image.truth[finding] === 'present'),
    );
    const over = labelled.length > 0 ? labelled : ['abnormal'];
    return [...now].flatMap(([condition, calls]) => {
      const other = before.get(condition);
      return other
        ? [{ dataset: name, condition, comparison: compareConditions(other, calls, over, { seed: part.plan.seed }) }]
        : [];
    });
  });
  if (comparisons.length === 0)
    throw new CxrError('usage', `${folder} holds no study of the same images and labels with the same prompts.`);
  const { name, version, hash } = earlier.identity.bundle;
  return { earlier: `${name} ${version} (${hash.slice(0, 8)})`, comparisons };
}

/** This study − the earlier one. */
export function againstTable(earlier: string, comparisons: readonly StudyComparison[]): Table {
  return {
    id: 'against',
    title: `Against the earlier study of ${earlier}`,
    columns: ['Data set', 'Prompt', 'Macro F1 gain', '95 %', 'p', 'More than noise', 'McNemar, p < 0.05'],
    rows: comparisons.map(({ dataset, condition, comparison: { macroF1, mcNemar } }) => [
      ...[
        dataset,
        condition,
        plain(macroF1?.difference, 3),
        interval(macroF1?.interval ?? null, 3),
        plain(macroF1?.p, 3),
      ],
      macroF1?.interval && (macroF1.interval.low > 0 || macroF1.interval.high < 0) ? 'yes' : 'no',
      mcNemar
        .filter((test) => test.p < 0.05)
        .map((test) => `${test.finding} ${test.onlySecond}:${test.onlyFirst}`)
        .join(', ') || 'none',
    ]),
    notes: [
      'This study minus the earlier one on the same images; paired bootstrap by patient, exact McNemar test of the first run (right only here : right only there).',
    ],
  };
}
