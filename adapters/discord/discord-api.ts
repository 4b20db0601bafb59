// Calls Discord's REST API through discord.js: rate limits are waited out there; broken connections and passing failures are tried again here.
import { setTimeout as sleep } from 'node:timers/promises';
import { DiscordAPIError, type RawFile, REST } from 'discord.js';
import type { Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';

type Route = `/${string}`;

export interface CallOptions {
  body?: unknown;
  files?: readonly RawFile[];
  query?: Record<string, string>;
  /** False for routes that carry a token of their own (interactions). */
  auth?: boolean;
  /** Tries in all; default 4. */
  attempts?: number;
}

export interface DiscordApi {
  /** Throws DiscordAPIError for Discord's refusals, CxrError `platform-failed` when no answer could be had. */
  call(method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', route: Route, options?: CallOptions): Promise<unknown>;
  close(): void;
}

const ATTEMPTS = 4;
/** Too many refused requests (401, 403, 429) get an address banned: 10,000 in ten minutes. */
const INVALID_WARNING_EVERY = 500;

export function createDiscordApi(options: {
  token: string;
  apiUrl: string;
  requestTimeoutMs: number;
  retryDelayMs: number;
  log: Log;
}): DiscordApi {
  const { log } = options;
  const rest = new REST({
    version: '10',
    api: options.apiUrl.replace(/\/+$/, ''),
    timeout: options.requestTimeoutMs,
    retries: 2,
    invalidRequestWarningInterval: INVALID_WARNING_EVERY,
  }).setToken(options.token);
  rest.on('rateLimited', ({ route, timeToReset, global }) =>
    log.debug({ route, waitMs: timeToReset, global }, 'waiting for a rate limit of Discord'),
  );
  rest.on('invalidRequestWarning', ({ count }) =>
    log.warn({ count }, 'Discord refused many requests; it bans addresses after 10,000 in ten minutes'),
  );

  return {
    async call(method, route, { body, files, query, auth = true, attempts = ATTEMPTS } = {}) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await rest.request({
            method: method as never,
            fullRoute: route,
            auth,
            ...(body === undefined ? {} : { body }),
            ...(files === undefined || files.length === 0 ? {} : { files: [...files] }),
            ...(query === undefined ? {} : { query: new URLSearchParams(query) }),
          });
        } catch (error) {
          if (error instanceof DiscordAPIError) throw error;
          log.debug({ err: error, attempt }, 'a request to Discord failed');
          if (attempt >= attempts) {
            throw new CxrError('platform-failed', 'Discord cannot be reached at the moment.', { cause: error });
          }
          await sleep(options.retryDelayMs * 2 ** (attempt - 1));
        }
      }
    },
    close() {
      rest.clearHashSweeper();
      rest.clearHandlerSweeper();
    },
  };
}

/** https://docs.discord.com/developers/topics/opcodes-and-status-codes#json */
export const CODE = {
  unknownChannel: 10_003,
  unknownMessage: 10_008,
  unknownWebhook: 10_015,
  unknownInteraction: 10_062,
  requestTooLarge: 40_005,
  missingAccess: 50_001,
  cannotMessageUser: 50_007,
  cannotSendInChannel: 50_008,
  missingPermissions: 50_013,
  invalidWebhookToken: 50_027,
  fileTooLarge: 50_045,
  threadArchived: 50_083,
  cannotReplyWithoutHistory: 160_002,
  threadExists: 160_004,
  threadLocked: 160_005,
  tooManyThreads: 160_006,
} as const;

/** Discord's own error code, or its HTTP status where it gives none; null for any other error. */
export function discordCode(error: unknown): number | null {
  if (!(error instanceof DiscordAPIError)) return null;
  const code = Number(error.code);
  return Number.isFinite(code) && code !== 0 ? code : error.status;
}
