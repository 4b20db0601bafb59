// The list of prompts: unique names, stable hashes of the paper's words, and what asks for JSON says so.
import { expect, test } from 'vitest';
import { holm } from '../../evaluation/prompt-ranking.ts';
import { LABEL_KEYS, LABEL_SCHEMA, labellingPrompt } from '../../prompts/labelling.ts';
import { qaPrompt, refinePrompt } from '../../prompts/preparation.ts';
import { PROMPTS, reportPromptTexts } from '../../prompts/registry.ts';

test('names are unique, hashes are those of the text', () => {
  expect(new Set(PROMPTS.map(({ name }) => name)).size).toBe(PROMPTS.length);
  // sha256("Write a radiologic report on the given chest radiograph.")
  expect(PROMPTS.find(({ name }) => name === 'basic')?.text).toBe(
    'Write a radiologic report on the given chest radiograph.',
  );
  expect(PROMPTS.every(({ hash }) => /^[0-9a-f]{12}$/.test(hash))).toBe(true);
  expect(Object.keys(reportPromptTexts())).toEqual(
    expect.arrayContaining(['basic', 'specific', 'pediatric', 'systematic']),
  );
});

test('the labelling contract names the paper’s six categories', () => {
  const prompt = labellingPrompt('Lungs clear.');
  for (const key of Object.keys(LABEL_KEYS)) expect(prompt).toContain(`- ${key}`);
  expect(prompt.endsWith('REPORT: Lungs clear.')).toBe(true);
  expect(LABEL_SCHEMA.required).toEqual(Object.keys(LABEL_KEYS));
});

test('preparation prompts carry the report and every removal rule', () => {
  for (const prompt of [refinePrompt('R'), qaPrompt('R')]) {
    expect(prompt.endsWith('REPORT: R')).toBe(true);
    for (const word of ['stable', 'lateral', 'numbers', 'age', 'catheter', 'underscores'])
      expect(prompt).toContain(word);
  }
});

test('Holm: by hand', () => {
  // Sorted 0.01, 0.03, 0.04 → ×3, ×2, ×1 → 0.03, 0.06, then not below 0.06.
  expect(holm([0.03, null, 0.01, 0.04])).toEqual([
    expect.closeTo(0.06),
    null,
    expect.closeTo(0.03),
    expect.closeTo(0.06),
  ]);
});
