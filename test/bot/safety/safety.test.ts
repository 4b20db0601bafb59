// The three filters between the model and people: links and mentions, invented priors, contradictions with the encoder.
import { expect, test } from 'vitest';
import { plainText, shownName } from '../../../bot/plain-text.ts';
import { contradictions, denials } from '../../../bot/safety/contradiction.ts';
import { neutralText } from '../../../bot/safety/neutral-text.ts';
import { withoutPriors } from '../../../bot/safety/priors.ts';
import { controlOf, isReportRequest } from '../../../bot/words.ts';
import type { Finding } from '../../../engine/engine.ts';
import { labelReport } from '../../../labeller/label-report.ts';

test.each([
  'Ask @everyone and @here.',
  'See <@U123>, <!channel>, <@&99>, <#C12>.',
  'See <https://evil.example|our page>.',
  'See [our page](https://evil.example).',
  'See https://evil.example/a?b=c.',
  'See www.evil.example.',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
])('model text neither pings nor links: %s', (text) => {
  const neutral = neutralText(text);
  expect(neutral).not.toMatch(/@\w|<|>|https?:|evil\.example|javascript:/);
});

test('ordinary report text passes unchanged', () => {
  const report =
    'FINDINGS: The cardiac silhouette is enlarged (CTR 0.58).\n- small left effusion, 2.5 cm\nIMPRESSION: **Cardiomegaly**.';
  expect(neutralText(report)).toBe(report);
  expect(withoutPriors(report)).toEqual({ text: report, dropped: 0 });
});

test.each([
  'The effusion is unchanged since the prior study.',
  'Compared to the previous radiograph, the heart is larger.',
  'Interval increase of the left pleural effusion.',
  'Cardiomegaly is again seen.',
  'There is stable cardiomegaly.',
  'The opacity has improved.',
  'No significant interval change.',
  'Persistent left lower lobe opacity.',
])('an invented comparison is dropped, its neighbours stay: %s', (sentence) => {
  const { text, dropped } = withoutPriors(`The lungs are clear. ${sentence} No pneumothorax.`);
  expect(dropped).toBe(1);
  expect(text).toBe('The lungs are clear. No pneumothorax.');
});

test.each([
  'No prior study is available for comparison.',
  'The lungs are clear.',
  'There is increased opacity at the left base.',
  'An increase in interstitial markings is present.',
])('what compares with nothing stays: %s', (sentence) => {
  expect(withoutPriors(sentence)).toEqual({ text: sentence, dropped: 0 });
});

test('an unfinished sentence is held back as soon as it compares', () => {
  expect(withoutPriors('The lungs are clear. The effusion is unch').text).toContain('unch');
  expect(withoutPriors('The lungs are clear. The effusion is unchanged si').text).toBe('The lungs are clear.');
});

const finding = (name: string, probability: number, threshold = 0.4): Finding => ({
  name,
  label: name,
  assessed: true,
  probability,
  threshold,
});

test('a report that says the opposite of the encoder is flagged, agreement and doubt are not', () => {
  const findings = [
    finding('effusion', 0.9),
    finding('pneumothorax', 0.02),
    finding('cardiomegaly', 0.45),
    finding('edema', 0.9),
  ];
  const labels = labelReport(
    'No pleural effusion. There is a large pneumothorax. No cardiomegaly. Pulmonary edema is seen.',
  );
  expect(contradictions(labels, findings).map((each) => [each.finding, each.report])).toEqual([
    ['effusion', 'absent'],
    ['pneumothorax', 'present'],
  ]);
});

test.each([
  ['No definite pleural effusion.', ['effusion']],
  ['No prior film is available here, so no abnormality is detected.', ['effusion']],
  ['There is a large pneumothorax.', []],
  ['Pneumonia, pulmonary edema and heart failure are possible.', []],
  ['There is pleural effusion, and no pneumothorax.', []],
  ['Please ask about the film.', []],
])('of an answer only what it denies is held against it: %s', (answer, found) => {
  const films = [{ findings: [finding('effusion', 0.9), finding('pneumothorax', 0.02)] }];
  expect(denials(labelReport(answer), films).map(({ finding }) => finding)).toEqual(found);
  expect(denials(labelReport(answer), [...films, ...films])).toEqual([]);
});

test('a finding that the bundle does not assess contradicts nobody', () => {
  const unassessed: Finding = {
    name: 'effusion',
    label: 'effusion',
    assessed: false,
    probability: null,
    threshold: null,
  };
  expect(contradictions(labelReport('Large pleural effusion.'), [unassessed])).toEqual([]);
});

test('invisible and commanding characters leave a text', () => {
  expect(plainText('a\u202eb\u0007c\u200bd\u001b[31me\r\nf\u{e0041}')).toBe('abcd[31me\nf');
  expect(shownName('../../etc/pass\u202ewd`*<@U1>.png')).toBe('../../etc/passwd____U1_.png');
  expect(shownName('x'.repeat(300)).length).toBeLessThanOrEqual(60);
});

test('words are controls only as whole messages', () => {
  expect([
    controlOf('Stop!'),
    controlOf('any more certain?'),
    controlOf('Nochmal.'),
    controlOf('FORGET THIS CASE'),
  ]).toEqual(['stop', 'confirm', 'again', 'forget']);
  expect(controlOf('Does the line stop at the carina?')).toBeNull();
  expect([
    isReportRequest('please read this x-ray'),
    isReportRequest('Report?'),
    isReportRequest('Is there an effusion?'),
  ]).toEqual([true, true, false]);
});
