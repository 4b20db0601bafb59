// Figures of scores: the encoder's probabilities and P(yes) of the confirmation question, against the truth.
import type { Dataset } from '../data/dataset.ts';
import { bootstrapInterval, type Draws, type Interval } from '../metrics/bootstrap.ts';
import { brierScore, expectedCalibrationError, type ReliabilityBin, reliability } from '../metrics/calibration.ts';
import { auprc, auroc, type CurvePoint, prCurve, rocCurve, type Scored } from '../metrics/curves.ts';
import type { StudyRecord } from '../study/records.ts';

export interface ScoreResult {
  finding: string;
  by: 'encoder' | 'P(yes)';
  n: number;
  positives: number;
  auroc: number | null;
  aurocInterval: Interval | null;
  auprc: number | null;
  ece: number | null;
  brier: number | null;
  roc: CurvePoint[];
  pr: CurvePoint[];
  reliability: ReliabilityBin[];
}

interface ScoredImage extends Scored {
  patient: string;
}

function resultOf(finding: string, by: ScoreResult['by'], items: readonly ScoredImage[], draws: Draws): ScoreResult {
  const pick = (indices: readonly number[]) => indices.flatMap((index) => items[index] ?? []);
  return {
    finding,
    by,
    n: items.length,
    positives: items.filter((item) => item.truth).length,
    auroc: auroc(items),
    aurocInterval: bootstrapInterval(
      items.map((item) => item.patient),
      (indices) => auroc(pick(indices)),
      draws,
    ),
    auprc: auprc(items),
    ece: expectedCalibrationError(items),
    brier: brierScore(items),
    // JSON has no infinity: the curve's first threshold stands for "nothing is positive".
    roc: rocCurve(items).map((point) => ({ ...point, threshold: Math.min(point.threshold, 2) })),
    pr: prCurve(items),
    reliability: reliability(items),
  };
}

function addScore(scores: Map<string, ScoredImage[]>, finding: string, item: ScoredImage): void {
  const list = scores.get(finding);
  if (list) list.push(item);
  else scores.set(finding, [item]);
}

/** One result for each finding that has a score on some image whose truth is known. P(yes) is that of the first run. */
export function scoreResults(dataset: Dataset, records: readonly StudyRecord[], draws: Draws): ScoreResult[] {
  const images = new Map(dataset.images.map((image) => [image.id, image]));
  const encoder = new Map<string, ScoredImage[]>();
  const yes = new Map<string, ScoredImage[]>();
  const mine = records.filter((record) => record.dataset === dataset.description.name);
  // The order in which workers finished must not show in the figures.
  for (const record of [...mine].sort((a, b) => (a.image < b.image ? -1 : a.image > b.image ? 1 : 0))) {
    const image = images.get(record.image);
    if (!image) continue;
    const truthOf = (finding: string) => {
      const truth = image.truth[finding];
      return truth === 'present' ? true : truth === 'absent' ? false : null;
    };
    if (record.kind === 'encoded' && record.source === 'real') {
      for (const { name, assessed, probability } of record.findings) {
        const truth = truthOf(name);
        if (assessed && probability !== null && truth !== null)
          addScore(encoder, name, { truth, score: probability, patient: image.patient });
      }
    }
    if (record.kind === 'answer' && record.run === 0) {
      for (const { finding, probability } of record.confirmations) {
        const truth = truthOf(finding);
        if (truth !== null) addScore(yes, finding, { truth, score: probability, patient: image.patient });
      }
    }
  }
  return [
    ...[...encoder].map(([finding, items]) => resultOf(finding, 'encoder', items, draws)),
    ...[...yes].map(([finding, items]) => resultOf(finding, 'P(yes)', items, draws)),
  ];
}
