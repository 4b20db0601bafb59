// Server-sent events with ids and replay: whoever reconnects gets every event since the last one seen, or is told to load afresh.
import { randomBytes } from 'node:crypto';
import type { RoomEvent } from './wire.ts';

interface Numbered {
  id: number;
  /** Only this person gets it; null for everybody. */
  audience: string | null;
  data: string;
}

export interface EventStream {
  /** Id of the last event sent, `{process}.{number}`. */
  lastId(): string;
  send(event: RoomEvent, audience?: string | null): void;
  /** A response body for one reader. `after` is the last id it saw; an id that can't be replayed yields a `resync` event first. */
  subscribe(person: string, after: string | null): ReadableStream<Uint8Array>;
  readers(): number;
  close(): void;
}

const replayEvents = 4096;
/** A reader this far behind is cut off; it comes back and replays. */
const maxBehindBytes = 4 * 1024 * 1024;
const pingMs = 15_000;
const retryMs = 500;

export function createEventStream(): EventStream {
  const process = randomBytes(6).toString('hex');
  const recent: Numbered[] = [];
  const readers = new Set<{ person: string; push(text: string): void; end(): void }>();
  const encoder = new TextEncoder();
  let last = 0;

  const lastId = () => `${process}.${last}`;
  const frame = (event: Numbered) => `id: ${process}.${event.id}\ndata: ${event.data}\n\n`;
  const mayRead = (event: Numbered, person: string) => event.audience === null || event.audience === person;
  const ping = setInterval(() => {
    for (const reader of readers) reader.push('event: ping\ndata: \n\n');
  }, pingMs);
  ping.unref();

  function backlog(person: string, after: string | null): string {
    const start = `retry: ${retryMs}\n\n`;
    if (after === null) return `${start}event: resync\ndata: \n\n`;
    const [from, number] = after.split('.');
    const seen = Number(number);
    const oldest = recent[0]?.id ?? last + 1;
    if (from !== process || !Number.isInteger(seen) || seen > last || seen < oldest - 1) {
      return `${start}event: resync\ndata: \n\n`;
    }
    const missed = recent.filter((event) => event.id > seen && mayRead(event, person));
    return `${start}${missed.map(frame).join('')}event: ready\ndata: \n\n`;
  }

  return {
    lastId,
    readers: () => readers.size,
    send(event, audience = null) {
      last += 1;
      const numbered: Numbered = { id: last, audience, data: JSON.stringify(event) };
      recent.push(numbered);
      if (recent.length > replayEvents) recent.shift();
      for (const reader of readers) if (mayRead(numbered, reader.person)) reader.push(frame(numbered));
    },
    subscribe(person, after) {
      let reader: { person: string; push(text: string): void; end(): void };
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            const end = () => {
              if (readers.delete(reader)) controller.close();
            };
            reader = {
              person,
              end,
              push(text) {
                if ((controller.desiredSize ?? 0) < 0) return end();
                controller.enqueue(encoder.encode(text));
              },
            };
            readers.add(reader);
            controller.enqueue(encoder.encode(backlog(person, after)));
          },
          cancel() {
            readers.delete(reader);
          },
        },
        { highWaterMark: maxBehindBytes, size: (chunk) => chunk?.byteLength ?? 0 },
      );
    },
    close() {
      clearInterval(ping);
      for (const reader of readers) reader.end();
    },
  };
}
