// What people think of drafts: kept with what made the draft (bundle hash, prompt, sampling), exportable as CSV, gone with the case.
import type { Sampling } from '../engine/engine.ts';
import { nameOf } from './identity.ts';
import { entriesOf, type StateStore } from './store.ts';

export interface FeedbackRecord {
  at: string;
  rating: 'helpful' | 'not-helpful';
  /** Hash of the thread: groups rows of one case without naming it. */
  thread: string;
  /** Hash of the person. */
  person: string;
  kind: 'report' | 'question';
  prompt: string;
  question: string;
  answer: string;
  bundle: string;
  version: string;
  bundleHash: string;
  temperature: number;
  topP: number;
  maxTokens: number;
  seed: number | null;
  language: string;
}

export interface Feedback {
  /** One vote per person and answer: a later one replaces the earlier. */
  record(turn: string, record: FeedbackRecord): Promise<void>;
  all(): Promise<FeedbackRecord[]>;
  /** Erases every row of a thread; returns how many there were. */
  forget(thread: string): Promise<number>;
}

const COLUMNS = [
  'at',
  'rating',
  'thread',
  'person',
  'kind',
  'prompt',
  'question',
  'answer',
  'bundle',
  'version',
  'bundleHash',
  'temperature',
  'topP',
  'maxTokens',
  'seed',
  'language',
] as const satisfies readonly (keyof FeedbackRecord)[];

export function createFeedback(store: StateStore, retentionMs: number): Feedback {
  const kept = store.namespace('feedback', retentionMs);
  return {
    async record(turn, record) {
      await kept.set(nameOf('feedback', record.thread, turn, record.person), record);
    },
    async all() {
      const records = (await entriesOf<FeedbackRecord>(kept)).map(([, record]) => record);
      return records.sort((a, b) => a.at.localeCompare(b.at));
    },
    async forget(thread) {
      const rows = (await entriesOf<FeedbackRecord>(kept)).filter(([, record]) => record.thread === thread);
      for (const [key] of rows) await kept.delete(key);
      return rows.length;
    },
  };
}

/** Settings that made an answer, as a feedback row keeps them. */
export function samplingColumns(
  sampling: Sampling,
): Pick<FeedbackRecord, 'temperature' | 'topP' | 'maxTokens' | 'seed'> {
  const { temperature, topP, maxTokens, seed } = sampling;
  return { temperature, topP, maxTokens, seed: seed ?? null };
}

/** RFC 4180, with a leading apostrophe where a spreadsheet would take a text for a formula (OWASP, CSV injection). */
export function feedbackCsv(records: readonly FeedbackRecord[]): string {
  const cell = (value: string | number | null): string => {
    if (typeof value !== 'string') return value === null ? '' : String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const rows = records.map((record) => COLUMNS.map((column) => cell(record[column])).join(','));
  return `${[COLUMNS.join(','), ...rows].join('\r\n')}\r\n`;
}
