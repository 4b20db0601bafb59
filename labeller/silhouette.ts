// Reads what is said of the size of the heart and the mediastinum: there the finding is a subject and its predicate, not a word.
import type { Assertion } from './label.ts';

export interface Silhouette {
  finding: 'cardiomegaly' | 'enlarged-cardiomediastinum';
  start: number;
  end: number;
  assertion: Exclude<Assertion, 'not-mentioned'>;
}

const HEART =
  /\b(?:the )?(?:heart(?: and mediastinum| size| shadow| silhouette| is)?|cardiac(?: (?:silhouettes?|size|shadow|contours?|outline|diameter|apex|and mediastinal (?:silhouettes?|contours?)|mediastinal (?:silhouette|contours?)|, mediastinal))|cardio-?\s?mediastinal(?: (?:silhouettes?|contours?|structures|shadow|outline|and hilar (?:contours|silhouettes?)))?|cardio-?mediastinum|cardio-?pericardial silhouette|cardio-?thymic silhouette|cardiothoracic ratio|ctr|cardiovascular silhouette|cardiac|cor)\b(?! (?:failure|device|catheter|valve|surgery|monitor|border|borders|enlargement|decompensation|disease|arrest|pacemaker|leads?|rhythm|transplant))/g;
const MEDIASTINUM =
  /\b(?:cardio-?\s?mediastin(?:al|um)(?: (?:silhouettes?|contours?|structures|shadow))?|(?:superior |upper )?mediastin(?:um|al)(?: (?:silhouettes?|contours?|width|shadow|structures|configuration))?)\b(?! (?:clips|mass|lymph|adenopathy|nodes?|shift|drain|wires?))/g;

const NORMAL =
  /^(?:normal(?:[- ]sized?| in (?:size|caliber|contour))?|within (?:the )?(?:normal|upper) (?:limits?|range|size limits)|unremarkable|wnl|(?:at )?(?:the )?upper limits? of normal|top[- ]normal|upper[- ]normal|not (?:\w+ly )?(?:enlarged|widened|increased|dilated|big|prominent)|non-?\s?enlarged|not \w+ly (?:enlarged|widened)|less than|ok|no enlargement|nl|negative|clear|top (?:limits? )?of normal)\b/;
const ENLARGED =
  /^(?:enlarged|enlargement|big|large|widened|wide|prominent|increased|dilated|globular|boot-?shaped|elevated|massive(?:ly)?$|larger than normal|cardiomegaly|bigger|abnormally large)\b/;
const BORDERLINE = /^(?:borderline|at the upper limits$|mild prominence|questionably)/;
const VERB =
  /^(?:does|do|is|are|was|were|appears?|remains?|looks|seems?|has|have|continues|demonstrates?|shows?|measures)\b/;
const SUBJECT_WORD =
  /^(?:and|or|the|,|\/|mediastinum|mediastinal|cardiomediastinal|hilar|hila|hilum|silhouettes?|contours?|sizes?|shape|shadow|structures?|pulmonary|vascularity|vasculature|vessels?|great|aorta|aortic|lungs?|thoracic|configuration|outline|on|this|ap|pa|view|projection|portable|technique|for|given|film|exam|study|as|seen|allowing|in|of|size|both|bony|thorax|pleura|diaphragm|pleural|surfaces|soft|tissues|osseous|arch|cardiac|heart|knob|central|markings|&|-|:|\()/;
const ADVERB =
  /^(?:may|might|could|again|still|also|now|currently|overall|mildly|minimally|slightly|moderately|severely|markedly|massively|grossly|somewhat|probably|likely|possibly|mild|moderate|marked|severe|moderate-to-severely|at|the|to|be|been|noted|seen|stable|stably|unchanged|accentuated|relatively|borderline|within|top|and|or|in|essentially|generally|otherwise|quite|very|diffusely|stably|persistently|chronically|probable|magnified|by|ap|technique|but|,|size|appearance|contour|shape|configuration|of|globally|a|allowing|for|exaggerated|due|portable|projection|low|lung|volumes|upper)\b/;

/** Walks from a subject to its predicate; null where the sentence says nothing of the size. */
function predicateOf(sentence: string, from: number): { end: number; assertion: Silhouette['assertion'] } | null {
  let at = from;
  let verbs = 0;
  let unsure = false;
  for (let steps = 0; steps < 18; steps++) {
    at += /^[\s]*/.exec(sentence.slice(at))?.[0].length ?? 0;
    const rest = sentence.slice(at);
    if (rest === '' || /^[.;]/.test(rest)) return null;
    const normal = NORMAL.exec(rest);
    if (normal && !/^clear|^negative/.test(rest)) return { end: at + normal[0].length, assertion: 'absent' };
    const borderline = BORDERLINE.exec(rest);
    if (borderline) {
      const normalAfter = /^borderline(?:-| )?(?:normal)\b/.exec(rest);
      const words = /^borderline(?:[- ](?:enlarged|enlargement|large|in size|size|prominent))?/.exec(rest);
      return { end: at + (normalAfter ?? words ?? borderline)[0].length, assertion: 'uncertain' };
    }
    const enlarged = ENLARGED.exec(rest);
    if (enlarged) return { end: at + enlarged[0].length, assertion: unsure ? 'uncertain' : 'present' };
    if (/^(?:not|no longer|n't)\b/.test(rest)) {
      const denied = /^(?:not|no longer)(?: \w+){0,3}? (?:enlarged|widened|increased|dilated|prominent|large)/.exec(
        rest,
      );
      return denied ? { end: at + denied[0].length, assertion: 'absent' } : null;
    }
    if (/^(?:may|might|could|possibly|probably|questionably|suspected)\b/.test(rest)) unsure = true;
    const word = /^(?:[\w'-]+|[^\w\s])/.exec(rest)?.[0] ?? '';
    if (VERB.test(rest)) verbs++;
    else if (
      verbs > 0
        ? !ADVERB.test(rest)
        : !SUBJECT_WORD.test(rest) && !ADVERB.test(rest) && !/^(?:may|might|could)\b/.test(rest)
    )
      return null;
    if (verbs > 1) return null;
    at += word.length;
  }
  return null;
}

/** A judgement before its subject: "normal heart size", "enlarged cardiac silhouette", "no enlargement of the heart". */
function judgementBefore(
  sentence: string,
  start: number,
): { start: number; assertion: Silhouette['assertion'] } | null {
  const before = sentence.slice(Math.max(0, start - 60), start);
  const words =
    /\b(no (?:\w+ )?(?:enlargement|widening) of|not (?:an )?enlarged|normal(?:[- ]sized?)?(?: size(?: and contour)?)?(?: of| appearance of)?|unremarkable(?: appearance of)?|normal (?:size|contour|configuration|appearance)s? (?:and \w+ )?(?:of|to)|normal (?:(?:heart|lungs?|hila|hilar contours|aorta|pleura|bones|diaphragm),? (?:and )?)+|top[- ]normal|borderline(?: enlarged| enlargement of)?|mildly enlarged|enlarged|enlargement of|prominent|prominence of|widened|widening of|increased|globular|large)(?: the)? *$/.exec(
      before,
    );
  if (!words) return null;
  const phrase = words[1] ?? '';
  const at = Math.max(0, start - 60) + words.index;
  const denied = /\b(?:no|not|without)(?: evidence of| \w+)?(?: an?)? $/.test(sentence.slice(0, at));
  if (/^(?:no|not|normal|unremarkable|top)/.test(phrase))
    return { start: at, assertion: denied ? 'present' : 'absent' };
  if (/^borderline/.test(phrase)) return { start: at, assertion: 'uncertain' };
  return { start: at, assertion: denied ? 'absent' : 'present' };
}

/** All statements about the size of heart and mediastinum in a normalised sentence. */
export function findSilhouettes(sentence: string): Silhouette[] {
  const found: Silhouette[] = [];
  for (const [finding, pattern] of [
    ['cardiomegaly', HEART],
    ['enlarged-cardiomediastinum', MEDIASTINUM],
  ] as const) {
    for (const match of sentence.matchAll(pattern)) {
      const end = match.index + match[0].length;
      const before = judgementBefore(sentence, match.index);
      const behind = before ? null : predicateOf(sentence, match[0].endsWith(' is') ? end - 3 : end);
      const assertion = before?.assertion ?? behind?.assertion;
      if (!assertion) continue;
      const vague =
        finding === 'cardiomegaly' && /^(?:the )?cardio-?\s?mediastin/.test(match[0]) && assertion === 'present';
      found.push({
        finding,
        start: before?.start ?? match.index,
        end: behind?.end ?? end,
        assertion: vague ? 'uncertain' : assertion,
      });
    }
  }
  return found;
}
