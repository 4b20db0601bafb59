// The one line that describes a case, and what is said when it can't be read.
import { expect, test } from 'vitest';
import { readCaseLine } from '../../../bot/teaching/case-line.ts';

test('fields, lists and defaults', () => {
  expect(
    readCaseLine('title: Short of breath; history: 70, cough: 3 days; findings: effusion; tags: pleura, ward'),
  ).toEqual({
    title: 'Short of breath',
    history: '70, cough: 3 days',
    findings: 'effusion',
    diagnosis: '',
    differential: [],
    next: '',
    points: [],
    hints: [],
    difficulty: null,
    tags: ['pleura', 'ward'],
    reveal: '',
    vote: 'on',
  });
  expect(readCaseLine('hints: Look left | Sit the patient up').hints).toEqual(['Look left', 'Sit the patient up']);
  expect(readCaseLine('').title).toBe('Untitled case');
});

test.each([
  ['colour: blue', /field: text/],
  ['just words', /field: text/],
  ['difficulty: deadly', /difficulty/],
  ['reveal: whenever', /The case's reveal can't be read: it is a time from 1 s to 7 days/],
  ['vote: perhaps', /vote/],
])('refuses %s in one sentence', (line, sentence) => {
  expect(() => readCaseLine(line)).toThrow(sentence);
});
