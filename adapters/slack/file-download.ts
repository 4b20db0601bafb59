// Fetches a private file: the token goes to allowed hosts only, redirects lose it, and a sign-in page is not taken for a picture.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attachment, Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import { readReference } from './attachments.ts';
import { fileInfo } from './payloads.ts';
import { type SlackApi, slackErrorCode } from './slack-api.ts';
import { isAllowedFileUrl } from './slack-config.ts';

export interface FileSource {
  api: SlackApi;
  botToken: string;
  hosts: ReadonlySet<string>;
  retryDelayMs: number;
  log: Log;
}

const ATTEMPTS = 4;
const TRY_TIMEOUT_MS = 60_000;
const MAX_REDIRECTS = 3;

/** A try that failed in a way that another one may mend. */
class PassingFailure extends Error {
  readonly retryAfterMs: number | null;
  constructor(message: string, options: { retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/**
 * The bytes, at most `maxBytes`. Throws CxrError `image-too-large` (before the download where Slack declares the size, or in its
 * middle), `attachment-unavailable`, `aborted` or `platform-failed`.
 */
export async function downloadFile(
  source: FileSource,
  attachment: Attachment,
  options: { maxBytes: number; signal: AbortSignal },
): Promise<Uint8Array> {
  if (attachment.size > options.maxBytes) throw tooLarge(options.maxBytes);
  const reference = readReference(attachment);
  let url = reference.url ?? (await freshUrl(source, reference.file));
  for (let attempt = 1; ; attempt += 1) {
    if (options.signal.aborted) throw aborted();
    try {
      return await fetchOnce(source, url, attachment.mediaType, options);
    } catch (error) {
      if (options.signal.aborted) throw aborted();
      if (!(error instanceof PassingFailure)) throw error;
      source.log.warn({ err: error, attempt }, 'fetching a file from Slack failed');
      if (attempt >= ATTEMPTS) {
        throw new CxrError('platform-failed', 'Slack did not hand the file over; please try again in a minute.', {
          cause: error,
        });
      }
      await sleep(error.retryAfterMs ?? source.retryDelayMs * 2 ** (attempt - 1), undefined, {
        signal: options.signal,
      }).catch(() => undefined);
      if (attempt === 2) url = await freshUrl(source, reference.file).catch(() => url);
    }
  }
}

async function freshUrl(source: FileSource, file: string): Promise<string> {
  try {
    const info = fileInfo.parse(await source.api.call('files.info', { file }, { attempts: 3 })).file;
    const url = info.url_private_download ?? info.url_private;
    if (url != null) return url;
  } catch (error) {
    const code = slackErrorCode(error);
    if (code === 'missing_scope') throw missingScope();
    if (code === null || code === 'ratelimited' || code === 'request_failed') throw error;
  }
  throw new CxrError('attachment-unavailable', 'Slack does not show me this file; it may have been deleted.');
}

async function fetchOnce(
  source: FileSource,
  address: string,
  declaredType: string,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Promise<Uint8Array> {
  const trySignal = AbortSignal.any([signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]);
  let response = await request(source, address, trySignal, true);
  for (let hops = 0; isRedirect(response); hops += 1) {
    const target = new URL(response.headers.get('location') ?? '', address).href;
    await response.body?.cancel();
    // Slack redirects to its sign-in page when the token may not read files; to a file host only within its own network.
    if (hops >= MAX_REDIRECTS || !isAllowedFileUrl(target, source.hosts)) throw missingScope();
    response = await request(source, target, trySignal, false);
  }
  await refuseStatus(response);
  const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === 'text/html' && declaredType !== 'text/html') {
    await response.body?.cancel();
    throw missingScope();
  }
  return readLimited(response, maxBytes);
}

async function request(
  source: FileSource,
  address: string,
  signal: AbortSignal,
  withToken: boolean,
): Promise<Response> {
  if (!isAllowedFileUrl(address, source.hosts)) {
    throw new CxrError(
      'attachment-unavailable',
      'This file is not kept by Slack itself; please upload the image to Slack.',
    );
  }
  try {
    return await fetch(address, {
      redirect: 'manual',
      signal,
      headers: withToken ? { authorization: `Bearer ${source.botToken}` } : {},
    });
  } catch (error) {
    throw new PassingFailure('no answer', { cause: error });
  }
}

function isRedirect(response: Response): boolean {
  return response.status >= 300 && response.status < 400 && response.headers.has('location');
}

async function refuseStatus(response: Response): Promise<void> {
  if (response.status === 200) return;
  await response.body?.cancel();
  if (response.status === 429) {
    const seconds = Number(response.headers.get('retry-after') ?? 1);
    throw new PassingFailure('rate limit', {
      retryAfterMs: Math.min(60, Number.isFinite(seconds) ? seconds : 1) * 1_000,
    });
  }
  if (response.status >= 500) throw new PassingFailure(`status ${response.status}`);
  if (response.status === 401 || response.status === 403) throw missingScope();
  throw new CxrError('attachment-unavailable', 'The file is no longer there.', { detail: { status: response.status } });
}

async function readLimited(response: Response, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(response.headers.get('content-length') ?? 0);
  if (declared > maxBytes) {
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

function tooLarge(maxBytes: number): CxrError {
  const megabytes = Math.max(0.1, Math.floor(maxBytes / 100_000) / 10);
  return new CxrError('image-too-large', `The file is larger than the ${megabytes} MB that I take.`, {
    detail: { maxBytes },
  });
}

function missingScope(): CxrError {
  return new CxrError(
    'attachment-unavailable',
    'Slack answered with a sign-in page instead of the file; the app needs the files:read permission.',
  );
}

function aborted(): CxrError {
  return new CxrError('aborted', 'Stopped.');
}
