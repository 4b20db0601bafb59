// The core's options as tests use them: quick retries, no limits that a test did not ask for; pictures are three bytes.
import type { CoreOptions } from '../../bot/core.ts';
import type { Limits, Pictures } from '../../bot/parts.ts';

export const CORE_OPTIONS: CoreOptions = {
  access: { spaces: [], channels: [], users: [], roles: [], adminUsers: [], adminRoles: [], perMinute: 100_000 },
  defaults: { prompt: 'specific', language: 'en', read: 'every' },
  concurrency: 4,
  maxWaiting: 2_000,
  retentionMs: 30 * 24 * 3_600_000,
  stopLimitMs: 5_000,
  retryMs: 50,
};

export const LIMITS: Limits = { maxImages: 4, maxImageBytes: 1_000_000, maxQuestionChars: 4_000 };

export const PICTURES: Pictures = {
  panel: async () => Uint8Array.of(1, 2, 3),
  film: async () => Uint8Array.of(4, 5, 6),
  overlay: async () => null,
};
