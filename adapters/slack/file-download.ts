// Fetches a private file: the token goes to allowed hosts only, redirects lose it, and a sign-in page is not taken for a picture.
import type { Attachment, Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import {
  isAllowedFileUrl,
  PassingFailure,
  type ReadOptions,
  rateLimited,
  readLimited,
  TRY_TIMEOUT_MS,
  tooLarge,
  withTries,
} from '../shared/download.ts';
import { readReference } from './attachments.ts';
import { fileInfo } from './payloads.ts';
import { mayHaveHappened, type SlackApi, slackErrorCode } from './slack-api.ts';

export interface FileSource {
  api: SlackApi;
  botToken: string;
  hosts: ReadonlySet<string>;
  retryDelayMs: number;
  log: Log;
}

const MAX_REDIRECTS = 3;

/**
 * The bytes, at most `maxBytes`. Throws CxrError `image-too-large` (before the download where Slack declares the size, or in its
 * middle), `attachment-unavailable`, `aborted` or `platform-failed`.
 */
export async function downloadFile(
  source: FileSource,
  attachment: Attachment,
  options: ReadOptions,
): Promise<Uint8Array> {
  if (attachment.size > options.maxBytes) throw tooLarge(options.maxBytes);
  const reference = readReference(attachment);
  let url = reference.url ?? (await freshUrl(source, reference.file));
  return withTries({ platform: 'Slack', ...source, signal: options.signal }, async (attempt) => {
    // The link may have been the trouble: half of the tries go to a fresh one.
    if (attempt === 3) url = await freshUrl(source, reference.file).catch(() => url);
    return fetchOnce(source, url, attachment.mediaType, options);
  });
}

async function freshUrl(source: FileSource, file: string): Promise<string> {
  try {
    const info = fileInfo.parse(await source.api.call('files.info', { file }, { attempts: 3 })).file;
    const url = info.url_private_download ?? info.url_private;
    if (url != null) return url;
  } catch (error) {
    const code = slackErrorCode(error);
    if (code === 'missing_scope') throw missingScope();
    // Slack's own trouble says nothing of the file.
    if (code === null || code === 'ratelimited' || mayHaveHappened(error)) throw error;
  }
  throw new CxrError('attachment-unavailable', 'Slack does not show me this file; it may have been deleted.');
}

async function fetchOnce(
  source: FileSource,
  address: string,
  declaredType: string,
  { maxBytes, signal }: ReadOptions,
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
    // A sign-in page stays; the error page of an outage, or of a proxy, does not.
    throw new PassingFailure('a page instead of the file', { lastly: missingScope() });
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
  if (response.status === 429) throw rateLimited(response);
  if (response.status >= 500) throw new PassingFailure(`status ${response.status}`);
  if (response.status === 401 || response.status === 403) throw missingScope();
  throw new CxrError('attachment-unavailable', 'The file is no longer there.', { detail: { status: response.status } });
}

function missingScope(): CxrError {
  return new CxrError(
    'attachment-unavailable',
    'Slack answered with a sign-in page instead of the file; the app needs the files:read permission.',
  );
}
