// What stands in the terminal: finished blocks scroll up, growing drafts are redrawn above the prompt; without a terminal only blocks are written.
import type { Interface } from 'node:readline';
import type { Writable } from 'node:stream';
import { stripVTControlCharacters, styleText } from 'node:util';
import { parseMarkdown } from '../shared/markdown.ts';

export interface Screen {
  /** A finished block. */
  print(title: string, text: string): void;
  /** Shows or (null) removes the growing draft of `id`. */
  draft(id: string, title: string, text: string | null): void;
}

export type TerminalOutput = Writable & { isTTY?: boolean; columns?: number; rows?: number };

const REDRAW_MS = 80;
const DRAFT_LINES = 12;
/** Escape sequences in a text would command the terminal. */
const clean = (text: string): string => stripVTControlCharacters(text).replace(/(?![\n\t])\p{Cc}/gu, '');

export function createScreen(output: TerminalOutput, prompt: () => Interface | null): Screen {
  const drafts = new Map<string, string>();
  const begun = new Set<string>();
  let drawnRows = 0;
  let timer: NodeJS.Timeout | null = null;

  const plain: Screen = {
    print(title, text) {
      output.write(`── ${title} ──\n${clean(text)}\n\n`);
    },
    // The first words of a draft are its receipt; what follows is told whole at the end.
    draft(id, title, text) {
      if (text === null) begun.delete(id);
      else if (!begun.has(id)) {
        begun.add(id);
        output.write(`── ${title} (unfinished) ──\n${clean(text)}\n\n`);
      }
    },
  };
  if (output.isTTY !== true) return plain;

  function redraw(block: string): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const up = drawnRows > 0 ? `\u001b[${drawnRows}A` : '';
    const lines = [...drafts.values()].flatMap((text) => text.split('\n')).slice(-DRAFT_LINES);
    const width = Math.max(20, output.columns || 80);
    const shown = lines.flatMap((line) => line.match(new RegExp(`.{1,${width - 1}}`, 'gu')) ?? ['']);
    output.write(`\r${up}\u001b[J${block}${shown.map((line) => `${styleText('dim', line)}\n`).join('')}`);
    drawnRows = shown.length;
    prompt()?.prompt(true);
  }

  return {
    print(title, text) {
      redraw(`${styleText('cyan', `── ${title} ──`)}\n${styled(clean(text))}\n\n`);
    },
    draft(id, title, text) {
      if (text === null) drafts.delete(id);
      else drafts.set(id, `✎ ${title} (unfinished)\n${clean(text)}`);
      timer ??= setTimeout(() => redraw(''), REDRAW_MS);
    },
  };
}

function styled(text: string): string {
  return parseMarkdown(text)
    .map((line) => {
      if (line.kind === 'blank') return '';
      if (line.kind === 'code') return line.text;
      const words = line.inlines.map((inline) => {
        if (inline.kind === 'bold') return styleText('bold', inline.text);
        return inline.kind === 'code' ? styleText('yellow', inline.text) : inline.text;
      });
      return `${line.kind === 'item' ? `${' '.repeat(line.depth * 2)}• ` : ''}${words.join('')}`;
    })
    .join('\n');
}
