// Reads the small Markdown subset that replies are written in, so that each adapter renders exactly that and escapes the rest.

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'bold'; text: string }
  | { kind: 'italic'; text: string }
  | { kind: 'code'; text: string };

export type Line =
  | { kind: 'paragraph'; inlines: Inline[] }
  | { kind: 'heading'; inlines: Inline[] }
  | { kind: 'item'; marker: string; depth: number; inlines: Inline[] }
  | { kind: 'quote'; inlines: Inline[] }
  | { kind: 'code'; language: string; text: string }
  | { kind: 'blank' };

const INLINE =
  /(`+)(?!`)(.+?)(?<!`)\1(?!`)|\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<![\w*])[*_](?=[^\s*_])([^*_\n]+?)(?<=[^\s*_])[*_](?![\w*])/g;

/** Bold, italic and code inside one line; everything else, links and mentions included, is plain text. */
export function parseInline(text: string): Inline[] {
  const inlines: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) inlines.push({ kind: 'text', text: text.slice(end, match.index) });
    if (match[2] !== undefined) inlines.push({ kind: 'code', text: match[2] });
    else if (match[3] !== undefined) inlines.push({ kind: 'bold', text: match[3] });
    else if (match[4] !== undefined) inlines.push({ kind: 'italic', text: match[4] });
    end = match.index + match[0].length;
  }
  if (end < text.length) inlines.push({ kind: 'text', text: text.slice(end) });
  return inlines;
}

/** Line by line; a code fence is one element, closed at the end of the text if it was left open. */
export function parseMarkdown(text: string): Line[] {
  const lines: Line[] = [];
  const source = text.split('\n');
  for (let index = 0; index < source.length; index += 1) {
    const line = source[index] ?? '';
    const fence = /^ {0,3}(`{3,}|~{3,})\s*([\w+-]*)\s*$/.exec(line);
    if (fence !== null) {
      const body: string[] = [];
      for (index += 1; index < source.length && !(source[index] ?? '').trim().startsWith(fence[1] ?? ''); index += 1) {
        body.push(source[index] ?? '');
      }
      lines.push({ kind: 'code', language: fence[2] ?? '', text: body.join('\n') });
    } else {
      lines.push(parseLine(line));
    }
  }
  return lines;
}

function parseLine(line: string): Line {
  if (line.trim() === '') return { kind: 'blank' };
  const heading = /^ {0,3}#{1,6}\s+(.*)$/.exec(line);
  if (heading !== null) return { kind: 'heading', inlines: parseInline(heading[1] ?? '') };
  const item = /^(\s*)([-*+•]|\d{1,3}[.)])\s+(.*)$/.exec(line);
  if (item !== null) {
    const depth = Math.floor((item[1] ?? '').length / 2);
    return { kind: 'item', marker: item[2] ?? '-', depth, inlines: parseInline(item[3] ?? '') };
  }
  const quote = /^ {0,3}>\s?(.*)$/.exec(line);
  if (quote !== null) return { kind: 'quote', inlines: parseInline(quote[1] ?? '') };
  return { kind: 'paragraph', inlines: parseInline(line) };
}

/** How one platform writes each element; every function gets plain text and escapes it for its place. */
export interface MarkdownStyle {
  text(text: string): string;
  bold(text: string): string;
  italic(text: string): string;
  code(text: string): string;
  fence(language: string, body: string): string;
  heading(text: string): string;
  /** Before the items of a list that is not numbered. */
  bullet: string;
  /** Before an item for each level above it. */
  indent: string;
  /** Last changes to a paragraph's line. */
  paragraph?(line: string): string;
}

/** Reads Markdown and writes it line by line in a platform's own marks. */
export function renderMarkdown(markdown: string, style: MarkdownStyle): string {
  const inlined = (inlines: readonly Inline[]): string => inlines.map(({ kind, text }) => style[kind](text)).join('');

  function written(line: Line): string {
    switch (line.kind) {
      case 'blank':
        return '';
      case 'code':
        return style.fence(line.language, line.text.replaceAll('```', "'''"));
      case 'heading':
        return style.heading(line.inlines.map(({ text }) => text).join(''));
      case 'item': {
        const marker = /^\d/.test(line.marker) ? line.marker.replace(')', '.') : style.bullet;
        return `${style.indent.repeat(line.depth)}${marker} ${inlined(line.inlines)}`;
      }
      case 'quote':
        return `> ${inlined(line.inlines)}`;
      case 'paragraph':
        return style.paragraph?.(inlined(line.inlines)) ?? inlined(line.inlines);
    }
  }
  return parseMarkdown(markdown).map(written).join('\n');
}
