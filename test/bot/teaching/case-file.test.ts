// Case files: what is read, and that every mistake is told with its place.
import { expect, test } from 'vitest';
import { readCaseFile, writeCaseFile } from '../../../bot/teaching/library/case-file.ts';

const GOOD = `format: case-library/1
title: Breathless
findings: left effusion
licence: CC0-1.0
images:
  - film.png
`;

test('a case with its defaults', () => {
  expect(readCaseFile('one.yaml', GOOD)).toMatchObject({
    problems: [],
    libraryCase: {
      name: 'one',
      title: 'Breathless',
      history: '',
      findings: 'left effusion',
      diagnosis: '',
      differential: [],
      next: '',
      points: [],
      hints: [],
      difficulty: null,
      tags: [],
      images: ['film.png'],
      licence: 'CC0-1.0',
      source: '',
    },
  });
});

test('Markdown: fields in front, the text is the history', () => {
  const { libraryCase, problems } = readCaseFile('two.md', `---\n${GOOD}---\n\n70 years.\n\nCough.\n`);
  expect(problems).toEqual([]);
  expect(libraryCase?.history).toBe('70 years.\n\nCough.');
  const twice = readCaseFile('two.md', `---\n${GOOD}history: here\n---\nand there\n`);
  expect(twice.problems).toMatchObject([{ line: 8, column: 1, sentence: expect.stringContaining('given twice') }]);
});

test('what is written is read again, whatever the texts are', () => {
  const libraryCase = {
    name: 'one',
    title: '- "quoted": #1 & *two*',
    history: 'first line\n\nsecond: line',
    findings: 'no effusion',
    diagnosis: 'yes',
    differential: ['null', '1', '~'],
    next: '!tag',
    points: ['a | b; c', '{x}'],
    hints: ['%'],
    difficulty: 'hard' as const,
    tags: ['@'],
    images: ['a/b.png', 'c.DCM'],
    licence: 'CC-BY-4.0',
    source: '2',
  };
  expect(readCaseFile('one.yaml', writeCaseFile(libraryCase))).toMatchObject({ problems: [], libraryCase });
});

const without = (field: string) => GOOD.replace(new RegExp(`^${field}:.*\\n`, 'm'), '');

test.each([
  ['no format', without('format'), 1, 1, 'There is no `format`.'],
  ['another format', GOOD.replace('/1', '/9'), 1, 1, '`format` is one of case-library/1.'],
  ['no findings', without('findings'), 1, 1, 'There is no `findings`.'],
  ['an empty title', GOOD.replace('Breathless', '""'), 2, 1, '`title` is empty.'],
  ['an unknown field', `${GOOD}colour: blue\n`, 7, 1, 'There is no field "colour"'],
  ['a number for a text', `${GOOD}history: 70\n`, 7, 1, '`history` is text; put it in quotes'],
  ['a text for a list', `${GOOD}tags: pleura\n`, 7, 1, '`tags` is a list'],
  ['a wrong difficulty', `${GOOD}difficulty: deadly\n`, 7, 1, '`difficulty` is one of easy, medium, hard.'],
  ['a number in a list', `${GOOD}hints:\n  - ok\n  - 7\n`, 9, 5, 'item 2 of `hints` is text'],
  ['a path out of the folder', GOOD.replace('film.png', '../film.png'), 6, 5, 'item 1 of `images` is no file inside'],
  ['an absolute path', GOOD.replace('film.png', '/etc/film.png'), 6, 5, 'item 1 of `images` is no file inside'],
  ['a way back inside a path', GOOD.replace('film.png', 'a/../../film.png'), 6, 5, 'is no file inside'],
  ['another kind of file', GOOD.replace('film.png', 'film.svg'), 6, 5, 'is no file inside'],
  ['findings without a finding', GOOD.replace('left effusion', 'a nice day'), 3, 1, 'No finding of the list is named'],
  ['a key twice', `${GOOD}title: again\n`, 7, 1, 'Map keys must be unique'],
  ['a tab', `${GOOD}tags:\n\t- x\n`, 8, 1, 'Tabs are not allowed'],
  ['an alias', GOOD.replace('left effusion', '*words'), 3, 11, 'Aliases'],
  ['a tag of a program', GOOD.replace('Breathless', '!!js/function x'), 2, 8, 'Unresolved tag'],
  ['no fields at all', '- a\n- b\n', 1, 1, 'A case is "field: text"'],
  ['an empty file', '', 1, 1, 'A case is "field: text"'],
])('%s', (_, text, line, column, sentence) => {
  const { libraryCase, problems } = readCaseFile('one.yaml', text);
  expect(libraryCase).toBeNull();
  expect(problems[0]).toEqual({
    file: 'one.yaml',
    line,
    column,
    level: 'error',
    sentence: expect.stringContaining(sentence),
  });
});

test('a date or a long number is a warning for the author, and so is a missing licence', () => {
  const { libraryCase, problems } = readCaseFile(
    'one.yaml',
    `${without('licence')}history: born 12.03.1950\nsource: record 12345678\n`,
  );
  expect(libraryCase).not.toBeNull();
  expect(problems.map(({ line, level }) => [line, level])).toEqual([
    [1, 'warning'],
    [6, 'warning'],
    [7, 'warning'],
  ]);
});

test('invisible characters are taken out', () => {
  expect(readCaseFile('one.yaml', GOOD.replace('Breathless', 'Brea\u202Ethl\u200Bess')).libraryCase?.title).toBe(
    'Breathless',
  );
});
