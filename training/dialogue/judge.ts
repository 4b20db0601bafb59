// What counts as an answer to the point: rules over the answers of the miniature's own language, used only to measure it.

/** Finding names as bundles have them, and the words by which the miniature's answers speak of them. */
const LABELS: Readonly<Record<string, string>> = {
  effusion: 'pleural effusion',
  edema: 'pulmonary edema',
  atelectasis: 'atelectasis',
  pneumothorax: 'pneumothorax',
  cardiomegaly: 'cardiomegaly',
  consolidation: 'consolidation',
};

/** What the encoder says of one film. */
export interface Truth {
  /** Only normal or abnormal is assessed. */
  child: boolean;
  /** `abnormal` is at or above its threshold. */
  abnormal: boolean;
  /** Assessed findings at or above their threshold, without `abnormal`, in alphabetical order. */
  present: string[];
}

const sorted = (names: Iterable<string>) => [...new Set(names)].sort();
const same = (a: readonly string[], b: readonly string[]) => a.join() === b.join();
const named = (text: string) =>
  sorted(Object.keys(LABELS).filter((name) => text.toLowerCase().includes(LABELS[name] ?? name)));

/** Findings that a report asserts, in its sentences and in its impression. */
export function reportedFindings(report: string): { body: string[]; impression: string[] } | null {
  const [body, impression, ...rest] = report.split(/ ?Impression: /);
  if (body === undefined || impression === undefined || rest.length > 0) return null;
  const asserted = body.split(/(?<=\.) /).filter((sentence) => !/\b(no|not|none)\b/i.test(sentence));
  return { body: named(asserted.join(' ')), impression: named(impression) };
}

/** The report mentions exactly the findings above their threshold, and says normal or abnormal where there are none. */
export function reportIsExact(report: string, { child, abnormal, present }: Truth): boolean {
  const said = reportedFindings(report);
  if (said === null) return false;
  const impression = report.split('Impression: ')[1] ?? '';
  if (child) {
    return /child/i.test(report) && said.impression.length === 0 && /^(abnormal)/i.test(impression) === abnormal;
  }
  if (!same(said.body, present) || !same(said.impression, present)) return false;
  return present.length > 0 || /(unspecific|abnormal film)/i.test(impression) === abnormal;
}

/** Calibrated probability from which training/dialogue/belief.py speaks of a finding without a hedge, and as probable. */
const CLEAR = 0.7;
const PROBABLE = 0.4;

export type Certainty = 'clear' | 'probable' | 'possible';

/** The words that a finding at or above its threshold deserves. */
export function certaintyOf(probability: number): Certainty {
  if (probability >= CLEAR) return 'clear';
  return probability >= PROBABLE ? 'probable' : 'possible';
}

/** How surely a report's sentence speaks of the finding; null if no sentence asserts it. */
export function certaintySaid(report: string, finding: string): Certainty | null {
  const [body = ''] = report.split('Impression: ');
  const sentence = body
    .split(/(?<=\.) /)
    .find((each) => named(each).includes(finding) && !/\b(no|not|none)\b/i.test(each));
  if (sentence === undefined) return null;
  if (/\b(possible|possibly|may)\b/i.test(sentence)) return 'possible';
  return /\b(probable|probably|likely)\b/i.test(sentence) ? 'probable' : 'clear';
}

const subjects = (text: string, pattern: RegExp) => sorted([...text.matchAll(pattern)].map((match) => match[1] ?? ''));

/** The differential explains the report's findings, all of them and no others. */
export function differentialFits(answer: string, { child, abnormal, present }: Truth): boolean {
  const explained = subjects(answer, /\bThe ([a-z]+) (?:may be due to|could be explained by)/g);
  if (!same(explained, child ? [] : present)) return false;
  if (child) return abnormal === /child/i.test(answer);
  if (present.length > 0) return true;
  return abnormal ? /unspecific/i.test(answer) : /no abnormality|no finding/i.test(answer);
}

/** The further examination serves the report's findings, all of them and no others. */
export function examinationFits(answer: string, { child, abnormal, present }: Truth): boolean {
  const served = subjects(answer, /\bfor the ([a-z]+)\b/g);
  if (!same(served, child ? [] : present)) return false;
  const none = /^No further imaging/.test(answer);
  return (child ? abnormal : abnormal || present.length > 0) ? /^Further examination: /.test(answer) : none;
}

const TO_THE_POINT: Readonly<Record<string, RegExp>> = {
  impression: /^(In short|Impression): /,
  plain: /^(In plain words|For the patient): /,
  sure: /^Certainty: |^The child's film is rated/,
  likely: /^Most likely|most likely cause|^The abnormality is unspecific|^No abnormality|no finding/,
  why: /^Because /,
  where: /\b(no side|side and the location)\b/,
  size: /\b(not measured|no measurement)\b/,
  prior: /\b(no prior film|No prior film|no earlier film)\b/,
  urgent: /^Urgency: /,
  identity: /not a (doctor|physician)|not a medical device/,
  capability: /^I draft a report/,
  greeting: /^Hello/,
  thanks: /^You are welcome/,
  bye: /^Goodbye/,
  offtopic: /only talk about this chest radiograph|did not understand/,
  treatment: /treating physician/,
  language: /only answer in English/,
  unclear: /did not understand|only talk about this chest radiograph/,
  injection: /keep to my task|only talk about this chest radiograph|did not understand/,
  disagree: /takes? precedence/,
  unassessed: /\b(is|are) not assessed by this model/,
  patient: /patient/,
  technique: /not assessed by this model/,
};

/**
 * Whether `answer` is to the point of a question with this intent about a film: a name, `ask:FINDING`, or two of them as `ONE+OTHER` for
 * two questions in one message, whose answers then follow each other.
 */
export function answersIntent(intent: string, answer: string, truth: Truth): boolean {
  const [one, other] = intent.split('+');
  if (one === undefined || other === undefined) return answersOne(intent, answer, truth);
  return [...answer.matchAll(/(?<=\.) /g)].some(
    ({ index }) => answersOne(one, answer.slice(0, index), truth) && answersOne(other, answer.slice(index + 1), truth),
  );
}

function answersOne(intent: string, answer: string, truth: Truth): boolean {
  const [kind, finding = ''] = intent.split(':');
  const isAbnormal = truth.abnormal || truth.present.length > 0;
  switch (kind) {
    case 'report':
      return reportIsExact(answer, truth);
    case 'differential':
      return differentialFits(answer.replace(/^Yes\. /, ''), truth);
    case 'examination':
      return examinationFits(answer, truth);
    case 'normal':
      return isAbnormal
        ? /^(No, the film (is|appears)|Yes, the film (is|appears) .*abnormal)/.test(answer)
        : /^(Yes|No), (the film appears normal|no abnormality)/.test(answer);
    case 'ask':
      if (!answer.toLowerCase().includes(LABELS[finding] ?? finding)) return false;
      if (truth.child) return answer.includes('not assessed');
      return truth.present.includes(finding) ? /^Yes\b/.test(answer) : /^No\b/.test(answer);
    case 'define':
      return /^(A |Pulmonary|Atelectasis|Consolidation|Cardiomegaly).* is /.test(answer);
    default:
      return TO_THE_POINT[kind ?? '']?.test(answer) ?? false;
  }
}

/** Text that must never be said: a side, a measurement, a link, a mention or markup. */
export const FORBIDDEN = /\b(left|right|bilateral|unilateral)\b|\d|https?:|[@<>*_#`[\]]/i;
