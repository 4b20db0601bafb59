// Socket Mode: one WebSocket that is opened again at once whenever it breaks, without waiting for the SDK's slow ping timer.

import { setTimeout as sleep } from 'node:timers/promises';
import { type App, type Logger, type ReceiverEvent, SocketModeReceiver, webApi } from '@slack/bolt';
import type { Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import { acknowledgeAfter, type Gate } from './acknowledge-after.ts';
import type { SlackConnection } from './connection.ts';
import type { SlackTiming } from './slack-config.ts';

const FIRST_DELAY_MS = 250;
const CLOSE_TIMEOUT_MS = 2_000;
/** Answers of apps.connections.open that no waiting will mend. */
const REFUSED = new Set([
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'missing_scope',
  'not_allowed_token_type',
]);

export function createSocketConnection(options: {
  appToken: string;
  apiUrl: string | undefined;
  timing: SlackTiming;
  boltLogger: Logger;
  log: Log;
}): SlackConnection {
  const { timing, log } = options;
  const receiver = new SocketModeReceiver({
    appToken: options.appToken,
    autoReconnectEnabled: false,
    clientPingTimeout: timing.pongTimeoutMs,
    logger: options.boltLogger,
    processEventErrorHandler: async ({ error }) => {
      log.error({ err: error }, 'a Slack event was not taken in and not acknowledged; Slack will deliver it again');
      return false;
    },
    installerOptions: {
      clientOptions: {
        ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
        retryConfig: { retries: 0 },
        timeout: timing.requestTimeoutMs,
      },
    },
  });
  const { client } = receiver;
  let gate: Gate | null = null;
  let halt = new AbortController();
  let stopping = false;
  let connected = false;
  let running: Promise<void> | null = null;
  let failure = 'not started';

  /** Connects, reports through `first`, and connects again for as long as it is not stopped. */
  async function stayConnected(first: { resolve: () => void; reject: (error: unknown) => void }): Promise<void> {
    for (let failures = 0; !stopping; ) {
      const broken = new Promise<void>((resolve) => client.once('disconnected', () => resolve()));
      try {
        await client.start();
        connected = true;
        failures = 0;
        first.resolve();
        log.info({}, 'connected to Slack in Socket Mode');
        await broken;
        log.warn({ stopping }, 'the Socket Mode connection ended');
      } catch (error) {
        failures += 1;
        failure = error instanceof Error ? error.message : String(error);
        if (isRefusal(error)) {
          first.reject(
            new CxrError(
              'config-invalid',
              'Slack refused SLACK_APP_TOKEN; it must be an app-level token with connections:write.',
              {
                cause: error,
              },
            ),
          );
          return;
        }
        log.warn({ err: error, failures }, 'could not connect to Slack');
      }
      connected = false;
      if (failures > 0) {
        const delayMs = Math.min(timing.reconnectMaxMs, FIRST_DELAY_MS * 2 ** (failures - 1));
        await sleep(delayMs, undefined, { signal: halt.signal }).catch(() => undefined);
      }
    }
  }

  return {
    init(app: App) {
      const gated = acknowledgeAfter(app, (_event: ReceiverEvent) => undefined);
      gate = gated.gate;
      receiver.init(gated.app);
    },
    async start() {
      stopping = false;
      halt = new AbortController();
      gate?.open();
      await new Promise<void>((resolve, reject) => {
        running = stayConnected({ resolve, reject });
        running.catch(reject);
      });
    },
    async stop() {
      stopping = true;
      await gate?.close();
      halt.abort();
      const patience = sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false });
      if (connected) await Promise.race([client.disconnect(), patience]);
      connected = false;
      failure = 'stopped';
      await Promise.race([running, patience]);
    },
    state: () => (connected && !stopping ? { ready: true } : { ready: false, detail: `Slack Socket Mode: ${failure}` }),
    port: () => null,
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof webApi.WebAPIPlatformError && REFUSED.has(error.data.error);
}
