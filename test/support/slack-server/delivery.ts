// Delivers events as Slack does, over Socket Mode or signed HTTP, and again when they are not acknowledged within three seconds.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';

export type EnvelopeType = 'events_api' | 'interactive' | 'slash_commands';

export interface Delivery {
  type: EnvelopeType;
  /** What it is about (a message's ts, say), for tests that look for it. */
  subject: string;
  payload: Record<string, unknown>;
  attempts: { at: number; acknowledgedAt: number | null; response: unknown }[];
}

export interface DeliveryOptions {
  signingSecret: string;
  /** Where signed requests go; null: Socket Mode. */
  requestUrl: string | null;
  acknowledgeWithinMs: number;
  /** Slack's are 0, 1 minute and 5 minutes. */
  retryDelaysMs: readonly number[];
}

export interface DeliverySide {
  readonly deliveries: Delivery[];
  options: DeliveryOptions;
  /** Sends and, if need be, sends again; resolves with the delivery when it was acknowledged or given up. */
  deliver(type: EnvelopeType, subject: string, payload: Record<string, unknown>): Promise<Delivery>;
  /** The same event once more, as Slack does when an acknowledgement got lost. */
  redeliver(delivery: Delivery): Promise<void>;
  connect(socket: WebSocket): void;
  connections(): number;
  /** Drops all sockets without a word, or asks politely for a new connection. */
  disconnect(how: 'drop' | 'refresh'): void;
  /** Deliveries that are still under way. */
  pending(): number;
}

/** Signature headers of a request to the app (https://docs.slack.dev/authentication/verifying-requests-from-slack). */
export function sign(secret: string, body: string, timestampSeconds: number): Record<string, string> {
  const hash = createHmac('sha256', secret).update(`v0:${timestampSeconds}:${body}`).digest('hex');
  return { 'x-slack-signature': `v0=${hash}`, 'x-slack-request-timestamp': String(timestampSeconds) };
}

export function encodeBody(
  type: EnvelopeType,
  payload: Record<string, unknown>,
): { body: string; contentType: string } {
  if (type === 'events_api') return { body: JSON.stringify(payload), contentType: 'application/json' };
  const fields = type === 'interactive' ? { payload: JSON.stringify(payload) } : (payload as Record<string, string>);
  return { body: new URLSearchParams(fields).toString(), contentType: 'application/x-www-form-urlencoded' };
}

export function createDeliverySide(options: DeliveryOptions): DeliverySide {
  const deliveries: Delivery[] = [];
  const sockets = new Set<WebSocket>();
  const waiting = new Map<string, (response: unknown) => void>();
  let envelopes = 0;
  let underWay = 0;

  async function bySocket(delivery: Delivery, retry: number): Promise<{ response: unknown } | null> {
    const socket = await openSocket();
    if (socket === null) return null;
    envelopes += 1;
    const envelope_id = `envelope-${envelopes}`;
    const answered = new Promise<{ response: unknown }>((resolve) =>
      waiting.set(envelope_id, (response) => resolve({ response })),
    );
    socket.send(
      JSON.stringify({
        type: delivery.type,
        envelope_id,
        payload: delivery.payload,
        accepts_response_payload: delivery.type !== 'events_api',
        ...(retry === 0 ? {} : { retry_attempt: retry, retry_reason: 'timeout' }),
      }),
    );
    const patience = new AbortController();
    const result = await Promise.race([
      answered,
      sleep(side.options.acknowledgeWithinMs, null, { signal: patience.signal, ref: false }).catch(() => null),
    ]);
    patience.abort();
    waiting.delete(envelope_id);
    return result;
  }

  async function openSocket(): Promise<WebSocket | null> {
    for (const deadline = Date.now() + side.options.acknowledgeWithinMs; Date.now() < deadline; await sleep(20)) {
      for (const socket of sockets) if (socket.readyState === socket.OPEN) return socket;
    }
    return null;
  }

  async function byHttp(url: string, delivery: Delivery, retry: number): Promise<{ response: unknown } | null> {
    const { body, contentType } = encodeBody(delivery.type, delivery.payload);
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': contentType,
          ...sign(side.options.signingSecret, body, Math.floor(Date.now() / 1_000)),
          ...(retry === 0 ? {} : { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': 'http_timeout' }),
        },
        signal: AbortSignal.timeout(side.options.acknowledgeWithinMs),
      });
      const text = await response.text();
      return response.ok ? { response: text } : null;
    } catch {
      return null;
    }
  }

  async function attempt(delivery: Delivery, retry: number): Promise<boolean> {
    const made: Delivery['attempts'][number] = { at: Date.now(), acknowledgedAt: null, response: null };
    delivery.attempts.push(made);
    const { requestUrl } = side.options;
    const result = requestUrl === null ? await bySocket(delivery, retry) : await byHttp(requestUrl, delivery, retry);
    if (result === null) return false;
    made.acknowledgedAt = Date.now();
    made.response = result.response;
    return true;
  }

  const side: DeliverySide = {
    deliveries,
    options,
    async deliver(type, subject, payload) {
      const delivery: Delivery = { type, subject, payload, attempts: [] };
      deliveries.push(delivery);
      underWay += 1;
      try {
        // Slack delivers events again, but not people's clicks and commands.
        const delays = type === 'events_api' ? side.options.retryDelaysMs : [];
        for (let retry = 0; !(await attempt(delivery, retry)) && retry < delays.length; retry += 1)
          await sleep(delays[retry] ?? 0);
      } finally {
        underWay -= 1;
      }
      return delivery;
    },
    async redeliver(delivery) {
      // A new second gives a new signature; the same one again would be a replay.
      // A timer may fire a millisecond early.
      await sleep(1_020 - (Date.now() % 1_000));
      await attempt(delivery, 1);
    },
    connect(socket) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => sockets.delete(socket));
      socket.on('message', (data) => {
        const answer = JSON.parse(data.toString()) as { envelope_id?: string; payload?: unknown };
        waiting.get(answer.envelope_id ?? '')?.(answer.payload);
      });
      socket.send(
        JSON.stringify({ type: 'hello', num_connections: sockets.size, connection_info: { app_id: 'A0CXR' } }),
      );
    },
    connections: () => sockets.size,
    disconnect(how) {
      for (const socket of sockets) {
        if (how === 'drop') socket.terminate();
        else socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
      }
    },
    pending: () => underWay,
  };
  return side;
}
