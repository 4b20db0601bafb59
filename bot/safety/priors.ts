// Leaves out sentences that compare with an earlier film when none was given: language models trained on reports invent priors.

const COMPARISON = new RegExp(
  [
    String.raw`\b(un)?changed\b`,
    String.raw`\bno (significant |relevant |interval |substantial )*change\b`,
    String.raw`\binterval (change|increase|decrease|improvement|worsening|development|resolution|removal|placement|progression|clearing|growth)\b`,
    String.raw`\b(since|from|to|than|with|versus|vs\.?) (the |an? |her |his |their )?(prior|previous|earlier|last|preceding|most recent|old) (study|studies|exam\w*|film|image|imaging|radiograph\w*|x-?ray|chest|ct|one|report|day)\b`,
    String.raw`\b(prior|previous|earlier|preceding) (stud(y|ies)|exam\w*|films?|images?|imaging|radiographs?|x-?rays?|ct|reports?)\b`,
    String.raw`\b(compared|comparison|in comparison) (to|with)\b`,
    String.raw`\bagain (seen|noted|demonstrated|visualized|visualised|identified|present)\b`,
    String.raw`\bre-?demonstrated\b`,
    String.raw`\b(has|have) (slightly |mildly |significantly |markedly |partially |completely )?(improved|worsened|increased|decreased|resolved|progressed|regressed|cleared|developed|enlarged|grown)\b`,
    String.raw`\b(is|are|remains?|appears?) (relatively |grossly |essentially )?(stable|improved|worsened|unchanged)\b`,
    String.raw`\b(stable|persistent|worsening|improving|increasing|decreasing|resolving) (appearance|cardiomegaly|cardiac|heart|effusion|opacit\w+|consolidation\w*|edema|oedema|atelectas\w+|pneumothorax|position|pleural|bibasilar|left|right|bilateral|mild|moderate|small|large)\b`,
    String.raw`\bpreviously (seen|noted|described|identified|visualized)\b`,
  ].join('|'),
  'i',
);
/** That there is nothing to compare with may be said. */
const ABSENCE =
  /\b(no|without( any)?) (prior|previous|earlier)( (stud(y|ies)|exam\w*|films?|images?|imaging|radiographs?))?( \w+){0,3} (is |are |was |were )?(available|given|provided|comparison)|no comparison|cannot be compared|not available for comparison/i;

export interface PriorsResult {
  text: string;
  /** Sentences left out. */
  dropped: number;
}

/** Sentences with the blanks that follow them; joining gives the text back. */
function sentences(text: string): string[] {
  return text.match(/[^.!?\n]*(?:[.!?](?![\s\n]|$)[^.!?\n]*)*(?:[.!?]+|\n|$)\s*/g)?.filter((part) => part !== '') ?? [];
}

/** `text` without comparisons with a film that the conversation does not have. Works on growing text too: an unfinished sentence is dropped as soon as it compares. */
export function withoutPriors(text: string): PriorsResult {
  let dropped = 0;
  const kept = sentences(text).filter((sentence) => {
    const compares = COMPARISON.test(sentence) && !ABSENCE.test(sentence);
    if (compares) dropped += 1;
    return !compares;
  });
  return dropped === 0 ? { text, dropped } : { text: kept.join('').trimEnd(), dropped };
}
