// Turns a study's answers into calls: for each condition, run, image and finding, whether the text (or the confirmation) says it is there.
import { labelReport, REPORT_FINDINGS } from '../../labeller/label-report.ts';
import type { Dataset, DatasetImage } from '../data/dataset.ts';
import type { Condition } from '../study/plan.ts';
import type { AnswerRecord, StudyRecord } from '../study/records.ts';

/** How an uncertain statement of the model counts ("cannot be excluded"). */
export type UncertainPolicy = 'present' | 'absent';

/** Calls of one run: finding → called present; null where the image has no answer. */
export type Calls = ReadonlyMap<string, boolean>;

export interface ConditionCalls {
  id: string;
  /** Images asked under this condition, in the order of the data set. */
  images: readonly DatasetImage[];
  /** [run][image]; null for a failed answer. */
  runs: readonly (readonly (Calls | null)[])[];
  /** [run][image] the answers themselves; null for a failed one. */
  answers: readonly (readonly (string | null)[])[];
}

/** The study's own name for the confirmed specific prompt (its report is the specific prompt's). */
export const CONFIRMED = 'specific with confirmation';

/** `abnormal` is what "no finding" is not. */
export function callsOfText(text: string, policy: UncertainPolicy): Calls {
  const counts = (assertion: string | undefined) =>
    assertion === 'present' || (assertion === 'uncertain' && policy === 'present');
  const labels = new Map(labelReport(text, REPORT_FINDINGS).map(({ finding, assertion }) => [finding, assertion]));
  const calls = new Map(
    [...labels]
      .filter(([finding]) => finding !== 'no-finding')
      .map(([finding, assertion]) => [finding, counts(assertion)]),
  );
  const none = labels.get('no-finding');
  calls.set('abnormal', none === 'absent' || (none === 'uncertain' && policy === 'present'));
  return calls;
}

function callsOfConfirmations(record: AnswerRecord): Calls {
  return new Map(record.confirmations.map(({ finding, answer }) => [finding, answer === 'yes']));
}

function answersOf(records: readonly StudyRecord[], dataset: string, condition: string): Map<string, AnswerRecord> {
  const found = records.filter(
    (record): record is AnswerRecord =>
      record.kind === 'answer' && record.dataset === dataset && record.condition === condition,
  );
  return new Map(found.map((record) => [`${record.run}\u0000${record.image}`, record]));
}

/** Small models say the same of many images: each text is read once. */
function createTextReader(policy: UncertainPolicy): (text: string) => Calls {
  const read = new Map<string, Calls>();
  return (text) => {
    const calls = read.get(text) ?? callsOfText(text, policy);
    read.set(text, calls);
    return calls;
  };
}

/** All calls of a data set's conditions; a condition with confirmations gives a second one, `CONFIRMED`. */
export function readCalls(
  dataset: Dataset,
  conditions: readonly Condition[],
  asked: (condition: Condition) => readonly DatasetImage[],
  records: readonly StudyRecord[],
  policy: UncertainPolicy,
): ConditionCalls[] {
  const readText = createTextReader(policy);
  return conditions.flatMap((condition) => {
    const answers = answersOf(records, dataset.description.name, condition.id);
    const images = asked(condition);
    const perRun = <T>(read: (record: AnswerRecord) => T): (T | null)[][] =>
      Array.from({ length: condition.runs }, (_, run) =>
        images.map((image) => {
          const record = answers.get(`${run}\u0000${image.id}`);
          return record ? read(record) : null;
        }),
      );
    const texts = perRun((record) => record.answer);
    const own: ConditionCalls = {
      id: condition.id,
      images,
      runs: perRun((record) => readText(record.answer)),
      answers: texts,
    };
    if (condition.confirm.length === 0) return [own];
    return [own, { id: CONFIRMED, images, runs: perRun(callsOfConfirmations), answers: texts }];
  });
}

/** Truth and call of one finding over the images whose truth is known and that were answered; `index` is the image's. */
export function pairsOf(
  calls: ConditionCalls,
  run: number,
  finding: string,
): { index: number; truth: boolean; predicted: boolean }[] {
  return calls.images.flatMap((image, index) => {
    const truth = image.truth[finding];
    const predicted = calls.runs[run]?.[index]?.get(finding);
    if ((truth !== 'present' && truth !== 'absent') || predicted === undefined) return [];
    return [{ index, truth: truth === 'present', predicted }];
  });
}
