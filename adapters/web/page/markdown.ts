// The small Markdown subset that answers use (paragraphs, lists, bold, italic, code), built as DOM nodes: no links, no images, no HTML.

type Block =
  | { kind: 'paragraph'; text: string }
  | { kind: 'heading'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'quote'; text: string }
  | { kind: 'list'; ordered: boolean; items: string[] };

const bullet = /^\s{0,6}[-*•]\s+(.*)$/;
const numbered = /^\s{0,6}\d{1,3}[.)]\s+(.*)$/;

/** Splits text into blocks; an unclosed code fence runs to the end, as it does while an answer still streams in. */
export function parseBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length > 0) blocks.push({ kind: 'paragraph', text: paragraph.join('\n') });
    paragraph = [];
  };
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (/^\s*```/.test(line)) {
      flush();
      const code: string[] = [];
      for (index += 1; index < lines.length && !/^\s*```/.test(lines[index] ?? ''); index += 1) code.push(lines[index] ?? '');
      blocks.push({ kind: 'code', text: code.join('\n') });
      continue;
    }
    const item = bullet.exec(line) ?? numbered.exec(line);
    if (item) {
      flush();
      const ordered = !bullet.test(line);
      const last = blocks.at(-1);
      if (last?.kind === 'list' && last.ordered === ordered) last.items.push(item[1] ?? '');
      else blocks.push({ kind: 'list', ordered, items: [item[1] ?? ''] });
    } else if (/^#{1,4}\s+/.test(line)) {
      flush();
      blocks.push({ kind: 'heading', text: line.replace(/^#+\s+/, '') });
    } else if (/^>\s?/.test(line)) {
      flush();
      const last = blocks.at(-1);
      const quoted = line.replace(/^>\s?/, '');
      if (last?.kind === 'quote') last.text += `\n${quoted}`;
      else blocks.push({ kind: 'quote', text: quoted });
    } else if (line.trim() === '') flush();
    else paragraph.push(line);
  }
  flush();
  return blocks;
}

/** Bold, italic and code inside a line; everything else is text. */
function inline(text: string): Node[] {
  const nodes: Node[] = [];
  const pattern = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|(?<![\w*])[*_]([^*_\n]+)[*_](?![\w*])/g;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) nodes.push(document.createTextNode(text.slice(end, match.index)));
    const [whole, code, bold, italic] = match;
    const element = document.createElement(code !== undefined ? 'code' : bold !== undefined ? 'strong' : 'em');
    element.textContent = code ?? bold ?? italic ?? '';
    nodes.push(element);
    end = match.index + whole.length;
  }
  if (end < text.length) nodes.push(document.createTextNode(text.slice(end)));
  return nodes;
}

function withInline<K extends keyof HTMLElementTagNameMap>(tag: K, text: string): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.append(...inline(text));
  return element;
}

function blockElement(block: Block): HTMLElement {
  switch (block.kind) {
    case 'paragraph':
      return withInline('p', block.text);
    case 'heading':
      return withInline('h4', block.text);
    case 'quote':
      return withInline('blockquote', block.text);
    case 'code': {
      const pre = document.createElement('pre');
      const code = document.createElement('code');
      code.textContent = block.text;
      pre.append(code);
      pre.tabIndex = 0;
      return pre;
    }
    case 'list': {
      const list = document.createElement(block.ordered ? 'ol' : 'ul');
      list.append(...block.items.map((item) => withInline('li', item)));
      return list;
    }
  }
}

/** Shows `text` in `container`; called again with a longer text it replaces only the blocks that changed. */
export function createMarkdown(container: HTMLElement): { show(text: string): void } {
  let shown: string[] = [];
  return {
    show(text) {
      const blocks = parseBlocks(text);
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
