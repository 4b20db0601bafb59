// People's own words become findings with the certainty that the words have.
import { expect, test } from 'vitest';
import { readAnswer, SCORED_FINDINGS } from '../../../bot/teaching/read-answer.ts';

const read = (text: string) =>
  Object.fromEntries(readAnswer(text).map(({ finding, probability }) => [finding, probability]));

test.each([
  ['Left pleural effusion.', { effusion: 0.9 }],
  ['No pneumothorax.', { pneumothorax: 0.1 }],
  ['Probable left effusion, no pneumothorax', { effusion: 0.75, pneumothorax: 0.1 }],
  ['Effusion 80%, cardiomegaly 30 %', { effusion: 0.8, cardiomegaly: 0.3 }],
  ['Possible pneumonia', { pneumonia: 0.5 }],
  ['Definitely cardiomegaly', { cardiomegaly: 0.95 }],
  ['no effusion (60%)', { effusion: 0.4 }],
  ['Effusion is unlikely', { effusion: 0.25 }],
  ['Heart size normal', { cardiomegaly: 0.1 }],
  ['Not normal', {}],
  ['What a lovely morning', {}],
])('%s', (text, expected) => {
  expect(read(text)).toEqual(expected);
});

test.each([
  ['probably normal', 0.25],
  ['Clearly a normal film.', 0.05],
  ['I think it looks normal to me', 0.25],
  ['normal chest 70 %', 0.3],
])('%s: every finding is absent, as surely as it is said', (text, probability) => {
  const stated = readAnswer(text);
  expect(stated.map(({ finding }) => finding)).toEqual(SCORED_FINDINGS);
  expect(new Set(stated.map((each) => each.probability))).toEqual(new Set([probability]));
});

test('"normal" says that every finding is absent', () => {
  const normal = readAnswer('Normal chest radiograph.');
  expect(normal.map(({ finding }) => finding)).toEqual(SCORED_FINDINGS);
  expect(new Set(normal.map(({ probability }) => probability))).toEqual(new Set([0.1]));
});
