// The rules that measure the miniature's language: each must be able to say no.
import { describe, expect, it } from 'vitest';
import {
  answersIntent,
  certaintyOf,
  certaintySaid,
  differentialFits,
  examinationFits,
  FORBIDDEN,
  reportIsExact,
  type Truth,
} from '../../training/dialogue/judge.ts';

const truth = (present: string[], rest: Partial<Truth> = {}): Truth => ({
  child: false,
  abnormal: false,
  present,
  ...rest,
});
const REPORT =
  'There is probable pleural effusion. No pneumothorax is seen. No definite pulmonary edema. Impression: Probable pleural effusion.';

describe('reportIsExact', () => {
  it('wants every finding above threshold, in text and impression, and no other', () => {
    expect(reportIsExact(REPORT, truth(['effusion']))).toBe(true);
    expect(reportIsExact(REPORT, truth([]))).toBe(false);
    expect(reportIsExact(REPORT, truth(['edema', 'effusion']))).toBe(false);
    expect(reportIsExact(REPORT.replace('Probable pleural effusion.', 'No abnormality.'), truth(['effusion']))).toBe(
      false,
    );
  });

  it('tells normal, unspecific and children apart', () => {
    const normal = 'There is no pneumothorax. Impression: No abnormality detected.';
    expect(reportIsExact(normal, truth([]))).toBe(true);
    expect(reportIsExact(normal, truth([], { abnormal: true }))).toBe(false);
    const child = "This is a child's film. The film appears abnormal. Impression: Abnormal child's film.";
    expect(reportIsExact(child, truth([], { child: true, abnormal: true }))).toBe(true);
    expect(reportIsExact(child, truth([], { child: true }))).toBe(false);
  });
});

it('a differential explains all findings of the report and no others', () => {
  const answer = 'The effusion may be due to heart failure, a parapneumonic effusion or malignancy.';
  expect(differentialFits(answer, truth(['effusion']))).toBe(true);
  expect(differentialFits(answer, truth(['atelectasis', 'effusion']))).toBe(false);
  expect(differentialFits(answer, truth([]))).toBe(false);
});

it('a further examination serves all findings of the report and no others', () => {
  const answer = 'Further examination: for the edema echocardiography; for the effusion chest ultrasound.';
  expect(examinationFits(answer, truth(['edema', 'effusion']))).toBe(true);
  expect(examinationFits(answer, truth(['edema']))).toBe(false);
  expect(examinationFits('No further imaging is suggested by this film.', truth([], { abnormal: true }))).toBe(false);
});

it('a yes must be the right yes, about the finding asked for', () => {
  expect(answersIntent('ask:effusion', 'Yes, a pleural effusion is likely.', truth(['effusion']))).toBe(true);
  expect(answersIntent('ask:effusion', 'Yes, a pleural effusion is likely.', truth([]))).toBe(false);
  expect(answersIntent('ask:edema', 'Yes, a pleural effusion is likely.', truth(['edema', 'effusion']))).toBe(false);
  expect(answersIntent('offtopic', REPORT, truth(['effusion']))).toBe(false);
});

it('sides, numbers and markup are caught', () => {
  expect(FORBIDDEN.test(REPORT)).toBe(false);
  for (const text of ['a left effusion', '3 cm', '**bold**', '<@U1>', 'see https://a.example']) {
    expect(FORBIDDEN.test(text)).toBe(true);
  }
});

it('words of certainty are those of the sentence that asserts the finding, and follow the probability', () => {
  expect(certaintySaid(REPORT, 'effusion')).toBe('probable');
  expect(certaintySaid(REPORT, 'edema')).toBeNull();
  expect(
    certaintySaid('The film may show a pneumothorax. Cardiomegaly is present. Impression: x.', 'pneumothorax'),
  ).toBe('possible');
  expect(
    certaintySaid('The film may show a pneumothorax. Cardiomegaly is present. Impression: x.', 'cardiomegaly'),
  ).toBe('clear');
  expect([0.06, 0.39, 0.4, 0.69, 0.7].map(certaintyOf)).toEqual([
    'possible',
    'possible',
    'probable',
    'probable',
    'clear',
  ]);
});

it('two questions in one message want both answers, in their order', () => {
  const yes = 'Yes, a pleural effusion is likely.';
  const next = 'Further examination: for the effusion chest ultrasound. ';
  expect(answersIntent('ask:effusion+examination', `${yes} ${next.trim()}`, truth(['effusion']))).toBe(true);
  expect(answersIntent('examination+ask:effusion', next + yes, truth(['effusion']))).toBe(true);
  expect(answersIntent('examination+ask:effusion', `${yes} ${next.trim()}`, truth(['effusion']))).toBe(false);
  expect(answersIntent('ask:effusion+examination', yes, truth(['effusion']))).toBe(false);
  expect(answersIntent('ask:effusion+examination', `${yes} ${next.trim()}`, truth(['edema', 'effusion']))).toBe(false);
  const both = 'Yes, a pleural effusion is likely. No, there is no pneumothorax.';
  expect(answersIntent('ask:effusion+ask:pneumothorax', both, truth(['effusion']))).toBe(true);
  expect(answersIntent('ask:effusion+ask:pneumothorax', both, truth(['effusion', 'pneumothorax']))).toBe(false);
});
