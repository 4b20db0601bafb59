// Decides what a sentence asserts of one mention: which cue reaches it, and which of several cues wins.
import { CUES, type CueEffect, HARD_BORDER, NEW_STATEMENT } from './cue-phrases.ts';

/** A cue found in a normalised sentence. */
export interface Cue {
  start: number;
  end: number;
  effect: CueEffect;
  side: 'before' | 'after';
  reachWords: number;
}

export interface Mention {
  finding: string;
  start: number;
  end: number;
}

const FINITE_VERB =
  /(?<!\b(?:that|which|to|what|who) )(?<!\b(?:that|which) \w+ )\b(?:is|are|was|were|has|have|remains?|persists?|demonstrates?|shows?|appears?|projects?|extends?|terminates?|overl(?:ies|ie|ying))\b/;

/** The verb of a cue behind its mention ("is difficult to exclude"). */
const OWN_VERB = /\b(?:is|are|was|were|has|have|remains?|appears?)(?: been| to be)?(?: \w+ly)?\s*$/;

/** Cues of a sentence in reading order; a place taken by an earlier table of CUES is not read again. */
export function findCues(sentence: string): Cue[] {
  const taken = new Uint8Array(sentence.length + 1);
  const cues: Cue[] = [];
  for (const table of CUES) {
    for (const phrase of table.phrases) {
      for (const match of sentence.matchAll(phrase)) {
        const start = match.index;
        const end = start + match[0].length;
        if (end === start || taken.subarray(start, end).includes(1)) continue;
        taken.fill(
          1,
          start + (match[0].length - match[0].trimStart().length),
          end - (match[0].length - match[0].trimEnd().length),
        );
        cues.push({
          start,
          end,
          effect: table.effect,
          side: table.side,
          reachWords: table.reachWords ?? Number.POSITIVE_INFINITY,
        });
      }
    }
  }
  return cues.sort((a, b) => a.start - b.start);
}

function words(text: string): number {
  return text.split(/\s+/).filter((word) => /\w/.test(word)).length;
}

/** Whether a list begun before `between` has ended before `rest` (the mention and what follows it). */
function listEnded(between: string, rest: string, effect: CueEffect): boolean {
  const tail = rest.split(HARD_BORDER)[0] ?? '';
  // "atelectasis or, in the right setting, infection": what stands between the commas is no item of the list.
  const listed = between.replace(/\b(or|and|nor), [^,]*,\s*$/, '$1 ');
  for (const match of listed.matchAll(/,?\s*\bw\/\s*|,\s*(?:and\s+|or\s+|nor\s+)?|\s(?:and|with|plus|\/)\s+/g)) {
    const connector = match[0];
    if (/\b(?:or|nor)\b/.test(connector)) continue;
    const item = listed.slice(match.index + connector.length) + rest;
    const earlier = listed.slice(0, match.index);
    const later = listed.slice(match.index + connector.length) + tail;
    const orFollows = /(?:,\s*|\s)(?:or|nor)\s/.test(later.replace(FINITE_VERB, '\n').split('\n')[0] ?? '');
    if (NEW_STATEMENT.test(item) && !(orFollows && connector.includes(','))) return true;
    if (connector.includes(',') && /\s(?:or|nor)\s/.test(earlier) && !orFollows) return true;
    if (connector.includes(',') && effect === 'uncertain' && !orFollows && !/\bvs\b|\bversus\b/.test(later))
      return true;
    if (effect === 'absent' && /\b(?:and|with)\b/.test(connector) && /^(?:there|show|demonstrat|reveal)/.test(item))
      return true;
  }
  return false;
}

/** Whether a cue before a mention reaches it. `start`, `end` are the mention's. */
function reachesForward(sentence: string, cue: Cue, mention: Mention, cues: readonly Cue[]): boolean {
  if (cue.end > mention.start) return false;
  const between = sentence.slice(cue.end, mention.start);
  if (HARD_BORDER.test(between)) return false;
  if (/[:]\s+(?![-*•\d])/.test(between) && cue.effect !== 'ignore') return false;
  if (words(between) > cue.reachWords) return false;
  if (cue.reachWords < 10 && between.includes(',')) return false;
  if (cue.effect === 'ignore' && (mention.finding === 'support-devices' || /\bwith(?:out)?\b/.test(between)))
    return false;
  if (cue.effect === 'ignore')
    return !/,\s*(?:now|currently|presents?)|\bnow with\b|\bcurrently\b|\bis\b|\bare\b|\bshows?\b/.test(between);
  if (FINITE_VERB.test(between)) return false;
  if (
    /\b(?:after|following|status post|s\/p|since|compared|in the setting of|due to|secondary to|post)\b/.test(
      between,
    ) &&
    cue.effect !== 'uncertain'
  )
    return false;
  if (mention.finding === 'support-devices' && /\bwith\b/.test(between)) return false;
  if (
    cues.some(
      (other) =>
        other.side === 'after' && other.start >= cue.end && other.end <= mention.start && other.effect !== 'uncertain',
    )
  )
    return false;
  return !listEnded(between, sentence.slice(mention.start), cue.effect);
}

/** Whether a cue behind a mention reaches back to it. */
function reachesBack(sentence: string, cue: Cue, mention: Mention, cues: readonly Cue[]): boolean {
  if (mention.end > cue.start) return false;
  const between = sentence.slice(mention.end, cue.start).replace(OWN_VERB, '');
  if (HARD_BORDER.test(between) || words(between) > 18) return false;
  if (FINITE_VERB.test(between) && !/^[^,]*\b(?:which|that)\b/.test(between)) return false;
  if (
    cues.some(
      (other) =>
        other.side === 'before' &&
        other.effect !== 'ignore' &&
        other.start >= mention.end &&
        other.end <= cue.start &&
        other.effect !== cue.effect,
    )
  )
    return false;
  const comma = between.trim().replace(/^,$/, '').includes(',');
  if (comma && !/\b(?:and|or|nor)\b/.test(between) && !/^[^,]*,[^,]*,\s*$/.test(between)) return false;
  if (comma && /\bthere (?:is|are|has)\b/.test(sentence.slice(0, mention.start))) return false;
  if (/^[\s(]*[:=(-]/.test(sentence.slice(cue.start, cue.end)) && words(between) > 3) return false;
  if (/^\s(?:none|nil|neg|absent|negative)/.test(sentence.slice(cue.start, cue.end)) && words(between) > 2)
    return false;
  return (
    !/\b(?:removed|pulled|discontinued|evacuated)\b/.test(sentence.slice(cue.start, cue.end)) ||
    mention.finding === 'support-devices'
  );
}

/** Two possibilities side by side ("atelectasis versus pneumonia", "edema or infection") are uncertain, both of them. */
function isAlternative(sentence: string, mention: Mention): boolean {
  const before = sentence.slice(0, mention.start);
  const after = sentence.slice(mention.end);
  if (
    /^(?:\s*\/?\s*(?!is\b|are\b|may\b|likely\b|represents?\b)\w+){0,2}?\s*(?:\bvs\b\.?|\bversus\b|\band\/or\b)/.test(
      after,
    )
  )
    return true;
  if (/(?:\bvs\b\.?|\bversus\b|\band\/or\b)\s+(?:\w+\s+){0,4}$/.test(before)) return true;
  return /^ or (?:\w+ ){0,2}\w/.test(after) || /\bor (?:\w+ ){0,2}$/.test(before);
}

/** What `sentence` (normalised) asserts of `mention`, and by which cue; `ignore` where it says nothing of it now. */
export function assertionOf(
  sentence: string,
  mention: Mention,
  cues: readonly Cue[],
): { effect: CueEffect; cue?: Cue } {
  const forward = cues.filter((cue) => cue.side === 'before' && reachesForward(sentence, cue, mention, cues));
  const back = cues.filter((cue) => cue.side === 'after' && reachesBack(sentence, cue, mention, cues));
  const nearest = forward.at(-1);
  const behind = back[0];
  const ignored = (nearest?.effect === 'ignore' ? nearest : undefined) ?? back.find((cue) => cue.effect === 'ignore');
  const negation = forward.findLast((cue) => cue.effect === 'absent');
  if (
    behind &&
    behind.effect !== 'ignore' &&
    (!negation || sentence.slice(negation.end, mention.start).includes(','))
  ) {
    if (!(negation && behind.effect === 'uncertain' && !/exclud|ruled/.test(sentence.slice(behind.start, behind.end))))
      return { effect: behind.effect, cue: behind };
  }
  if (ignored) return { effect: 'ignore', cue: ignored };
  if (!nearest) {
    if (isAlternative(sentence, mention)) return { effect: 'uncertain' };
    return { effect: 'present' };
  }
  if (nearest.effect === 'uncertain' && negation && !sentence.slice(negation.end, nearest.start).includes(','))
    return { effect: 'absent', cue: negation };
  return { effect: nearest.effect, cue: nearest };
}
