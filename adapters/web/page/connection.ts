// The stream of events from the server: reconnects by itself, replays what was missed, and says when everything must be loaded afresh.
import type { RoomEvent } from '../wire.ts';

export type ConnectionState = 'connecting' | 'live' | 'offline';

export interface Connection {
  readonly state: ConnectionState;
  /** Tries again now instead of at the next turn. */
  retry(): void;
}

/** No sign of life for this long means that the line is dead, whatever the browser believes; the server pings every 15 s. */
const silentMs = 40_000;
const firstRetryMs = 400;
const longestRetryMs = 8000;
/** A hidden page gives its connection back (browsers allow six per host) and replays when it is looked at again. */
const hiddenMs = 60_000;

export function createConnection(handlers: {
  after: string;
  onEvent: (event: RoomEvent, id: string) => void;
  /** Events were missed for good: load everything again; returns the id from which the stream goes on. */
  onResync: () => Promise<string>;
  onState: (state: ConnectionState) => void;
}): Connection {
  let after = handlers.after;
  let source: EventSource | null = null;
  let retryMs = firstRetryMs;
  let retryTimer = 0;
  let silence = 0;
  let failures = 0;
  let state: ConnectionState = 'connecting';

  function setState(next: ConnectionState): void {
    if (state === next) return;
    state = next;
    handlers.onState(next);
  }

  function heard(): void {
    clearTimeout(silence);
    silence = window.setTimeout(lost, silentMs);
    retryMs = firstRetryMs;
    failures = 0;
    setState('live');
  }

  function hangUp(): void {
    source?.close();
    source = null;
    clearTimeout(silence);
    clearTimeout(retryTimer);
  }

  function lost(): void {
    hangUp();
    setState('offline');
    failures += 1;
    // A stream that keeps failing may need a new login or a new secret: ask the server by an ordinary request in between.
    retryTimer = window.setTimeout(failures > 2 ? () => void resync() : connect, retryMs);
    retryMs = Math.min(longestRetryMs, retryMs * 2);
  }

  async function resync(): Promise<void> {
    hangUp();
    try {
      after = await handlers.onResync();
    } catch {
      return lost();
    }
    connect();
  }

  function connect(): void {
    hangUp();
    const stream = new EventSource(`/api/events?after=${encodeURIComponent(after)}`);
    source = stream;
    stream.addEventListener('error', () => source === stream && lost());
    stream.addEventListener('ping', heard);
    stream.addEventListener('ready', heard);
    stream.addEventListener('resync', () => void resync());
    stream.addEventListener('message', (message) => {
      heard();
      after = message.lastEventId;
      handlers.onEvent(JSON.parse(message.data as string) as RoomEvent, message.lastEventId);
    });
  }

  let hiddenTimer = 0;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = window.setTimeout(hangUp, hiddenMs);
    else if (!source) connect();
  });
  window.addEventListener('online', connect);
  connect();
  return {
    get state() {
      return state;
    },
    retry: connect,
  };
}
