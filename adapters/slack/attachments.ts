// Slack files as attachments: what is known of them from an event, and what files.info has to tell.
import type { Attachment } from '../../bot/contract.ts';
import { fileInfo, type SlackFile } from './payloads.ts';
import { type SlackApi, slackErrorCode } from './slack-api.ts';

/** Enough to find the bytes again after a crash; the URL is checked against the allowed hosts whenever it is used. */
export interface FileReference {
  file: string;
  url: string | null;
}

export function toAttachment(file: SlackFile): Attachment {
  const reference: FileReference = { file: file.id, url: file.url_private_download ?? file.url_private ?? null };
  return {
    id: file.id,
    name: file.name ?? 'file',
    mediaType: file.mimetype ?? 'application/octet-stream',
    size: file.size ?? 0,
    reference: JSON.stringify(reference),
  };
}

export function readReference(attachment: Attachment): FileReference {
  const value: unknown = attachment.reference === null ? null : JSON.parse(attachment.reference);
  if (typeof value !== 'object' || value === null) return { file: attachment.id, url: null };
  const { file, url } = value as Partial<FileReference>;
  return { file: typeof file === 'string' ? file : attachment.id, url: typeof url === 'string' ? url : null };
}

/** Deleted files stay in their message as tombstones. */
export function isTombstone(file: SlackFile): boolean {
  return file.mode === 'tombstone';
}

/**
 * The attachments of a message. Files of other organisations (Slack Connect) and freshly made ones arrive as a bare id with
 * `file_access: check_file_info` and are looked up (https://docs.slack.dev/reference/methods/files.info).
 */
export async function toAttachments(files: readonly SlackFile[], api: SlackApi): Promise<Attachment[]> {
  const present = files.filter((file) => !isTombstone(file));
  return Promise.all(
    present.map(async (file) =>
      needsLookup(file) ? toAttachment((await lookUp(file.id, api)) ?? file) : toAttachment(file),
    ),
  );
}

function needsLookup(file: SlackFile): boolean {
  return file.file_access === 'check_file_info' || file.mimetype == null;
}

/** Null when Slack does not show the file to us: the person is told so when it is read. Other failures are thrown. */
async function lookUp(id: string, api: SlackApi): Promise<SlackFile | null> {
  try {
    return fileInfo.parse(await api.call('files.info', { file: id }, { attempts: 2 })).file;
  } catch (error) {
    const code = slackErrorCode(error);
    if (code === null || code === 'ratelimited' || code === 'request_failed' || code.startsWith('http_')) throw error;
    return null;
  }
}
