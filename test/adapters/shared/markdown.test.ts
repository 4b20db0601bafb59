// The subset is bold, italic, code, lists, headings and quotes; links and mentions stay the characters they are.
import { expect, test } from 'vitest';
import { parseInline, parseMarkdown } from '../../../adapters/shared/markdown.ts';

test('reads inline marks and nothing else', () => {
  expect(parseInline('a **b** _c_ `d **e**` [x](http://y) <@U1>')).toEqual([
    { kind: 'text', text: 'a ' },
    { kind: 'bold', text: 'b' },
    { kind: 'text', text: ' ' },
    { kind: 'italic', text: 'c' },
    { kind: 'text', text: ' ' },
    { kind: 'code', text: 'd **e**' },
    { kind: 'text', text: ' [x](http://y) <@U1>' },
  ]);
  expect(parseInline('2 * 3 * 4 and snake_case_name')).toEqual([
    { kind: 'text', text: '2 * 3 * 4 and snake_case_name' },
  ]);
});

test('reads lines and fences', () => {
  const kinds = parseMarkdown('# H\n\n- one\n  - two\n1. three\n> said\n```csv\n- not a list\n```\nend').map(
    (l) => l.kind,
  );
  expect(kinds).toEqual(['heading', 'blank', 'item', 'item', 'item', 'quote', 'code', 'paragraph']);
  expect(parseMarkdown('```\nopen')).toEqual([{ kind: 'code', language: '', text: 'open' }]);
});
