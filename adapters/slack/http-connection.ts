// HTTP: Bolt's receiver checks Slack's signature; this adds what it lacks: requests from the future and replays are refused too.

import type { Server } from 'node:http';
import { type App, HTTPReceiver, type Logger, type ReceiverEvent } from '@slack/bolt';
import type { Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import { acknowledgeAfter, type Gate, type Settle } from './acknowledge-after.ts';
import type { SlackConnection } from './connection.ts';

/** Slack's own limit (https://docs.slack.dev/authentication/verifying-requests-from-slack). */
const MAX_CLOCK_DIFFERENCE_MS = 5 * 60_000;
/** Slack's largest event bodies stay far below this. */
const MAX_BODY_BYTES = 2 * 1_024 * 1_024;

const LINGER_MS = 100;

class ReplayError extends Error {}

export function createHttpConnection(options: {
  signingSecret: string;
  port: number;
  boltLogger: Logger;
  log: Log;
}): SlackConnection {
  const { log } = options;
  const seen = createReplayGuard();
  const receiver = new HTTPReceiver({
    signingSecret: options.signingSecret,
    port: options.port,
    endpoints: ['/slack/events'],
    logger: options.boltLogger,
    bodyLimit: MAX_BODY_BYTES,
    customPropertiesExtractor: (request) => ({
      slackSignature: String(request.headers['x-slack-signature'] ?? ''),
      slackTimestamp: String(request.headers['x-slack-request-timestamp'] ?? ''),
    }),
    processEventErrorHandler: async ({ error, response }) => {
      const replay = error instanceof ReplayError;
      if (replay) log.warn({ reason: error.message }, 'refused a replayed Slack request');
      else log.error({ err: error }, 'a Slack event was not taken in; Slack will deliver it again');
      if (!response.headersSent) response.writeHead(replay ? 401 : 500).end();
      return true;
    },
  });
  let gate: Gate | null = null;
  let port: number | null = null;
  let server: Server | null = null;

  return {
    init(app: App) {
      const gated = acknowledgeAfter(app, (event: ReceiverEvent) => {
        const { slackSignature, slackTimestamp } = event.customProperties ?? {};
        return seen.check(String(slackSignature), Number(slackTimestamp) * 1_000);
      });
      gate = gated.gate;
      receiver.init(gated.app);
    },
    async start() {
      gate?.open();
      server = await receiver.start(options.port).catch((error: unknown) => {
        throw new CxrError('config-invalid', `PORT ${options.port} cannot be listened on for Slack.`, { cause: error });
      });
      const address = server.address();
      port = typeof address === 'object' && address !== null ? address.port : options.port;
      log.info({ port }, 'listening for Slack requests at /slack/events');
    },
    async stop() {
      await gate?.close();
      if (port === null) return;
      port = null;
      const closed = receiver.stop();
      // Nothing is under way any more: what is still open is kept alive for requests that will not come.
      setTimeout(() => server?.closeAllConnections(), LINGER_MS);
      await closed;
    },
    state: () => (port === null ? { ready: false, detail: 'Slack HTTP receiver is not listening' } : { ready: true }),
    port: () => port,
  };
}

/**
 * Refuses a signature that was already used, and timestamps that are far ahead; what is too old is refused by Bolt before. What
 * was not taken in may come again: Slack's first redelivery can fall into the same second and then looks the same.
 */
function createReplayGuard(): { check(signature: string, timeMs: number): Settle } {
  const used = new Map<string, number>();
  return {
    check(signature, timeMs) {
      const now = Date.now();
      if (timeMs > now + MAX_CLOCK_DIFFERENCE_MS) throw new ReplayError('timestamp in the future');
      for (const [old, until] of used) {
        if (until > now) break;
        used.delete(old);
      }
      if (used.has(signature)) throw new ReplayError('signature already used');
      used.set(signature, Math.max(now, timeMs) + MAX_CLOCK_DIFFERENCE_MS);
      return (taken) => {
        if (!taken) used.delete(signature);
      };
    },
  };
}
