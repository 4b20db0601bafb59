// The clock of the cases: wakes each one when its time is up, through the journal like any event, also after a restart; late ones at once.
import type { ActionEvent } from '../contract.ts';
import { nameOf } from '../identity.ts';
import type { ModeRoom } from '../mode-room.ts';
import type { CaseSession, CaseStore } from './session.ts';

export const TIME_IS_UP = 'case-time-is-up';

const RETRY_MS = 30_000;

export interface Alarms {
  /** Sets the alarm of a case as the case says now; null: the case is gone. Called after every change of a case. */
  follow(thread: string, session: CaseSession | null): void;
  /** Sets the alarms of all cases in `cases`. */
  start(cases: Pick<CaseStore, 'all'>): Promise<void>;
  stop(): void;
}

export function createAlarms({ wake, log }: Pick<ModeRoom, 'wake' | 'log'>): Alarms {
  const timers = new Map<string, NodeJS.Timeout>();
  let isRunning = false;
  let again: NodeJS.Timeout | undefined;

  function set(thread: string, inMs: number, run: () => Promise<unknown>): void {
    clearTimeout(timers.get(thread));
    const timer = setTimeout(() => {
      timers.delete(thread);
      run().catch((error: unknown) => {
        log.error({ err: error }, 'a case could not be woken; it is tried again');
        if (isRunning) set(thread, RETRY_MS, run);
      });
    }, inMs);
    timers.set(thread, timer);
  }

  function follow(thread: string, session: CaseSession | null): void {
    clearTimeout(timers.get(thread));
    timers.delete(thread);
    if (!isRunning || session === null || session.revealed || session.revealAt === null) return;
    const event = alarmOf(session, session.revealAt);
    set(thread, Math.max(0, session.revealAt - Date.now()), () => wake(event));
  }

  async function start(cases: Pick<CaseStore, 'all'>): Promise<void> {
    isRunning = true;
    try {
      for (const session of await cases.all()) follow(session.place.thread, session);
    } catch (error) {
      log.error({ err: error }, 'the timers of cases could not be read; it is tried again');
      again = setTimeout(() => void start(cases), RETRY_MS);
    }
  }

  return {
    follow,
    start,
    stop() {
      isRunning = false;
      clearTimeout(again);
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

/** The same alarm always has the same id, so that it counts once whoever rings it. */
function alarmOf({ place, event, teacher }: CaseSession, at: number): ActionEvent {
  return {
    kind: 'action',
    action: TIME_IS_UP,
    id: `case-alarm-${nameOf(place.thread, event, at.toString())}`,
    place,
    author: { id: teacher, isBot: false },
    at,
    post: '',
  };
}
