// Cuts a long answer into messages that a platform takes: at paragraph, line, sentence or word, never losing a character of substance.

export interface SplitOptions {
  /** Most that one part may measure, closing fence included; ≥ 16. */
  maxLength: number;
  /** Length of a text as the platform counts it (after escaping, say); must not shrink when text is added. Default: UTF-16 units. */
  measure?: (text: string) => number;
}

/** Where to cut, best first; a match ends where the next part begins. */
const BREAKS: readonly RegExp[] = [/\n{2,}/g, /\n/g, /[.!?…](?=\s)/g, /\s+/g];
const FENCE = /^ {0,3}(`{3,}|~{3,})[^\n`]*$/;

/**
 * Splits Markdown `text` into parts of at most `maxLength`. A code fence that is open at a cut is closed there and
 * reopened, language included, in the next part. Only white space at the cuts is dropped. An empty text gives no parts.
 */
export function splitText(text: string, options: SplitOptions): string[] {
  const measure = options.measure ?? ((value: string) => value.length);
  const parts: string[] = [];
  let rest = text.trimEnd();
  let reopened = '';
  while (rest.trim() !== '') {
    const whole = reopened + rest;
    if (measure(whole) <= options.maxLength) {
      parts.push(whole);
      break;
    }
    const cut = chooseCut(reopened, rest, options.maxLength, measure);
    const head = reopened + rest.slice(0, cut).trimEnd();
    const fence = openFence(head);
    parts.push(fence === null ? head : `${head}\n${fence.marker}`);
    const tail = rest.slice(cut);
    rest = fence === null ? tail.replace(/^\s+/, '') : tail.replace(/^\n/, '');
    reopened = fence === null ? '' : `${fence.line}\n`;
  }
  return parts;
}

function chooseCut(reopened: string, rest: string, maxLength: number, measure: (text: string) => number): number {
  const longest = longestFit(reopened, rest, maxLength, measure);
  for (const pattern of BREAKS) {
    const cut = lastBreak(rest.slice(0, longest + 1), pattern, longest);
    // A break so early that most of the message would stay empty is worse than the next finer kind of break.
    if (cut > longest / 3) return cut;
  }
  const word = lastBreak(rest.slice(0, longest + 1), /\s+/g, longest);
  if (word > 0) return word;
  return splitsSurrogatePair(rest, longest) && longest > 1 ? longest - 1 : Math.max(1, longest);
}

/** Largest prefix of `rest` that still fits together with the fence it may have to close. */
function longestFit(reopened: string, rest: string, maxLength: number, measure: (text: string) => number): number {
  let fits = 0;
  let tooLong = rest.length + 1;
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    const head = reopened + rest.slice(0, middle);
    const fence = openFence(head);
    const length = measure(fence === null ? head : `${head}\n${fence.marker}`);
    if (length <= maxLength) fits = middle;
    else tooLong = middle;
  }
  return fits;
}

function lastBreak(window: string, pattern: RegExp, longest: number): number {
  let cut = 0;
  for (const match of window.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (match.index > 0 && end <= longest) cut = end;
    else if (match.index > 0 && match.index <= longest && match[0].trim() === '') cut = match.index;
  }
  return cut;
}

/** The fence that is still open at the end of `text`: the line that opened it and the marker that closes it. */
export function openFence(text: string): { line: string; marker: string } | null {
  let open: { line: string; marker: string } | null = null;
  for (const line of text.split('\n')) {
    const marker = FENCE.exec(line)?.[1];
    if (marker === undefined) continue;
    if (open === null) open = { line: line.trim(), marker };
    else if (line.trim().startsWith(open.marker)) open = null;
  }
  return open;
}

function splitsSurrogatePair(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1);
  return before >= 0xd800 && before <= 0xdbff;
}
