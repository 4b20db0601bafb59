// Cuts a report into the pieces within which a negation can reach: sentences, list items, telegram lines; line ends of wrapped text are no border.

/** A stretch of the text, `start` inclusive, `end` exclusive, in UTF-16 code units. */
export interface Sentence {
  start: number;
  end: number;
}

/** Sections that tell why the examination was asked for or how it was done: what stands there is no finding of this image. */
const SILENT_HEADER =
  /^\s*(?:clinical (?:indication|history|information|data|statement|details|question)|indications?(?: for (?:exam|study|examination))?|history|hx|reason for (?:exam(?:ination)?|study|this examination)|comparison(?:s)?(?: study| made)?|technique|procedure|exam(?:ination)?(?: type| date)?|type of exam|views?|referring physician|admitting diagnosis|medical condition|diagnosis code)\s*[:\-–]/i;
const OTHER_HEADER =
  /^\s*(?:findings?(?: and impression| \/ impression)?|impression|conclusion|result|report|interpretation|opinion|summary|assessment|lungs?|heart|pleura|mediastinum|bones?|recommendations?|addendum|chest|final report|wet read|support devices|lines and tubes)\s*[:\-–]/i;
const BULLET = /^\s*(?:[-*•·–]\s+|\(?\d{1,2}[.)]\s+|\(?[a-h][.)]\s+)/i;
const ABBREVIATION =
  /(?:\b(?:vs|dr|mr|mrs|ms|approx|e\.g|i\.e|eg|ie|etc|cf|resp|incl|prev|eff|lat|sup|inf|ant|post|st|no\.\s*\d|fig)|\b[a-z])\.$/i;
const CONTINUES_AFTER =
  /(?:[,/(&]|\b(?:and|or|nor|of|no|not|with|without|the|a|an|in|to|for|is|are|at|by|from|on|than|vs|versus|any|evidence|possible|small|left|right|mild|focal|pleural|pulmonary|but|may|be|represent))\s*$/i;
const CONTINUES_BEFORE = /^\s*(?:and|or|nor|but|of|with|without|in|at|which|to|than|is|are|on|,|vs|versus)\b/i;

interface Line {
  start: number;
  end: number;
  text: string;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (const piece of text.split(/(?<=\n)/)) {
    lines.push({ start, end: start + piece.length, text: piece.replace(/\r?\n$/, '') });
    start += piece.length;
  }
  return lines;
}

/** Whether the end of `previous` ends a sentence although no full stop stands there. */
function breaksBetween(previous: Line, next: Line, telegram: boolean): boolean {
  if (previous.text.trim() === '' || next.text.trim() === '') return true;
  if (SILENT_HEADER.test(next.text) || OTHER_HEADER.test(next.text)) return true;
  if (CONTINUES_AFTER.test(previous.text) || CONTINUES_BEFORE.test(next.text)) return false;
  if (BULLET.test(next.text)) return true;
  if (/[:]\s*$/.test(previous.text))
    return !/\b(?:no|without|negative for|evidence of|free of|absence of)\b/i.test(previous.text);
  if (telegram) return true;
  return previous.text.trimEnd().length < 45 && /^\s*[A-Z0-9]/.test(next.text);
}

/** Lines joined to blocks: a list under "No evidence of:" stays with its heading. */
function blocksOf(text: string): Sentence[] {
  const lines = linesOf(text);
  const filled = lines.filter((line) => line.text.trim() !== '');
  const telegram = filled.length > 1 && !/[.;!?](?:\s|$)/.test(text.replace(/^\s*\(?\d{1,2}[.)]\s/gm, ''));
  const blocks: Sentence[] = [];
  let current: Sentence | null = null;
  let listUnderNegation = false;
  lines.forEach((line, index) => {
    const previous = lines[index - 1];
    const keepsList = listUnderNegation && BULLET.test(line.text);
    if (current && previous && !keepsList && breaksBetween(previous, line, telegram)) {
      blocks.push(current);
      current = null;
    }
    if (!keepsList) {
      listUnderNegation = /\b(?:no|without|negative for|free of|absence of)\b[^.;]*:\s*$/i.test(line.text);
    }
    current = current ? { start: current.start, end: line.end } : { start: line.start, end: line.end };
  });
  if (current) blocks.push(current);
  return blocks;
}

function splitBlock(text: string, block: Sentence): Sentence[] {
  const body = text.slice(block.start, block.end);
  const pieces: Sentence[] = [];
  let from = 0;
  for (const match of body.matchAll(/[.!?]+(?=\s|$|[A-Z"')])|;(?=\s)/g)) {
    const end = match.index + match[0].length;
    const before = body.slice(from, end);
    const rest = body.slice(end);
    if (match[0] === '.' && ABBREVIATION.test(before) && /^\s*[a-z0-9,]/.test(rest)) continue;
    if (match[0] === '.' && /^\s*\(?\d{1,2}\.$/.test(before)) continue;
    if (match[0] === '.' && /^\S/.test(rest) && !/^[A-Z][a-z]/.test(rest)) continue;
    if (match[0] === '?' && /(?:^|\s|\()\?$/.test(before)) continue;
    pieces.push({ start: block.start + from, end: block.start + end });
    from = end;
  }
  if (body.slice(from).trim() !== '') pieces.push({ start: block.start + from, end: block.end });
  return pieces;
}

/** Sentences of a report in order, without those of sections that are no findings (indication, comparison, technique). */
export function splitSentences(text: string): Sentence[] {
  const sentences: Sentence[] = [];
  let silent = false;
  for (const block of blocksOf(text)) {
    for (const sentence of splitAtHeaders(text, splitBlock(text, block))) {
      const words = text.slice(sentence.start, sentence.end);
      if (words.trim() === '') continue;
      if (SILENT_HEADER.test(words)) silent = true;
      else if (OTHER_HEADER.test(words)) silent = false;
      else if (silent && startsAfterBlankLine(text, sentence.start)) silent = false;
      if (!silent) sentences.push(sentence);
    }
  }
  return sentences;
}

/** "INDICATION: cough FINDINGS: clear" on one line: upper-case headers start a sentence of their own. */
function splitAtHeaders(text: string, sentences: readonly Sentence[]): Sentence[] {
  return sentences.flatMap((sentence) => {
    const words = text.slice(sentence.start, sentence.end);
    const cuts = [
      ...words.matchAll(/\b(?:FINDINGS?|IMPRESSION|CONCLUSION|COMPARISON|TECHNIQUE|INDICATION|HISTORY|REPORT)\s*:/g),
    ]
      .map((match) => match.index)
      .filter((index) => index > 0);
    const borders = [0, ...cuts, words.length];
    return borders.slice(0, -1).map((from, index) => ({
      start: sentence.start + from,
      end: sentence.start + (borders[index + 1] ?? words.length),
    }));
  });
}

function startsAfterBlankLine(text: string, start: number): boolean {
  return /\n\s*\n\s*$/.test(text.slice(0, start)) || /^\s*\n\s*\n/.test(text.slice(start));
}
