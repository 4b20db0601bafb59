// The core's options and supplies as tests use them: quick retries, no limits that a test did not ask for; pictures are three bytes.
import type { Adapter } from '../../bot/contract.ts';
import type { CoreOptions } from '../../bot/core.ts';
import type { Limits, Pictures, Supplies } from '../../bot/parts.ts';
import type { Engine } from '../../engine/engine.ts';

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
  overlaid: async () => Uint8Array.of(7, 8, 9),
};

/** What the outside gives to a core that reads plainly, without modes. */
export function plainSupplies(own: Pick<Supplies, 'store' | 'log'> & { adapter: Adapter; engine: Engine }): Supplies {
  const { adapter, engine, store, log } = own;
  return {
    adapters: [adapter],
    modes: [],
    engine: async () => engine,
    pictures: PICTURES,
    label: () => [],
    store,
    log,
    limits: LIMITS,
  };
}
