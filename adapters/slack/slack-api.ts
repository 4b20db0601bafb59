// Calls Slack's Web API: waits as long as Slack asks, repeats what may be repeated, and turns every failure into one kind of error.

import { setTimeout as sleep } from 'node:timers/promises';
import { webApi } from '@slack/bolt';
import type { Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import type { SlackTiming } from './slack-config.ts';

export type SlackAnswer = Record<string, unknown>;

export interface CallOptions {
  /** Tries in all; 1 for what is not worth repeating (drafts). */
  attempts?: number;
  /**
   * For calls that must not happen twice: asked before a repetition whether the failed try took effect after all;
   * its answer, if there is one, is the result.
   */
  recover?: () => Promise<SlackAnswer | null>;
}

export interface SlackApi {
  /** Throws CxrError `platform-failed`; `slackErrorCode` and `retryAfterOf` read its detail. */
  call(method: string, args: Record<string, unknown>, options?: CallOptions): Promise<SlackAnswer>;
}

const DEFAULT_ATTEMPTS = 6;
const LONGEST_BACKOFF_MS = 8_000;
/** https://docs.slack.dev/reference/methods/chat.postMessage#errors: Slack's own trouble, not ours. */
const TRANSIENT = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'rollup_error']);

const SENTENCES: Readonly<Record<string, string>> = {
  not_in_channel: 'I am not a member of this channel; please invite me with /invite first.',
  channel_not_found: 'I cannot see this channel; please invite me with /invite first.',
  is_archived: 'This channel is archived, so I cannot post in it.',
  missing_scope: 'The Slack app lacks a permission; whoever manages it should reinstall it from the manifest.',
  restricted_action: 'This workspace does not allow me to post here.',
};

export function createSlackApi(options: { client: webApi.WebClient; timing: SlackTiming; log: Log }): SlackApi {
  const { client, timing, log } = options;
  /** Method (and channel, where the limit is per channel) → time before which Slack wants no further call. */
  const blockedUntil = new Map<string, number>();

  function laneOf(method: string, args: Record<string, unknown>): string {
    return method.startsWith('chat.') ? `${method} ${String(args.channel)}` : method;
  }

  async function once(method: string, args: Record<string, unknown>): Promise<SlackAnswer> {
    const lane = laneOf(method, args);
    const wait = (blockedUntil.get(lane) ?? 0) - Date.now();
    if (wait > 0) await sleep(wait);
    else blockedUntil.delete(lane);
    try {
      return { ...(await client.apiCall(method, args)) };
    } catch (error) {
      const failure = describe(method, error);
      if (failure.retryAfterMs !== undefined) blockedUntil.set(lane, Date.now() + failure.retryAfterMs);
      throw failure.error;
    }
  }

  return {
    async call(method, args, { attempts = DEFAULT_ATTEMPTS, recover } = {}) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await once(method, args);
        } catch (error) {
          if (!(error instanceof CxrError) || error.detail.transient !== true || attempt >= attempts) throw error;
          log.warn({ ...error.detail, attempt }, 'Slack call failed; trying again');
          // A rate limit says that nothing was done, and `once` waits it out.
          if (error.detail.retryAfterMs !== undefined) continue;
          await sleep(
            Math.min(LONGEST_BACKOFF_MS, timing.retryDelayMs * 2 ** (attempt - 1)) * (0.8 + 0.4 * Math.random()),
          );
          const done = recover === undefined ? null : await recover();
          if (done !== null) return done;
        }
      }
    },
  };
}

function describe(method: string, error: unknown): { error: CxrError; retryAfterMs?: number } {
  if (error instanceof webApi.WebAPIRateLimitedError) {
    const retryAfterMs = error.retryAfter * 1_000;
    return { error: failed(method, error, 'ratelimited', true, { retryAfterMs }), retryAfterMs };
  }
  if (error instanceof webApi.WebAPIPlatformError) {
    const answer = error.data.error;
    // A proxy's or Slack's own HTML error page comes back with status 200 and is no JSON.
    const code = /^[a-z_0-9]+$/.test(answer) ? answer : 'not_json';
    const scope: unknown = Reflect.get(error.data, 'needed');
    const needed = typeof scope === 'string' ? { needed: scope } : {};
    return { error: failed(method, error, code, code === 'not_json' || TRANSIENT.has(code), needed) };
  }
  if (error instanceof webApi.WebAPIHTTPError) {
    return { error: failed(method, error, `http_${error.statusCode}`, error.statusCode >= 500) };
  }
  return { error: failed(method, error, 'request_failed', error instanceof webApi.WebAPIRequestError) };
}

function failed(
  method: string,
  cause: unknown,
  code: string,
  transient: boolean,
  detail: Record<string, unknown> = {},
): CxrError {
  const sentence = SENTENCES[code] ?? 'Slack did not take what I wanted to post; the operator can see why in the log.';
  return new CxrError('platform-failed', sentence, { cause, detail: { method, slack: code, transient, ...detail } });
}

/** Slack's error code of a failed call, e.g. `message_not_found`; null for any other error. */
export function slackErrorCode(error: unknown): string | null {
  return error instanceof CxrError && typeof error.detail.slack === 'string' ? error.detail.slack : null;
}

/** How long Slack asked to wait, in milliseconds; null if it did not. */
export function retryAfterOf(error: unknown): number | null {
  return error instanceof CxrError && typeof error.detail.retryAfterMs === 'number' ? error.detail.retryAfterMs : null;
}

/** True if the failed call may have taken effect although no answer came. */
export function mayHaveHappened(error: unknown): boolean {
  return error instanceof CxrError && error.detail.transient === true && retryAfterOf(error) === null;
}
