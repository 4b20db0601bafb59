// Fetches an attachment from Discord's own hosts, never with the token; an expired link is made fresh by fetching its message again.
import { setTimeout as sleep } from 'node:timers/promises';
import { Routes } from 'discord.js';
import type { Attachment, Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import { allAttachments, type FileReference, readReference } from './attachments.ts';
import { CODE, type DiscordApi, discordCode } from './discord-api.ts';
import { isAllowedFileUrl } from './discord-config.ts';
import { message as messagePayload } from './payloads.ts';

export interface FileSource {
  api: DiscordApi;
  hosts: ReadonlySet<string>;
  retryDelayMs: number;
  log: Log;
}

export interface ReadOptions {
  maxBytes: number;
  signal: AbortSignal;
}

/** Worth another try. `stale`: with a fresh link. */
class PassingFailure extends Error {
  readonly stale: boolean;
  readonly retryAfterMs: number | null;
  constructor(message: string, options: { stale?: boolean; retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.stale = options.stale ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

const ATTEMPTS = 4;
const TRY_TIMEOUT_MS = 60_000;
const EXPIRED: ReadonlySet<number> = new Set([401, 403, 404, 410]);

/** `url`: a link that is known although the attachment cannot be referred to (slash commands). */
export async function downloadFile(
  source: FileSource,
  attachment: Attachment,
  options: ReadOptions,
  givenUrl: string | null,
): Promise<Uint8Array> {
  if (attachment.size > options.maxBytes) throw tooLarge(options.maxBytes);
  const reference = readReference(attachment);
  let url = givenUrl ?? reference?.url ?? '';
  for (let attempt = 1; ; attempt += 1) {
    if (options.signal.aborted) throw aborted();
    try {
      if (url === '') url = await freshUrl(source, reference);
      return await fetchOnce(source, url, options);
    } catch (error) {
      if (options.signal.aborted) throw aborted();
      if (!(error instanceof PassingFailure)) throw error;
      source.log.debug({ err: error, attempt }, 'fetching an attachment from Discord failed');
      if (attempt >= ATTEMPTS) {
        throw error.stale
          ? gone()
          : new CxrError('platform-failed', 'Discord did not hand the file over; please try again in a minute.', {
              cause: error,
            });
      }
      if (error.stale) url = '';
      else {
        const waitMs = error.retryAfterMs ?? source.retryDelayMs * 2 ** (attempt - 1);
        await sleep(waitMs, undefined, { signal: options.signal }).catch(() => undefined);
      }
    }
  }
}

async function freshUrl({ api }: FileSource, reference: FileReference | null): Promise<string> {
  if (reference === null) throw gone();
  try {
    const route = Routes.channelMessage(reference.channel, reference.message);
    const message = messagePayload.parse(await api.call('GET', route));
    const found = allAttachments(message).find((each) => each.id === reference.attachment);
    if (found !== undefined) return found.url;
  } catch (error) {
    const code = discordCode(error);
    if (code === null) throw error;
    if (code === CODE.missingAccess || code === CODE.missingPermissions) {
      throw new CxrError(
        'attachment-unavailable',
        'I may not read this channel’s history, so I cannot fetch the file again; please upload it once more.',
        { cause: error },
      );
    }
  }
  throw gone();
}

async function fetchOnce({ hosts }: FileSource, url: string, { maxBytes, signal }: ReadOptions): Promise<Uint8Array> {
  if (!isAllowedFileUrl(url, hosts)) {
    throw new CxrError(
      'attachment-unavailable',
      'This file is not kept by Discord itself; please upload the image to Discord.',
    );
  }
  let response: Response;
  try {
    const trySignal = AbortSignal.any([signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]);
    response = await fetch(url, { redirect: 'error', signal: trySignal });
  } catch (error) {
    throw new PassingFailure('no answer', { cause: error });
  }
  if (response.status !== 200) {
    await response.body?.cancel();
    if (EXPIRED.has(response.status)) throw new PassingFailure('the link has expired', { stale: true });
    const seconds = Number(response.headers.get('retry-after'));
    if (response.status === 429 && seconds > 0) {
      throw new PassingFailure('rate limit', { retryAfterMs: Math.min(60, seconds) * 1_000 });
    }
    throw new PassingFailure(`status ${response.status}`);
  }
  return readLimited(response, maxBytes);
}

async function readLimited(response: Response, maxBytes: number): Promise<Uint8Array> {
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

function gone(): CxrError {
  return new CxrError('attachment-unavailable', 'The file is no longer there; please upload it again.');
}
