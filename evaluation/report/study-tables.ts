// The tables the paper does not have: all rates per finding, scores, comparisons, image-dependence, failures.
import type { ConditionResult } from '../analysis/condition-result.ts';
import type { DatasetResult } from '../analysis/results.ts';
import { interval, plain, type Table, withSd } from './table.ts';

function rateTable(result: DatasetResult, condition: ConditionResult): Table {
  return {
    id: `rates-${condition.id.replaceAll(' ', '-')}-${result.dataset}`,
    title: `All figures: ${condition.id} – ${result.dataset}`,
    columns: [
      'Finding',
      'n',
      'Positives',
      'Prevalence',
      'Precision',
      'Recall',
      'F1',
      'F1, 95 %',
      'Specificity',
      'Accuracy',
    ],
    rows: condition.findings.map((one) => [
      ...[one.finding, String(one.n), String(one.positives), plain(one.prevalence)],
      ...[withSd(one.rates.precision), withSd(one.rates.recall), withSd(one.rates.f1), interval(one.f1Interval)],
      ...[withSd(one.rates.specificity), withSd(one.rates.accuracy)],
    ]),
    notes: [
      `Macro F1 over ${condition.macroF1.over.join(', ') || 'no finding'}: ${withSd(condition.macroF1)} (95 % ${interval(condition.macroF1.interval)}); micro F1 ${withSd(condition.microF1)}. Intervals: bootstrap by patient, 1,000 rounds.`,
      ...(condition.failedAnswers > 0 ? [`${condition.failedAnswers} answers failed and are in no figure.`] : []),
    ],
  };
}

function scoreTable(result: DatasetResult): Table[] {
  if (result.scores.length === 0) return [];
  return [
    {
      id: `scores-${result.dataset}`,
      title: `Scores: encoder and P(yes) – ${result.dataset}`,
      columns: ['Finding', 'Score', 'n', 'Positives', 'AUROC', '95 %', 'AUPRC', 'ECE', 'Brier'],
      rows: result.scores.map((score) => [
        ...[
          score.finding,
          score.by,
          String(score.n),
          String(score.positives),
          plain(score.auroc, 3),
          interval(score.aurocInterval, 3),
        ],
        ...[plain(score.auprc, 3), plain(score.ece, 3), plain(score.brier, 3)],
      ]),
      notes: [
        'Only findings that the bundle assesses and the data set labels. P(yes) is the confirmation question’s, first run. ECE over ten bins.',
      ],
    },
  ];
}

function comparisonTable(result: DatasetResult): Table[] {
  if (result.comparisons.length === 0) return [];
  return [
    {
      id: `comparisons-${result.dataset}`,
      title: `Which prompt is better, and is it more than noise – ${result.dataset}`,
      columns: ['Compared', 'Macro F1 gain', '95 %', 'p', 'More than noise'],
      rows: result.comparisons.map(({ first, second, macroF1 }) => [
        ...[
          `${second} − ${first}`,
          plain(macroF1?.difference, 3),
          interval(macroF1?.interval ?? null, 3),
          plain(macroF1?.p, 3),
        ],
        macroF1?.interval && (macroF1.interval.low > 0 || macroF1.interval.high < 0) ? 'yes' : 'no',
      ]),
      notes: [
        'Paired bootstrap by patient.',
        ...result.comparisons.flatMap(({ first, second, mcNemar }) => {
          const told = mcNemar
            .filter((test) => test.p < 0.05)
            .map(
              (test) => `${test.finding} (${test.onlySecond} against ${test.onlyFirst} images, p ${test.p.toFixed(3)})`,
            );
          return told.length === 0 ? [] : [`McNemar, first run, ${second} against ${first}: ${told.join(', ')}.`];
        }),
      ],
    },
  ];
}

function dependenceTable(result: DatasetResult): Table[] {
  const { dependence } = result;
  if (!dependence) return [];
  return [
    {
      id: `image-dependence-${result.dataset}`,
      title: `Do the answers depend on the image – ${result.dataset}`,
      columns: ['Shown', 'F1', 'Youden', 'Drop of Youden', '95 %', 'Answers as with the real image'],
      rows: [
        ['the image', plain(dependence.f1, 3), plain(dependence.youden, 3), '', '', ''],
        ...dependence.controls.map((control) => [
          ...[
            control.source === 'swapped' ? "another patient's" : control.source,
            plain(control.f1, 3),
            plain(control.youden, 3),
          ],
          ...[plain(control.change ? -control.change.difference : null, 3)],
          ...[
            control.change?.interval
              ? interval({ low: -control.change.interval.high, high: -control.change.interval.low }, 3)
              : '–',
          ],
          `${Math.round(100 * control.sameAnswers)} %`,
        ]),
      ],
      notes: [
        `${dependence.verdict.toUpperCase()}: ${dependence.why}.`,
        `Greedy answers to the specific prompt on ${dependence.answers} images, ${dependence.distinctAnswers} different ones; Youden is sensitivity + specificity − 1, mean over findings with positives and negatives.`,
      ],
    },
  ];
}

function failureTable(result: DatasetResult): Table[] {
  if (result.failures.length === 0) return [];
  const byImage = new Map<string, { code: string; sentence: string; count: number }>();
  for (const { image, code, sentence } of result.failures) {
    const key = `${image}\u0000${code}`;
    byImage.set(key, { code, sentence, count: (byImage.get(key)?.count ?? 0) + 1 });
  }
  return [
    {
      id: `failures-${result.dataset}`,
      title: `Failures – ${result.dataset}`,
      columns: ['Image', 'Answers lost', 'Code', 'What was said'],
      rows: [...byImage].map(([key, { code, sentence, count }]) => [
        key.split('\u0000')[0] ?? '',
        String(count),
        code,
        sentence,
      ]),
      notes: ['Failed answers are in no figure above; none is dropped silently.'],
    },
  ];
}

export function studyTables(result: DatasetResult): Table[] {
  return [
    ...result.conditions.map((condition) => rateTable(result, condition)),
    ...scoreTable(result),
    ...comparisonTable(result),
    ...dependenceTable(result),
    ...failureTable(result),
  ];
}
