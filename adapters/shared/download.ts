// What every download from a platform shares: which addresses may be asked, tries in a row, and never more bytes than asked for.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';

export interface ReadOptions {
  maxBytes: number;
  signal: AbortSignal;
}

const ATTEMPTS = 4;
const LONGEST_ASKED_WAIT_S = 60;
/** For one try, all of its bytes included. */
export const TRY_TIMEOUT_MS = 60_000;

/** A try that failed in a way that another one may mend. */
export class PassingFailure extends Error {
  /** The wait before the next try; null leaves it to `withTries`. */
  readonly retryAfterMs: number | null;
  /** What the person hears if it was the last try; null leaves it to `withTries`. */
  readonly lastly: CxrError | null;
  constructor(message: string, options: { retryAfterMs?: number; lastly?: CxrError; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.lastly = options.lastly ?? null;
  }
}

/** Plain http is for a configured host on this machine (tests, a local proxy); everything else must be https. */
export function isAllowedFileUrl(address: string, hosts: ReadonlySet<string>): boolean {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || url.username !== '' || url.password !== '' || !hosts.has(url.host)) return false;
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal);
}

/** Runs `once` until it succeeds or fails for good. `platform`: its name, for people. */
export async function withTries<T>(
  options: { platform: string; retryDelayMs: number; signal: AbortSignal; log: Log },
  once: (attempt: number) => Promise<T>,
): Promise<T> {
  const { platform, retryDelayMs, signal, log } = options;
  for (let attempt = 1; ; attempt += 1) {
    if (signal.aborted) throw aborted();
    try {
      return await once(attempt);
    } catch (error) {
      if (signal.aborted) throw aborted();
      if (!(error instanceof PassingFailure)) throw error;
      log.warn({ err: error, platform, attempt }, 'fetching a file failed');
      if (attempt >= ATTEMPTS) {
        const sentence = `${platform} did not hand the file over; please try again in a minute.`;
        throw error.lastly ?? new CxrError('platform-failed', sentence, { cause: error });
      }
      const waitMs = error.retryAfterMs ?? retryDelayMs * 2 ** (attempt - 1);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Status 429: waits as long as the platform asks, within reason. */
export function rateLimited(response: Response): PassingFailure {
  const seconds = Number(response.headers.get('retry-after'));
  const isAsked = Number.isFinite(seconds) && seconds > 0;
  const wait = isAsked ? { retryAfterMs: Math.min(LONGEST_ASKED_WAIT_S, seconds) * 1_000 } : {};
  return new PassingFailure('rate limit', wait);
}

/** The body, at most `maxBytes`: refused by its declared length, or in its middle. */
export async function readLimited(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) {
    await response.body?.cancel();
    throw tooLarge(maxBytes);
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of response.body ?? []) {
      total += chunk.byteLength;
      if (total > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof CxrError) throw error;
    throw new PassingFailure('the download broke off', { cause: error });
  }
  return Buffer.concat(chunks);
}

export function tooLarge(maxBytes: number): CxrError {
  const megabytes = Math.max(0.1, Math.floor(maxBytes / 100_000) / 10);
  return new CxrError('image-too-large', `The file is larger than the ${megabytes} MB that I take.`, {
    detail: { maxBytes },
  });
}

export function aborted(): CxrError {
  return new CxrError('aborted', 'Stopped.');
}
