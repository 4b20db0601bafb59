// Feedback rows as CSV: quoted by the rules, and no text becomes a formula in a spreadsheet.
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { type FeedbackRecord, feedbackCsv } from '../../bot/feedback.ts';

const ROW: FeedbackRecord = {
  at: '2026-11-30T12:00:00.000Z',
  rating: 'helpful',
  thread: 'aa',
  person: 'bb',
  kind: 'report',
  prompt: 'specific',
  question: 'Is there "anything",\nor not?',
  answer: '=HYPERLINK("https://evil.example")',
  bundle: 'micro',
  version: '1',
  bundleHash: 'cc',
  temperature: 0.4,
  topP: 0.8,
  maxTokens: 256,
  seed: null,
  language: 'en',
};

test('a CSV reader gets back what was kept', () => {
  const [row] = parse(feedbackCsv([ROW]), { columns: true }) as Record<string, string>[];
  expect(row?.question).toBe(ROW.question);
  expect(row?.answer).toBe(`'${ROW.answer}`);
  expect(row?.seed).toBe('');
  expect(row?.temperature).toBe('0.4');
  expect(row?.bundleHash).toBe('cc');
});
