// Spaces the edits of growing drafts so that a platform's rate limit holds; only the newest draft of each reply is ever sent.

export interface DraftThrottleOptions {
  /** Least time between two edits in one lane. */
  intervalMs: number;
  /** A draft that could not be shown; the final text does not depend on it. */
  onError?: (error: unknown) => void;
}

/** Lanes share a rate limit (a channel, say); subjects are the replies in it. */
export interface DraftThrottle {
  /** Shows `send` as soon as the lane allows; replaces a draft of the same subject that is still waiting. */
  offer(lane: string, subject: string, send: () => Promise<void>): void;
  /** Drops the waiting draft of `subject` and resolves when none of its sends is under way: the final text may follow. */
  settle(subject: string): Promise<void>;
  /** No send in `lane` for `delayMs`: the platform said so. */
  defer(lane: string, delayMs: number): void;
  /** Drops everything that waits and resolves when nothing is under way. */
  close(): Promise<void>;
}

interface Lane {
  waiting: Map<string, () => Promise<void>>;
  nextAt: number;
  timer: NodeJS.Timeout | null;
}

/** At most one send per lane and interval, subjects in turn. */
export function createDraftThrottle(options: DraftThrottleOptions): DraftThrottle {
  const lanes = new Map<string, Lane>();
  const running = new Map<string, Promise<void>>();

  function schedule(name: string, lane: Lane): void {
    if (lane.timer !== null || lane.waiting.size === 0) return;
    lane.timer = setTimeout(
      () => {
        lane.timer = null;
        sendNext(name, lane);
      },
      Math.max(0, lane.nextAt - Date.now()),
    );
  }

  function sendNext(name: string, lane: Lane): void {
    if (lane.nextAt > Date.now()) {
      schedule(name, lane);
      return;
    }
    const next = [...lane.waiting].find(([subject]) => !running.has(subject));
    if (next === undefined) return;
    const [subject, send] = next;
    lane.waiting.delete(subject);
    lane.nextAt = Date.now() + options.intervalMs;
    const sending = send()
      .catch((error: unknown) => options.onError?.(error))
      .finally(() => {
        running.delete(subject);
        schedule(name, lane);
        forgetIfIdle(name, lane);
      });
    running.set(subject, sending);
    schedule(name, lane);
  }

  function forgetIfIdle(name: string, lane: Lane): void {
    if (lane.waiting.size === 0 && lane.timer === null && lane.nextAt <= Date.now()) lanes.delete(name);
  }

  function laneOf(name: string): Lane {
    const known = lanes.get(name);
    if (known !== undefined) return known;
    // A lane idle for longer than the interval has nothing to remember.
    for (const [other, lane] of lanes) forgetIfIdle(other, lane);
    const lane: Lane = { waiting: new Map(), nextAt: 0, timer: null };
    lanes.set(name, lane);
    return lane;
  }

  return {
    offer(name, subject, send) {
      const lane = laneOf(name);
      lane.waiting.set(subject, send);
      schedule(name, lane);
    },
    async settle(subject) {
      for (const lane of lanes.values()) lane.waiting.delete(subject);
      await running.get(subject);
    },
    defer(name, delayMs) {
      const lane = laneOf(name);
      lane.nextAt = Math.max(lane.nextAt, Date.now() + delayMs);
    },
    async close() {
      for (const lane of lanes.values()) {
        if (lane.timer !== null) clearTimeout(lane.timer);
        lane.timer = null;
        lane.waiting.clear();
      }
      lanes.clear();
      await Promise.all(running.values());
    },
  };
}
