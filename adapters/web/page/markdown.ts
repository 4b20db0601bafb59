// Shows answers, written in the small Markdown subset that all adapters share, as DOM nodes: no links, no images, no HTML.
import { type Inline, type Line, parseInline, parseMarkdown } from '../../shared/markdown.ts';
import { type MarkdownTable, splitAtTables, tablesAsLists } from '../../shared/markdown-table.ts';

type Block =
  | { kind: 'paragraph' | 'heading' | 'quote'; lines: Inline[][] }
  | { kind: 'code'; text: string }
  | { kind: 'table'; table: MarkdownTable }
  | { kind: 'list'; ordered: boolean; items: { depth: number; inlines: Inline[] }[] };

/** Joins lines that belong together: paragraphs and quotes of several lines, lists of several items. */
function blocksOf(lines: readonly Line[]): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const line of lines) {
    if (line.kind === 'blank') {
      // A list goes on over blank lines; anything else ends.
      if (open?.kind !== 'list') open = null;
      continue;
    }
    let next: Block;
    if (line.kind === 'code') next = { kind: 'code', text: line.text };
    else if (line.kind === 'item') {
      const ordered = /^\d/.test(line.marker);
      const item = { depth: line.depth, inlines: line.inlines };
      if (open?.kind === 'list' && open.ordered === ordered) {
        open.items.push(item);
        continue;
      }
      next = { kind: 'list', ordered, items: [item] };
    } else if (open && 'lines' in open && open.kind === line.kind && line.kind !== 'heading') {
      open.lines.push(line.inlines);
      continue;
    } else next = { kind: line.kind, lines: [line.inlines] };
    blocks.push(next);
    open = next;
  }
  return blocks;
}

const tags = { bold: 'strong', italic: 'em', code: 'code' } as const;

/** A number and its sign stay on one line. */
function together(text: string): string {
  return text.replace(/(\d) %/g, '$1\u00a0%');
}

function inlineNodes(inlines: readonly Inline[]): Node[] {
  return inlines.map(({ kind, text }) => {
    const kept = together(text);
    if (kind === 'text') return document.createTextNode(kept);
    const element = document.createElement(tags[kind]);
    element.textContent = kept;
    return element;
  });
}

/** Wider than the conversation it scrolls in its own frame. */
function tableElement({ header, rows }: MarkdownTable): HTMLElement {
  const cell = (tag: 'td' | 'th', text: string, scope?: 'col' | 'row'): HTMLElement => {
    const element = document.createElement(tag);
    if (scope !== undefined) element.setAttribute('scope', scope);
    element.append(...inlineNodes(parseInline(text)));
    return element;
  };
  const table = document.createElement('table');
  const head = table.createTHead().insertRow();
  head.append(...header.map((text) => cell('th', text, 'col')));
  const body = table.createTBody();
  for (const row of rows) {
    const shown = header.map((_, index) => row[index] ?? '');
    body.insertRow().append(...shown.map((text, index) => (index === 0 ? cell('th', text, 'row') : cell('td', text))));
  }
  const scroller = document.createElement('div');
  scroller.className = 'table';
  scroller.tabIndex = 0;
  scroller.setAttribute('role', 'region');
  scroller.setAttribute('aria-label', `Table by ${header[0]?.toLowerCase() ?? 'row'}`);
  scroller.append(table);
  return scroller;
}

function blockElement(block: Block): HTMLElement {
  if (block.kind === 'table') return tableElement(block.table);
  if (block.kind === 'code') {
    const pre = document.createElement('pre');
    const code = document.createElement('code');
    code.textContent = block.text;
    pre.append(code);
    pre.tabIndex = 0;
    return pre;
  }
  if (block.kind === 'list') {
    const list = document.createElement(block.ordered ? 'ol' : 'ul');
    for (const { depth, inlines } of block.items) {
      const item = document.createElement('li');
      if (depth > 0) item.style.marginInlineStart = `${Math.min(depth, 4) * 1.2}em`;
      item.append(...inlineNodes(inlines));
      list.append(item);
    }
    return list;
  }
  const element = document.createElement({ paragraph: 'p', heading: 'h4', quote: 'blockquote' }[block.kind]);
  for (const [index, inlines] of block.lines.entries()) {
    if (index > 0) element.append('\n');
    element.append(...inlineNodes(inlines));
  }
  return element;
}

/** The text without its marks, for what is read aloud. */
export function spokenText(text: string): string {
  const words = (inlines: readonly Inline[]): string => inlines.map((inline) => inline.text).join('');
  return parseMarkdown(tablesAsLists(text))
    .map((line) => ('inlines' in line ? words(line.inlines) : line.kind === 'code' ? line.text : ''))
    .join('\n');
}

/** Shows text in `container`; called again with a longer text it replaces only the blocks that changed. */
export function createMarkdown(container: HTMLElement): { show(text: string): void } {
  let shown: string[] = [];
  return {
    show(text) {
      const blocks = splitAtTables(text.replaceAll('\r\n', '\n')).flatMap((part): Block[] =>
        part.kind === 'table' ? [part] : blocksOf(parseMarkdown(part.text)),
      );
      const wanted = blocks.map((block) => JSON.stringify(block));
      for (const [index, block] of blocks.entries()) {
        if (shown[index] === wanted[index]) continue;
        const element = blockElement(block);
        const old = container.children[index];
        if (old) old.replaceWith(element);
        else container.append(element);
      }
      while (container.children.length > blocks.length) container.lastElementChild?.remove();
      shown = wanted;
    },
  };
}
