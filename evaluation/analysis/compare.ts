// Whether one condition is better than another on the same images, or only luckier.
import { type McNemar, mcNemar } from '../metrics/agreement.ts';
import { type Draws, type PairedDifference, pairedBootstrap } from '../metrics/bootstrap.ts';
import { macroStatistic } from './condition-result.ts';
import { type ConditionCalls, pairsOf } from './predictions.ts';

export interface Comparison {
  first: string;
  second: string;
  over: readonly string[];
  /** Second − first, mean F1 over runs and findings; null where one has no value. */
  macroF1: PairedDifference | null;
  /** First run of each, for each finding: which of the two is right where the other is wrong. */
  mcNemar: ({ finding: string } & McNemar)[];
}

/** The images that both conditions were asked about, in the first one's order. */
function onSharedImages(calls: ConditionCalls, shared: ReadonlySet<string>, order: readonly string[]): ConditionCalls {
  const index = new Map(calls.images.map((image, position) => [image.id, position]));
  const places = order.filter((id) => shared.has(id)).map((id) => index.get(id) ?? -1);
  return {
    id: calls.id,
    images: places.flatMap((place) => calls.images[place] ?? []),
    runs: calls.runs.map((run) => places.map((place) => run[place] ?? null)),
    answers: calls.answers.map((run) => places.map((place) => run[place] ?? null)),
  };
}

/** Compares two conditions on the images they share; `over` are the findings. */
export function compareConditions(
  a: ConditionCalls,
  b: ConditionCalls,
  over: readonly string[],
  draws: Draws,
): Comparison {
  const inB = new Set(b.images.map((image) => image.id));
  const order = a.images.map((image) => image.id);
  const shared = new Set(order.filter((id) => inB.has(id)));
  const first = onSharedImages(a, shared, order);
  const second = onSharedImages(b, shared, order);
  const patients = first.images.map((image) => image.patient);
  const tests = over.map((finding) => {
    const right = (calls: ConditionCalls) =>
      new Map(pairsOf(calls, 0, finding).map((pair) => [pair.index, pair.truth === pair.predicted]));
    const [rightA, rightB] = [right(first), right(second)];
    const both = [...rightA.keys()].filter((index) => rightB.has(index));
    return {
      finding,
      ...mcNemar(
        both.map((index) => rightA.get(index) === true),
        both.map((index) => rightB.get(index) === true),
      ),
    };
  });
  return {
    first: a.id,
    second: b.id,
    over,
    macroF1: pairedBootstrap(patients, macroStatistic(first, over, 'f1'), macroStatistic(second, over, 'f1'), draws),
    mcNemar: tests,
  };
}
