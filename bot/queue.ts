// The queue's interface, kept small so that BullMQ on Redis can take its place, and the in-process queue over the journal.
import { setTimeout as sleep } from 'node:timers/promises';
import { CxrError } from '../engine/error.ts';

export interface Job {
  id: string;
  /** One job of a lane at a time, in order of arrival. */
  lane: string;
  /** Runs at once beside everything else: a word of thanks, a button, a refusal. */
  urgent?: boolean;
  /** Does not wait behind a pause in its lane: what is forgotten or deleted must not wait until the lane goes on. */
  passesPauses?: boolean;
}

/** How many jobs come before one that waits: in its own lane, and altogether. Both 0: it runs now. */
export interface Position {
  lane: number;
  all: number;
}

const ABORT_GRACE_MS = 5_000;

/** Resolves with null once the job is done, or with the pause in milliseconds after which it runs again; it keeps its place in its lane. */
export type Run = (job: Job, signal: AbortSignal) => Promise<number | null>;

export interface Queue {
  /** Adds a job that the journal already holds. */
  add(job: Job): Position;
  /** True while another job may wait; those that rest (they pause, or `mayRun` keeps them) are not counted, so that one platform's outage does not fill the queue for the others. */
  hasRoom(): boolean;
  position(id: string): Position | null;
  running(lane: string): string | null;
  /** Jobs of the lane that pause before they are tried again. */
  pausing(lane: string): readonly string[];
  /** Those that rest left out. */
  waiting(lane: string): readonly string[];
  /** Starts what `mayRun` allows by now. */
  lookAgain(): void;
  /** Ends the pause of a job; does nothing if it does not pause. */
  hasten(id: string): void;
  /** Aborts a running job with a reason (see `AbortReason`); does nothing if it does not run. */
  abort(id: string, reason: AbortReason): void;
  size(): { waiting: number; running: number };
  start(run: Run): void;
  /** Starts no further job, ends all pauses, lets running ones finish for `limitMs`, then aborts them with `shutdown`. */
  stop(limitMs: number): Promise<void>;
}

export type AbortReason = 'stopped' | 'forgotten' | 'deleted' | 'superseded' | 'shutdown';

export interface QueueOptions {
  /** Jobs that run at the same time, urgent ones not counted. */
  concurrency: number;
  /** Jobs that may wait. */
  maxWaiting: number;
  /** Called when jobs of a lane moved up. */
  moved?: (lane: string) => void;
  /** False keeps a job waiting, and its lane, until `lookAgain`. */
  mayRun?: (job: Job) => boolean;
}

export function createQueue(options: QueueOptions): Queue {
  const waiting: Job[] = [];
  const active = new Map<string, { job: Job; abort: AbortController; done: Promise<void> }>();
  /** Waiting jobs that may not run before their timer. */
  const paused = new Map<string, NodeJS.Timeout>();
  let run: Run | null = null;

  const busy = (lane: string): boolean => [...active.values()].some(({ job }) => !job.urgent && job.lane === lane);
  const running = (): number => [...active.values()].filter(({ job }) => !job.urgent).length;

  /** It waits for something else than its turn. */
  const rests = (job: Job): boolean => paused.has(job.id) || options.mayRun?.(job) === false;

  function next(): Job | undefined {
    /** Lanes in which a job waits that comes first, and those of them in which it only pauses. */
    const [taken, resting] = [new Set<string>(), new Set<string>()];
    for (const [index, job] of waiting.entries()) {
      const { lane, urgent, passesPauses } = job;
      const isPaused = rests(job);
      if (urgent && !isPaused) return waiting.splice(index, 1)[0];
      if (urgent) continue;
      const isFirst = !taken.has(lane) || (passesPauses === true && resting.has(lane));
      if (!isPaused && isFirst && running() < options.concurrency && !busy(lane)) return waiting.splice(index, 1)[0];
      if (!taken.has(lane) && isPaused) resting.add(lane);
      taken.add(lane);
    }
    return undefined;
  }

  function pump(): void {
    if (run === null) return;
    for (let job = next(); job !== undefined; job = next()) begin(job, run);
  }

  function begin(job: Job, work: Run): void {
    const abort = new AbortController();
    const done = work(job, abort.signal).then((pauseMs) => {
      active.delete(job.id);
      if (pauseMs !== null && run !== null) pause(job, pauseMs);
      pump();
      options.moved?.(job.lane);
    });
    active.set(job.id, { job, abort, done });
  }

  function pause(job: Job, pauseMs: number): void {
    // It began before everything that waits, so the front is its old place.
    waiting.unshift(job);
    paused.set(
      job.id,
      setTimeout(() => endPause(job.id), pauseMs),
    );
  }

  function endPause(id: string): void {
    clearTimeout(paused.get(id));
    if (paused.delete(id)) pump();
  }

  function position(id: string): Position | null {
    if (active.has(id)) return { lane: 0, all: 0 };
    const index = waiting.findIndex((job) => job.id === id);
    const job = waiting[index];
    if (job === undefined) return null;
    const before = waiting
      .slice(0, index)
      .filter((other) => !other.urgent && (other.lane === job.lane || !rests(other)));
    const lane = before.filter((other) => other.lane === job.lane).length + (busy(job.lane) ? 1 : 0);
    return { lane, all: before.length + running() };
  }

  return {
    add(job) {
      waiting.push(job);
      pump();
      return position(job.id) ?? { lane: 0, all: 0 };
    },
    hasRoom: () => waiting.filter((job) => !job.urgent && !rests(job)).length < options.maxWaiting,
    position,
    running: (lane) => [...active.values()].find(({ job }) => !job.urgent && job.lane === lane)?.job.id ?? null,
    pausing: (lane) => waiting.filter((job) => job.lane === lane && paused.has(job.id)).map((job) => job.id),
    waiting: (lane) => waiting.filter((job) => !job.urgent && job.lane === lane && !rests(job)).map((job) => job.id),
    lookAgain: pump,
    hasten: endPause,
    abort(id, reason) {
      active.get(id)?.abort.abort(abortion(reason));
    },
    size: () => ({ waiting: waiting.filter((job) => !job.urgent).length, running: running() }),
    start(work) {
      run = work;
      pump();
    },
    async stop(limitMs) {
      run = null;
      for (const timer of paused.values()) clearTimeout(timer);
      paused.clear();
      const all = Promise.all([...active.values()].map(({ done }) => done));
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limitMs);
      });
      await Promise.race([all, limit]);
      clearTimeout(timer);
      for (const { abort } of active.values()) abort.abort(abortion('shutdown'));
      // What does not heed the abort must not keep the process; the journal has it.
      await Promise.race([all, sleep(ABORT_GRACE_MS, undefined, { ref: false })]);
    },
  };
}

function abortion(reason: AbortReason): CxrError {
  return new CxrError('aborted', 'Stopped.', { detail: { reason } });
}

/** Why a job's signal was aborted; null if it was not. */
export function abortReason(signal: AbortSignal): AbortReason | null {
  if (!signal.aborted) return null;
  const reason: unknown = signal.reason;
  return reason instanceof CxrError ? (reason.detail.reason as AbortReason) : 'shutdown';
}
