// What a form may be, and how what people filled in is read.
import { describe, expect, test } from 'vitest';
import { checkForms, problemOf, readFields } from '../../../adapters/shared/form.ts';
import type { Form, FormField } from '../../../bot/contract.ts';

const TEXT: FormField = { name: 'findings', label: 'What do you see?', kind: 'text', required: true, maxLength: 10 };
const CHOICE: FormField = { name: 'certainty', label: 'How sure?', kind: 'choice', options: ['Sure', 'Unsure'] };
const FORM: Form = { title: 'My answer', submitLabel: 'Send', fields: [TEXT, CHOICE] };
const check = (form: Form) => () => checkForms([{ action: 'case-answer', label: 'Answer', form }]);
const many = (count: number, make: (n: number) => FormField): FormField[] =>
  Array.from({ length: count }, (_, n) => make(n));

describe('a form that every platform takes', () => {
  test('is one within the limits', () => {
    expect(check(FORM)).not.toThrow();
    expect(check({ ...FORM, fields: many(5, (n) => ({ ...TEXT, name: `f${n}` })) })).not.toThrow();
    expect(check({ ...FORM, title: 'x'.repeat(24), submitLabel: 'x'.repeat(24) })).not.toThrow();
    expect(() => checkForms([{ action: 'help', label: 'Help' }])).not.toThrow();
  });

  test.for<[string, Partial<Form>]>([
    ['no field', { fields: [] }],
    ['six fields', { fields: many(6, (n) => ({ ...TEXT, name: `f${n}` })) }],
    ['a name twice', { fields: [TEXT, TEXT] }],
    ['a name with a space', { fields: [{ ...TEXT, name: 'my findings' }] }],
    ['an empty title', { title: ' ' }],
    ['a long title', { title: 'x'.repeat(25) }],
    ['a long submit label', { submitLabel: 'x'.repeat(25) }],
    ['a long label', { fields: [{ ...TEXT, label: 'x'.repeat(46) }] }],
    ['a choice of nothing', { fields: [{ ...CHOICE, options: [] }] }],
    ['a choice without options', { fields: [{ name: 'a', label: 'A', kind: 'choice' }] }],
    ['the same option twice', { fields: [{ ...CHOICE, options: ['A', 'A'] }] }],
    ['a long option', { fields: [{ ...CHOICE, options: ['x'.repeat(76)] }] }],
    ['26 options', { fields: [{ ...CHOICE, options: Array.from({ length: 26 }, (_, n) => `${n}`) }] }],
    ['a text with options', { fields: [{ ...TEXT, options: ['A'] }] }],
    ['a text without end', { fields: [{ ...TEXT, maxLength: 3_001 }] }],
    ['a text of no length', { fields: [{ ...TEXT, maxLength: 0 }] }],
    [
      'more than a Slack button carries',
      {
        fields: many(5, (n) => ({
          ...CHOICE,
          name: `f${n}`,
          options: many(25, () => CHOICE).map((_, o) => `option ${o} ${'x'.repeat(9)}`),
        })),
      },
    ],
  ])('is not one with %s', ([, change]) => {
    expect(check({ ...FORM, ...change })).toThrow(RangeError);
  });
});

describe('what was filled in', () => {
  test('is trimmed; blank fields and names of no field are left out', () => {
    expect(readFields(FORM, { findings: '  a\n', certainty: '', __proto__x: 'b', other: 'c' })).toEqual({
      ok: true,
      fields: { findings: 'a' },
    });
  });

  test.for<[Record<string, string>, string, RegExp]>([
    [{}, 'findings', /fill in "What do you see\?"/],
    [{ findings: ' \n ' }, 'findings', /fill in/],
    [{ findings: 'x'.repeat(11) }, 'findings', /at most 10 characters/],
    [{ findings: 'a', certainty: 'sure' }, 'certainty', /choose one/],
  ])('%j is refused with one sentence', ([given, field, sentence]) => {
    expect(readFields(FORM, given)).toEqual({ ok: false, field, sentence: expect.stringMatching(sentence) });
  });

  test('of a form that nobody knows any more is taken within the general limits', () => {
    const given = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`f${n}`, `text ${n}`]));
    const read = readFields(null, { ...given, 'No name!': 'x' });
    expect(read).toMatchObject({ ok: true });
    expect(read.ok && Object.keys(read.fields)).toEqual(['f0', 'f1', 'f2', 'f3', 'f4']);
    expect(readFields(null, { f0: 'x'.repeat(3_001) })).toMatchObject({ ok: false, field: 'f0' });
  });

  test('an optional field may be left blank', () => {
    expect(problemOf(CHOICE, '')).toBeNull();
  });
});
