// Builds the conversation core out of its rooms and runs it: start continues the journal, stop lets running turns finish.
import { setTimeout as sleep } from 'node:timers/promises';
import { CxrError, toCxrError } from '../engine/error.ts';
import { type AccessRules, createAccess } from './access.ts';
import { createAudit } from './audit.ts';
import { createContact } from './contact.ts';
import { createConversations } from './conversations.ts';
import { createFeedback } from './feedback.ts';
import { createIntake, enqueue } from './intake.ts';
import { createJournal, type JournalEntry } from './journal.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createModeRoom } from './mode-room.ts';
import type { Parts, Supplies } from './parts.ts';
import { createQueue, type Job } from './queue.ts';
import { tellMoved } from './receipt.ts';
import { createReplies } from './replies.ts';
import { type ChannelSettings, createSettings } from './settings.ts';
import { createThreads } from './thread.ts';
import { runTurn } from './turn.ts';

export interface CoreOptions {
  access: AccessRules;
  defaults: ChannelSettings;
  /** Turns that run at the same time, and that may wait. */
  concurrency: number;
  maxWaiting: number;
  /** How long states of cases, feedback and claims are kept. */
  retentionMs: number;
  /** How long running turns may take to finish on stop. */
  stopLimitMs: number;
  /** First pause before a turn is tried again; doubles up to a minute. */
  retryMs?: number;
}

export interface Core {
  /** Continues the journal and starts the adapters. While the store is down it keeps trying, and adapters already tell people so. */
  start(): Promise<void>;
  stop(): Promise<void>;
  metrics: Metrics;
  health(): { queue: { waiting: number; running: number }; journal: 'loaded' | 'loading' };
}

const MAX_RETRY_MS = 60_000;

export function createCore(supplies: Supplies, options: CoreOptions): Core {
  const { log, store } = supplies;
  const journal = createJournal(store, options.retentionMs);
  const byName = new Map(supplies.adapters.map((adapter) => [adapter.name, adapter]));
  const open = new Map<string, JournalEntry>();
  const stopping = new AbortController();
  let loaded = false;

  const adapter: Parts['adapter'] = (name) => {
    const found = byName.get(name);
    if (found === undefined)
      throw new CxrError('internal', 'That chat platform is not switched on.', { detail: { name } });
    return found;
  };
  const queue = createQueue({
    concurrency: options.concurrency,
    maxWaiting: options.maxWaiting,
    moved: (lane) => tellMoved(parts, lane),
  });
  const metrics = createMetrics(() => queue.size());
  const parts: Parts = {
    ...supplies,
    modes: [],
    journal,
    queue,
    metrics,
    open,
    adapter,
    threads: createThreads(store, options.retentionMs),
    settings: createSettings(store, options.defaults),
    access: createAccess(options.access),
    feedback: createFeedback(store, options.retentionMs),
    audit: createAudit(log),
    replies: createReplies(journal, (name, place, reply) => adapter(name).reply(place, reply)),
    contact: createContact(store),
    conversations: createConversations(supplies.engine),
    async stage(stage, entry) {
      metrics.stage(stage, Math.max(0, Date.now() - entry.sequence / 1_000) / 1_000);
      await supplies.onStage?.(stage, entry);
    },
  };
  const intake = createIntake(parts);
  const room = createModeRoom(parts, options.retentionMs, (from, event) => intake.wake(from, event));
  parts.modes = supplies.modes.map((create) => create(room));

  /** Runs a turn; resolves with the pause after which it is tried again, or null. */
  async function turn(job: Job, signal: AbortSignal): Promise<number | null> {
    try {
      if ((await runTurn(parts, job, signal)) !== 'retry') return null;
    } catch (error) {
      log.error({ err: error, id: job.id }, 'turn ended in an unexpected error');
    }
    const tries = Math.max(1, open.get(job.id)?.tries ?? 1);
    return Math.min((options.retryMs ?? 2_000) * 2 ** (tries - 1), MAX_RETRY_MS);
  }

  async function continueJournal(): Promise<void> {
    for (;;) {
      try {
        const pending = (await journal.pending()).filter((entry) => byName.has(entry.adapter));
        for (const entry of pending) {
          if (open.has(entry.id)) continue;
          open.set(entry.id, { ...entry, resumed: true, tries: 0 });
          enqueue(parts, entry);
        }
        if (pending.length > 0)
          log.info({ turns: pending.length }, 'continuing what was accepted before the last stop');
        loaded = true;
        return;
      } catch (error) {
        log.error({ err: toCxrError(error) }, 'journal cannot be read yet');
        await sleep(options.retryMs ?? 2_000, undefined, { signal: stopping.signal });
      }
    }
  }

  return {
    metrics,
    async start() {
      const continued = continueJournal();
      await Promise.race([continued, sleep(1_000, undefined, { ref: false })]);
      for (const each of supplies.adapters) await each.start((event) => intake.take(each, event));
      queue.start(turn);
      continued.catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error({ err: error }, 'journal could not be continued');
      });
      for (const mode of parts.modes) await mode.start?.();
    },
    async stop() {
      stopping.abort();
      for (const mode of parts.modes) mode.stop?.();
      await queue.stop(options.stopLimitMs);
      for (const each of supplies.adapters) await each.stop();
    },
    health: () => ({ queue: queue.size(), journal: loaded ? 'loaded' : 'loading' }),
  };
}
