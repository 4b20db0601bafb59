// Bolt acknowledges an event before its listeners run; here Slack hears "taken" only after everything was taken in, or nothing at all.
import type { App, ReceiverEvent } from '@slack/bolt';

/** Told whether the event was taken in (and acknowledged) in the end. */
export type Settle = (taken: boolean) => void;

export interface Gate {
  /** Refuses new events from now on and resolves when none is under way. */
  close(): Promise<void>;
  open(): void;
}

/**
 * `check` may refuse an event by throwing. Gives a receiver an `App` whose `processEvent` holds the acknowledgement back until all listeners are through. A listener
 * that throws, or a closed gate, leaves the event unacknowledged: Slack delivers it again.
 */
export function acknowledgeAfter(
  app: App,
  check: (event: ReceiverEvent) => Settle | undefined,
): { app: App; gate: Gate } {
  const underWay = new Set<Promise<void>>();
  let closed = false;

  async function take(event: ReceiverEvent): Promise<void> {
    const settle = check(event);
    let taken = false;
    try {
      let response: unknown;
      await app.processEvent({
        ...event,
        ack: async (given) => {
          response = given;
        },
      });
      await event.ack(response);
      taken = true;
    } finally {
      settle?.(taken);
    }
  }

  const gated: App = Object.create(app, {
    processEvent: {
      value(event: ReceiverEvent): Promise<void> {
        if (closed) return Promise.reject(new Error('the Slack adapter is stopping and takes no new events'));
        const taking = take(event).finally(() => underWay.delete(taking));
        underWay.add(taking);
        return taking;
      },
    },
  });
  return {
    app: gated,
    gate: {
      open() {
        closed = false;
      },
      async close() {
        closed = true;
        await Promise.allSettled(underWay);
      },
    },
  };
}
