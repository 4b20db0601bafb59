// Long answers are cut where a reader would cut them, and nothing but white space is lost.
import { describe, expect, test } from 'vitest';
import { openFence, splitText } from '../../../adapters/shared/split-text.ts';

const withoutSpace = (text: string): string => text.replace(/\s+/g, '');

describe('splitText', () => {
  test('leaves a short text alone and gives nothing for nothing', () => {
    expect(splitText('One.', { maxLength: 100 })).toEqual(['One.']);
    expect(splitText(' \n ', { maxLength: 100 })).toEqual([]);
  });

  test('cuts at a paragraph, then a sentence, then a word', () => {
    const paragraph = 'a'.repeat(30);
    expect(splitText(`${paragraph}\n\n${paragraph}`, { maxLength: 40 })).toEqual([paragraph, paragraph]);
    expect(splitText('The heart is large. The lungs are clear.', { maxLength: 25 })).toEqual([
      'The heart is large.',
      'The lungs are clear.',
    ]);
    expect(splitText('no full stop in here at all', { maxLength: 16 })).toEqual(['no full stop in', 'here at all']);
  });

  test('closes and reopens a code fence, language included', () => {
    const parts = splitText(`Table:\n\`\`\`csv\n${'1,2,3\n'.repeat(20)}\`\`\`\nDone.`, { maxLength: 60 });
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(60);
      expect(openFence(part)).toBeNull();
    }
    expect(parts[1]?.startsWith('```csv\n1,2,3')).toBe(true);
    expect(parts.join('\n').match(/1,2,3/g)?.length).toBe(20);
  });

  test('counts as the platform counts', () => {
    const escaped = (text: string): number => text.replaceAll('&', '&amp;').length;
    const parts = splitText('& '.repeat(200), { maxLength: 50, measure: escaped });
    expect(Math.max(...parts.map(escaped))).toBeLessThanOrEqual(50);
    expect(withoutSpace(parts.join(''))).toBe('&'.repeat(200));
  });

  test('never tears a character and always gets on', () => {
    const parts = splitText('🫁'.repeat(100), { maxLength: 17 });
    expect(parts.join('')).toBe('🫁'.repeat(100));
    expect(parts.every((part) => Buffer.from(part).toString() === part)).toBe(true);
  });

  test('loses nothing over many random texts', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    const pieces = [
      'word',
      ' ',
      '\n',
      '\n\n',
      '. ',
      'longer-word-without-a-break',
      '**bold**',
      '- item\n',
      '🫁',
      '&<>',
    ];
    for (let round = 0; round < 300; round += 1) {
      const text = Array.from({ length: random(120) }, () => pieces[random(pieces.length)]).join('');
      const maxLength = 16 + random(80);
      const parts = splitText(text, { maxLength });
      expect(withoutSpace(parts.join(''))).toBe(withoutSpace(text));
      expect(parts.every((part) => part.length <= maxLength)).toBe(true);
    }
  });
});
