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
import { createPlatforms } from './platforms.ts';
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
  /** First pause before a turn, or a platform's start, is tried again; doubles up to a minute. */
  retryMs?: number;
  /** How long `start` waits for platforms that cannot be reached. */
  startPatienceMs?: number;
}

export interface Core {
  /**
   * Continues the journal and starts modes and adapters. Resolves once every adapter runs or failed to start a first time; those are started again until
   * they run, beside the others. While the store is down it keeps trying, and adapters already tell people so. Throws `config-invalid`.
   */
  start(): Promise<void>;
  stop(): Promise<void>;
  metrics: Metrics;
  health(): {
    queue: { waiting: number; running: number };
    journal: 'loaded' | 'loading';
    /** Why an adapter does not run yet, by its name. */
    troubles: Readonly<Record<string, string>>;
  };
}

const RETRY_MS = 2_000;
const MAX_RETRY_MS = 60_000;
const START_PATIENCE_MS = 10_000;
const INTAKE_GRACE_MS = 5_000;

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
    // What the journal has for a platform waits until answers can be given there.
    mayRun({ id }) {
      const entry = open.get(id);
      return entry === undefined || platforms.runs(entry.adapter);
    },
  });
  const retryMs = options.retryMs ?? RETRY_MS;
  const platforms = createPlatforms({
    adapters: supplies.adapters,
    log,
    retryMs,
    patienceMs: options.startPatienceMs ?? START_PATIENCE_MS,
    begun: () => queue.lookAgain(),
    refused: (error) => supplies.refused?.(error),
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
    return Math.min(retryMs * 2 ** (tries - 1), MAX_RETRY_MS);
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
        await sleep(retryMs, undefined, { signal: stopping.signal });
      }
    }
  }

  return {
    metrics,
    async start() {
      const continued = continueJournal();
      await Promise.race([continued, sleep(1_000, undefined, { ref: false })]);
      queue.start(turn);
      continued.catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error({ err: error }, 'journal could not be continued');
      });
      await Promise.all([platforms.start(intake.take), ...parts.modes.map((mode) => mode.start?.())]);
    },
    async stop() {
      stopping.abort();
      for (const mode of parts.modes) mode.stop?.();
      await queue.stop(options.stopLimitMs);
      await platforms.stop();
      // What was being taken in is journalled before the store may be closed, or a next start in its place would not find it.
      await Promise.race([intake.settled(), sleep(INTAKE_GRACE_MS, undefined, { ref: false })]);
    },
    health: () => ({
      queue: queue.size(),
      journal: loaded ? 'loaded' : 'loading',
      troubles: platforms.troubles(),
    }),
  };
}
