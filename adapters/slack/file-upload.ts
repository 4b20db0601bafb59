// Uploads pictures and files into a thread in Slack's three steps, once per reply even across a crash.
import { setTimeout as sleep } from 'node:timers/promises';
import { CxrError } from '../../engine/error.ts';
import { isAllowedFileUrl } from '../shared/download.ts';
import type { SlackIdentity } from './inbound-message.ts';
import { uploadTicket } from './payloads.ts';
import { findReply } from './reply-search.ts';
import { type SlackApi, slackErrorCode } from './slack-api.ts';
import type { SlackThread } from './thread-id.ts';

export interface Upload {
  bytes: Uint8Array;
  name: string;
  title: string;
  /** Description for screen readers. */
  alt?: string;
}

export interface UploadTarget {
  api: SlackApi;
  self: SlackIdentity;
  hosts: ReadonlySet<string>;
  thread: SlackThread;
  ref: string;
  requestTimeoutMs: number;
  /** Pause before a second try, longer before each further one. */
  retryDelayMs: number;
}

const ATTEMPTS = 3;

/** `panel.png` → `panel-3fa9c1b2.png`: the name tells which reply the file belongs to. */
export function uploadName(name: string, ref: string): string {
  const safe = name.replace(/[^\w.-]+/g, '-').slice(-80);
  const dot = safe.lastIndexOf('.');
  return dot > 0 ? `${safe.slice(0, dot)}-${ref}${safe.slice(dot)}` : `${safe}-${ref}`;
}

/**
 * https://docs.slack.dev/messaging/working-with-files#upload; the names given are those of `uploadName`.
 * An upload that was answered with 200 by somebody in between (a proxy's page) is known only by `file_not_found` at its
 * completion; the bytes are then handed over again.
 */
export async function uploadFiles(target: UploadTarget, uploads: readonly Upload[]): Promise<void> {
  if (uploads.length === 0) return;
  for (let attempt = 1; ; attempt += 1) {
    const files = [];
    for (const upload of uploads) files.push({ id: await handOver(target, upload), title: upload.title });
    try {
      await complete(target, uploads, files);
      return;
    } catch (error) {
      if (slackErrorCode(error) !== 'file_not_found' || attempt >= ATTEMPTS) throw error;
      // The try before may have got through after all.
      if (await isThere(target, uploads)) return;
      await sleep(target.retryDelayMs * attempt);
    }
  }
}

async function complete(target: UploadTarget, uploads: readonly Upload[], files: readonly object[]): Promise<void> {
  const { api, thread } = target;
  await api.call(
    'files.completeUploadExternal',
    {
      files,
      channel_id: thread.channel,
      ...(thread.threadTs === null ? {} : { thread_ts: thread.threadTs }),
    },
    { recover: async () => ((await isThere(target, uploads)) ? { ok: true } : null) },
  );
}

async function isThere({ api, thread, ref, self }: UploadTarget, uploads: readonly Upload[]): Promise<boolean> {
  const there = new Set((await findReply(api, thread, ref, self)).files.map((file) => file.name));
  return uploads.every((upload) => there.has(upload.name));
}

/** Takes uploaded files away from Slack again, together with the messages that showed them. */
export async function removeUploads(target: UploadTarget, isMeant: (name: string) => boolean): Promise<void> {
  const { api, thread, ref, self } = target;
  const meant = (await findReply(api, thread, ref, self)).files.filter((file) => isMeant(file.name));
  for (const file of meant)
    await ignoring(['file_not_found', 'file_deleted'], api.call('files.delete', { file: file.id }));
  for (const ts of new Set(meant.map((file) => file.ts))) {
    await ignoring(['message_not_found'], api.call('chat.delete', { channel: thread.channel, ts }));
  }
}

async function ignoring(codes: readonly string[], call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!codes.includes(slackErrorCode(error) ?? '')) throw error;
  });
}

async function handOver(target: UploadTarget, upload: Upload): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const ticket = uploadTicket.parse(
      await target.api.call('files.getUploadURLExternal', {
        filename: upload.name,
        length: upload.bytes.byteLength,
        ...(upload.alt === undefined ? {} : { alt_text: upload.alt }),
      }),
    );
    if (!isAllowedFileUrl(ticket.upload_url, target.hosts)) {
      throw new CxrError('platform-failed', 'Slack named an unknown place for the picture; it was not uploaded.', {
        detail: { host: new URL(ticket.upload_url).host },
      });
    }
    const failure = await send(ticket.upload_url, upload.bytes, target.requestTimeoutMs);
    if (failure === null) return ticket.file_id;
    if (attempt >= ATTEMPTS) {
      throw new CxrError('platform-failed', 'The picture could not be uploaded to Slack.', { cause: failure });
    }
    await sleep(target.retryDelayMs * attempt);
  }
}

/** Null on success. The upload address is its own credential: no token goes with it. */
async function send(url: string, bytes: Uint8Array, timeoutMs: number): Promise<unknown> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: Buffer.from(bytes),
      redirect: 'error',
      headers: { 'content-type': 'application/octet-stream' },
      signal: AbortSignal.timeout(timeoutMs * 3),
    });
    await response.body?.cancel();
    return response.ok ? null : new Error(`upload answered ${response.status}`);
  } catch (error) {
    return error;
  }
}
