// Checks generated training text by rules: what a model was told to leave out must really be gone. The paper only asked; we look.

export interface Violation {
  /** Short name for the records of rejected answers. */
  rule: string;
  /** One sentence for the model's next attempt. */
  sentence: string;
  /** The words that broke the rule. */
  words: string;
}

interface Rule {
  rule: string;
  says: string;
  pattern: RegExp;
}

/** Contract: CXR-LLaVA supplement, "Refining the Radiologic Report"; word lists are ours and wider. */
const RULES: readonly Rule[] = [
  {
    rule: 'time',
    says: 'it speaks of time or change',
    pattern:
      /\b(?:new(?:ly)?|previous(?:ly)?|prior|stable|stably|improv(?:e[ds]?|ing|ement)|decreas(?:e[ds]?|ing)|increas(?:e[ds]?|ing)|chang(?:e[ds]?|ing)|unchanged|resolv(?:e[ds]?|ing)|resolution|cleared|clearing|worsen(?:ed|ing|s)?|progress(?:ed|ing|ion)|persist(?:s|ed|ent|ing)?|interval|again|still|no longer|remains?|currently|today|yesterday|ago|recent(?:ly)?|earlier|since|old|chronic|developing|residual|follow[- ]?up of|continu(?:es?|ed|ing))\b/i,
  },
  {
    rule: 'comparison',
    says: 'it compares with another examination',
    pattern:
      /\b(?:compar(?:ed?|ing|ison|isons|able)|(?:prior|previous|last|earlier|outside) (?:study|studies|exam(?:ination)?s?|radiographs?|films?|images?|ct)|as before)\b/i,
  },
  {
    rule: 'lateral',
    says: 'it speaks of a lateral view',
    pattern:
      /\b(?:lateral (?:view|radiograph|film|image|projection|chest)|on (?:the )?lateral|pa and lateral|frontal and lateral|two views?)\b/i,
  },
  {
    rule: 'number',
    says: 'it holds a number or a measurement',
    pattern: /\d|\b(?:millimet(?:er|re)s?|centimet(?:er|re)s?|mm|cm)\b/i,
  },
  {
    rule: 'person',
    says: 'it tells age, sex or who the patient is',
    pattern:
      /\b(?:year[- ]old|years? of age|aged|male|female|man|woman|men|women|gentleman|lady|boy|girl|his|her|hers|he|she|mr|mrs|ms)\b/i,
  },
  {
    rule: 'history',
    says: "it tells the patient's history",
    pattern:
      /\b(?:history|status[- ]post|s\/p|h\/o|known|post-?operative|surgery|surgical|smok(?:er|ing)|diagnosed with|treated|presents? with|complain\w*|symptoms?)\b/i,
  },
  {
    rule: 'device',
    says: 'it names a device',
    pattern:
      /\b(?:catheters?|tubes?|lines?(?! of)|picc|ports?|chemo-?ports?|port-a-cath|pacemakers?|pacers?|leads?|icd|defibrillators?|drains?|stents?|sternotomy|wires?|clips?|hardware|prosthe(?:sis|tic|ses)|valve replacement|swan-?ganz|tracheostomy|intubat\w*|extubat\w*|endotracheal|nasogastric|devices?)\b/i,
  },
  {
    rule: 'blank',
    says: 'it holds an underscore or a blank left by de-identification',
    pattern: /_|\bXX+\b|\[\s*\*|\*\*/,
  },
];

/** "pleural line", "line of …" and "a lead time" apart, devices are devices; these are not. */
const HARMLESS = /\b(?:pleural lines?|fissural lines?|kerley (?:b )?lines?|paratracheal (?:line|stripe)|linear)\b/gi;

/** All rules that `text` breaks, each with the first words that break it. */
export function violationsIn(text: string): Violation[] {
  const judged = text.replace(HARMLESS, (words) => ' '.repeat(words.length));
  return RULES.flatMap(({ rule, says, pattern }) => {
    const match = pattern.exec(judged);
    return match ? [{ rule, sentence: `${says} ("${match[0]}")`, words: match[0] }] : [];
  });
}
