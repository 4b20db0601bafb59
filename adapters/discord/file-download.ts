// Fetches an attachment from Discord's own hosts, never with the token; an expired link is made fresh by fetching its message again.
import { Routes } from 'discord.js';
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
import { allAttachments, type FileReference, readReference } from './attachments.ts';
import { CODE, type DiscordApi, discordCode } from './discord-api.ts';
import { message as messagePayload } from './payloads.ts';

export interface FileSource {
  api: DiscordApi;
  hosts: ReadonlySet<string>;
  retryDelayMs: number;
  log: Log;
}

/** Worth another try at once, with a fresh link. */
class ExpiredLink extends PassingFailure {
  constructor() {
    super('the link has expired', { retryAfterMs: 0, lastly: gone() });
  }
}

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
  return withTries({ platform: 'Discord', ...source, signal: options.signal }, async () => {
    if (url === '') url = await freshUrl(source, reference);
    try {
      return await fetchOnce(source, url, options);
    } catch (error) {
      if (error instanceof ExpiredLink) url = '';
      throw error;
    }
  });
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
    if (EXPIRED.has(response.status)) throw new ExpiredLink();
    throw response.status === 429 ? rateLimited(response) : new PassingFailure(`status ${response.status}`);
  }
  return readLimited(response, maxBytes);
}

function gone(): CxrError {
  return new CxrError('attachment-unavailable', 'The file is no longer there; please upload it again.');
}
