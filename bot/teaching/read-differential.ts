// Finds a differential diagnosis in people's and the model's words, in order, and what remains to be read for findings.
import { plainText } from '../plain-text.ts';
import { diagnosisName, isKnownDiagnosis } from './diagnosis-names.ts';
import { readAnswer } from './read-answer.ts';

export interface ReadDifferential {
  /** Likeliest first, each once. */
  items: string[];
  /** The text without what was a list of diagnoses only; what "could be …" stays, because it states a finding as possible too. */
  rest: string;
}

const MAX_ITEMS = 10;
const MAX_LENGTH = 60;
const MAX_SENTENCE = 600;

/** A heading; the list after it is no statement of findings. */
const HEADING =
  /(?:\bthe )?\b(?:ddx|dd\/?x?(?=\s*:)|differentials?(?: diagnos[ei]s)?|possible diagnos[ei]s)\b\s*(?:[:=–-]|(?:could |would |may |might )?(?:\binclude[sd]?\b|\bis\b|\bare\b|\bbe\b)|(?=\s))\s*:?/i;
/** A sentence that names causes. */
const COULD_BE =
  /(?<!\bthere )\b(?:could|may|might|can)(?: also)? (?:be|represent|reflect|indicate|suggest|include)(?: (?:due to|caused by|explained by|secondary to|a sign of|related to))?\s+/gi;
const NUMBERED = /^\s*(?:\(?\d{1,2}[.):]|[-*•])\s+/;
const SEPARATOR = /[,;|>→\n]|\b(?:or|and|versus|vs\.?|then|followed by|as well as)\b|(?:^|\s)\(?\d{1,2}[.):](?=\s)/i;
const SENTENCE_END = /(?<!\d)(?<!\bvs)[.!?](?=\s|$)/;
const LEADING =
  /^(?:[-*•]|an?\b|the\b|some\b|even\b|possibl[ey]\b|probabl[ey]\b|likely\b|(?:most|less|more) likely\b|maybe\b|perhaps\b|first(?:ly)?\b|second(?:ly)?\b|third(?:ly)?\b|also\b|due to\b|caused by\b|secondary to\b|explained by\b|include[sd]?\b|such as\b)\s*/i;
/** What is no diagnosis though it stands where one could. */
const NONE =
  /^(?:no|not|without|none|other|others|etc|nothing|it|that|this|them|present|absent|seen|enlarged|widened|blunted|excluded|there|bigger|larger|increased|decreased|obscured|missed|due|considered|unremarkable)\b/i;

export function readDifferential(text: string): ReadDifferential {
  const plain = plainText(text);
  const heading = HEADING.exec(plain);
  if (heading !== null) {
    const start = heading.index + heading[0].length;
    const end = start + listLength(plain.slice(start));
    const items = itemsOf(plain.slice(start, end));
    const isSure = /[:=–-]/.test(heading[0]) || isMedical(items, plain);
    if (items.length > 0 && isSure)
      return { items, rest: `${plain.slice(0, heading.index)}\n${plain.slice(end)}`.trim() };
  }
  const numbered = numberedList(plain);
  if (numbered !== null) return numbered;
  const said = [...plain.matchAll(COULD_BE)].slice(0, MAX_ITEMS).map((match) => {
    const start = match.index + match[0].length;
    const after = plain.slice(start, start + MAX_SENTENCE);
    return after.slice(0, SENTENCE_END.exec(after)?.index ?? after.length).split('\n')[0] ?? '';
  });
  const items = itemsOf(said.join(', '));
  // People also say "that may be true" and "could be lunch time".
  return { items: isMedical(items, plain) ? items : [], rest: plain };
}

/** To the end of the sentence or line; list lines below belong to it. */
function listLength(text: string): number {
  const [first = '', ...others] = text.split('\n');
  const end = SENTENCE_END.exec(first)?.index ?? first.length;
  if (first.slice(end + 1).trim() !== '') return end + 1;
  let length = first.length;
  for (const line of others) {
    if (line.trim() !== '' && !NUMBERED.test(line)) break;
    length += line.length + 1;
  }
  return length;
}

/** Numbered lines without a heading: a differential if at least one of them is no finding of the list; otherwise they are findings, numbered. */
function numberedList(text: string): ReadDifferential | null {
  const lines = text.split('\n');
  const listed = lines.filter((line) => /^\s*\(?\d{1,2}[.):]\s+/.test(line));
  if (listed.length < 2 || listed.every((line) => readAnswer(line).length > 0)) return null;
  const items = itemsOf(listed.join('\n'));
  if (!isMedical(items, text)) return null;
  return {
    items,
    rest: lines
      .filter((line) => !listed.includes(line))
      .join('\n')
      .trim(),
  };
}

function isMedical(items: readonly string[], text: string): boolean {
  return items.some(isKnownDiagnosis) || readAnswer(text).length > 0;
}

function itemsOf(list: string): string[] {
  const items: string[] = [];
  const known = new Set<string>();
  for (const part of list.split(SEPARATOR)) {
    const item = shownItem(part);
    if (item === '' || item.length > MAX_LENGTH || NONE.test(item) || !/\p{L}{2}/u.test(item)) continue;
    const name = diagnosisName(item);
    if (known.has(name)) continue;
    known.add(name);
    items.push(item);
  }
  return items.slice(0, MAX_ITEMS);
}

/** One line of plain words: no markup, no articles, no certainty, no full stop. */
function shownItem(part: string): string {
  let item = part
    .replace(NUMBERED, '')
    .replace(/[`*_~<>|[\]()@#\\/]+/g, ' ')
    .replace(/\b\d{1,3}\s*(?:%|percent\b)/gi, ' ')
    .replace(/\s+/g, ' ')
    .replace(/[\s.:!?-]+$/, '')
    .trim();
  for (let before = ''; before !== item; ) {
    before = item;
    item = item.replace(LEADING, '').trim();
  }
  return item;
}
