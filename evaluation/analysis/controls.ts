// Whether the answers depend on the image: the same questions about blank, noise and swapped images, and what is lost.
import { type Draws, type PairedDifference, pairedBootstrap } from '../metrics/bootstrap.ts';
import { macroStatistic } from './condition-result.ts';
import type { ConditionCalls } from './predictions.ts';

export interface ControlResult {
  source: 'blank' | 'noise' | 'swapped';
  images: number;
  /** Mean over findings of sensitivity + specificity − 1 with this source; 0 for guessing. */
  youden: number | null;
  f1: number | null;
  /** What is lost against the real image (control − real of Youden's index). */
  change: PairedDifference | null;
  /** Share of images whose answer is word for word that of the real image. */
  sameAnswers: number;
}

export interface ImageDependence {
  youden: number | null;
  f1: number | null;
  distinctAnswers: number;
  answers: number;
  controls: ControlResult[];
  /** Fails when answers do not change with the image, or when a swapped image does as well as the right one. */
  verdict: 'passes' | 'fails' | 'not certain';
  why: string;
}

/** Above this share of unchanged answers to another patient's image the answers do not depend on the image. */
const MAX_SAME_ANSWERS = 0.95;

function whole(calls: ConditionCalls): number[] {
  return calls.images.map((_, index) => index);
}

function controlResult(
  real: ConditionCalls,
  control: ConditionCalls,
  source: ControlResult['source'],
  over: readonly string[],
  draws: Draws,
): ControlResult {
  const patients = real.images.map((image) => image.patient);
  const youden = macroStatistic(control, over, 'youden');
  const texts = control.answers[0] ?? [];
  const same = texts.filter((text, index) => text !== null && text === real.answers[0]?.[index]).length;
  const answered = texts.filter((text) => text !== null).length;
  return {
    source,
    images: answered,
    youden: youden(whole(control)),
    f1: macroStatistic(control, over, 'f1')(whole(control)),
    change: pairedBootstrap(patients, macroStatistic(real, over, 'youden'), youden, draws),
    sameAnswers: answered === 0 ? 0 : same / answered,
  };
}

function verdictOf(
  controls: readonly ControlResult[],
  distinct: number,
  answers: number,
): Pick<ImageDependence, 'verdict' | 'why'> {
  const swapped = controls.find((control) => control.source === 'swapped');
  if (answers > 1 && distinct === 1) return { verdict: 'fails', why: 'every image gets the same answer' };
  if (!swapped) return { verdict: 'not certain', why: 'no image was swapped' };
  if (swapped.sameAnswers > MAX_SAME_ANSWERS) {
    return {
      verdict: 'fails',
      why: `${Math.round(100 * swapped.sameAnswers)} % of the answers stay the same when the image is another patient's`,
    };
  }
  const change = swapped.change;
  if (!change)
    return { verdict: 'not certain', why: 'too few findings with both positives and negatives to measure a drop' };
  if (change.difference >= 0) return { verdict: 'fails', why: "another patient's image does as well as the right one" };
  if (!change.interval || change.interval.high >= 0)
    return { verdict: 'not certain', why: 'the drop with swapped images is within what chance gives on so few images' };
  return {
    verdict: 'passes',
    why: 'answers change with the image, and swapping images costs more than chance explains',
  };
}

/** `calls` by condition id; null when the study has no controls. `over` are findings with both positives and negatives. */
export function imageDependence(
  calls: ReadonlyMap<string, ConditionCalls>,
  over: readonly string[],
  draws: Draws,
): ImageDependence | null {
  const real = calls.get('control real');
  if (!real) return null;
  const controls = (['blank', 'noise', 'swapped'] as const).flatMap((source) => {
    const control = calls.get(`control ${source}`);
    return control ? [controlResult(real, control, source, over, draws)] : [];
  });
  const texts = (real.answers[0] ?? []).filter((text) => text !== null);
  const distinctAnswers = new Set(texts).size;
  return {
    youden: macroStatistic(real, over, 'youden')(whole(real)),
    f1: macroStatistic(real, over, 'f1')(whole(real)),
    distinctAnswers,
    answers: texts.length,
    controls,
    ...verdictOf(controls, distinctAnswers, texts.length),
  };
}
