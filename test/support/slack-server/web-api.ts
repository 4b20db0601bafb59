// The Web API methods that the bot calls, with Slack's limits and error codes; everything else is `unknown_method`.
import { blockError, modalError } from './block-limits.ts';
import type { ModalView, SlackStore, StoredFile, StoredMessage } from './store.ts';
import { streamMethods } from './stream-methods.ts';

export type Args = Record<string, string>;
export type Answer = { ok: true; [key: string]: unknown } | { ok: false; error: string; [key: string]: unknown };
export type Failure = Extract<Answer, { ok: false }>;
export type Method = (args: Args) => Answer;

export interface ApiSurroundings {
  store: SlackStore;
  /** Where files are fetched from and uploaded to. */
  filesUrl: string;
  socketUrl: () => string;
  streamLifetimeMs: () => number;
  scopes: Set<string>;
  /** Uploads that were begun: id → name and size. */
  uploads: Map<string, { name: string; length: number; altText: string | null; bytes: Uint8Array | null }>;
}

export const failure = (error: string, extra: Record<string, unknown> = {}): Failure => ({
  ok: false,
  error,
  ...extra,
});

const MAX_TEXT_LENGTH = 4_000;
const MAX_MESSAGE_BLOCKS = 50;
/** https://docs.slack.dev/interactivity/handling-user-interaction */
const TRIGGER_LIFE_MS = 3_000;

export function createMethods(around: ApiSurroundings): Readonly<Record<string, Method>> {
  const { store } = around;

  const bot = (): { user: string; bot_id: string } => ({ user: store.bot.user, bot_id: store.bot.bot });

  /** An error code for a message that Slack would refuse. */
  function refuse(args: Args): string | null {
    const blocks = json<unknown[]>(args.blocks) ?? [];
    if ((args.text ?? '').length > MAX_TEXT_LENGTH) return 'msg_too_long';
    if ((args.text ?? '') === '' && blocks.length === 0) return 'no_text';
    return blockError(blocks, MAX_MESSAGE_BLOCKS);
  }

  function reachable(channel: string | undefined): string | null {
    if (channel === undefined || !/^[CDG]/.test(channel)) return 'channel_not_found';
    return store.closedChannels.has(channel) ? 'not_in_channel' : null;
  }

  function write(args: Args, extra: Partial<StoredMessage>): StoredMessage {
    const metadata = json<StoredMessage['metadata']>(args.metadata);
    const blocks = json<unknown[]>(args.blocks);
    return store.add({
      channel: args.channel ?? '',
      ts: store.nextTs(),
      ...(args.thread_ts === undefined ? {} : { thread_ts: args.thread_ts }),
      ...bot(),
      text: args.text ?? '',
      ...(blocks === undefined ? {} : { blocks }),
      ...(metadata === undefined ? {} : { metadata }),
      unfurls: args.unfurl_links !== 'false' || args.unfurl_media !== 'false',
      ...extra,
    });
  }

  function ownMessage(args: Args): StoredMessage | Failure {
    const message = store.find(args.channel ?? '', args.ts ?? '');
    if (message === undefined || message.ephemeralFor !== undefined) return failure('message_not_found');
    return message.bot_id === store.bot.bot ? message : failure('cant_update_message');
  }

  return {
    'auth.test': () => ({
      ok: true,
      user_id: store.bot.user,
      bot_id: store.bot.bot,
      team_id: store.team,
      team: 'Radiology',
    }),
    'apps.connections.open': () => ({ ok: true, url: around.socketUrl() }),
    'chat.postMessage': (args) => {
      const refused = reachable(args.channel) ?? refuse(args);
      if (refused !== null) return failure(refused);
      if (args.thread_ts !== undefined && store.thread(args.channel ?? '', args.thread_ts).length === 0)
        return failure('thread_not_found');
      const message = write(args, {});
      return { ok: true, channel: message.channel, ts: message.ts, message: toWire(message) };
    },
    'chat.postEphemeral': (args) => {
      const refused = reachable(args.channel) ?? refuse(args);
      if (refused !== null) return failure(refused);
      return { ok: true, message_ts: write(args, { ephemeralFor: args.user ?? '' }).ts };
    },
    'chat.update': (args) => {
      const refused = refuse(args);
      if (refused !== null) return failure(refused);
      const message = ownMessage(args);
      if (isAnswer(message)) return message;
      if (message.streaming_state === 'in_progress') return failure('streaming_state_conflict');
      delete message.streamBlocks;
      message.text = args.text ?? '';
      message.history.push(message.text);
      const blocks = json<unknown[]>(args.blocks);
      if (blocks !== undefined) message.blocks = blocks;
      const metadata = json<StoredMessage['metadata']>(args.metadata);
      if (metadata !== undefined) message.metadata = metadata;
      message.edited = { user: store.bot.user, ts: store.nextTs() };
      return { ok: true, channel: message.channel, ts: message.ts, text: message.text };
    },
    'chat.delete': (args) => {
      const message = ownMessage(args);
      if (isAnswer(message)) return message.error === 'cant_update_message' ? failure('cant_delete_message') : message;
      message.deleted = true;
      return { ok: true, channel: message.channel, ts: message.ts };
    },
    ...streamMethods(around),
    'users.info': (args) => {
      const name = store.names.get(args.user ?? '');
      if (name === undefined) return failure('user_not_found');
      return { ok: true, user: { id: args.user, name: 'account', real_name: '', profile: { display_name: name } } };
    },
    'conversations.open': (args) => ({ ok: true, channel: { id: `D${args.users ?? ''}` } }),
    'conversations.replies': (args) => {
      const refused = reachable(args.channel);
      if (refused !== null) return failure(refused);
      const messages = store
        .thread(args.channel ?? '', args.ts ?? '')
        .filter((each) => each.ephemeralFor === undefined);
      return messages.length === 0 ? failure('thread_not_found') : page(messages, args);
    },
    'conversations.history': (args) => {
      const refused = reachable(args.channel);
      if (refused !== null) return failure(refused);
      const top = store.messages.filter(
        (each) =>
          each.channel === args.channel &&
          !each.deleted &&
          each.ephemeralFor === undefined &&
          (each.thread_ts ?? each.ts) === each.ts,
      );
      return page(top.reverse(), args);
    },
    'files.info': (args) => {
      if (!around.scopes.has('files:read')) return failure('missing_scope', { needed: 'files:read' });
      const file = store.files.get(args.file ?? '');
      if (file === undefined) return failure('file_not_found');
      return file.deleted
        ? failure('file_deleted')
        : { ok: true, file: { ...fileToWire(file, around.filesUrl), shares: { public: file.shares } } };
    },
    'files.delete': (args) => {
      const file = store.files.get(args.file ?? '');
      if (file === undefined) return failure('file_not_found');
      if (file.user !== store.bot.user) return failure('cant_delete_file');
      file.deleted = true;
      return { ok: true };
    },
    'files.getUploadURLExternal': (args) => {
      if (!around.scopes.has('files:write')) return failure('missing_scope', { needed: 'files:write' });
      if (!(Number(args.length) > 0) || args.filename === undefined) return failure('invalid_arguments');
      const id = store.nextId('F');
      around.uploads.set(id, {
        name: args.filename,
        length: Number(args.length),
        altText: args.alt_text ?? null,
        bytes: null,
      });
      return { ok: true, file_id: id, upload_url: `${around.filesUrl}/upload/v1/${id}` };
    },
    'files.completeUploadExternal': (args) => {
      const wanted = json<{ id: string; title?: string }[]>(args.files) ?? [];
      const begun = wanted.map((each) => around.uploads.get(each.id));
      if (begun.some((each) => each?.bytes == null)) return failure('file_not_found');
      const ts = store.nextTs();
      const channel = args.channel_id ?? '';
      const place = { ts, ...(args.thread_ts === undefined ? {} : { thread_ts: args.thread_ts }) };
      const files = wanted.map((each, index): StoredFile => {
        const upload = begun[index];
        const name = upload?.name ?? '';
        const mimetype = name.endsWith('.png') ? 'image/png' : 'application/octet-stream';
        const bytes = upload?.bytes ?? new Uint8Array();
        around.uploads.delete(each.id);
        return {
          id: each.id,
          name,
          mimetype,
          bytes,
          user: store.bot.user,
          altText: upload?.altText ?? null,
          title: each.title ?? null,
          shares: { [channel]: [place] },
          deleted: false,
          downloads: 0,
        };
      });
      for (const file of files) store.files.set(file.id, file);
      store.add({ channel, ...place, ...bot(), subtype: 'file_share', text: args.initial_comment ?? '', files });
      return { ok: true, files: files.map((file) => ({ id: file.id })) };
    },
    'views.publish': (args) => {
      const view = json<{ type: string; blocks: unknown[] }>(args.view);
      const wrong = view === undefined ? 'invalid_arguments' : blockError(view.blocks, 100);
      if (wrong !== null || view === undefined) return failure(wrong ?? 'invalid_arguments');
      store.homes.set(args.user_id ?? '', view.blocks);
      return { ok: true, view: { id: `V${args.user_id}` } };
    },
    'views.open': (args) => {
      const trigger = store.triggers.get(args.trigger_id ?? '');
      if (trigger === undefined) return failure('invalid_trigger_id');
      if (trigger.used) return failure('exchanged_trigger_id');
      if (Date.now() - trigger.at > TRIGGER_LIFE_MS) return failure('expired_trigger_id');
      const view = json<ModalView>(args.view);
      const wrong = view === undefined ? 'invalid_arguments' : modalError(view);
      if (wrong !== null || view === undefined) return failure('invalid_arguments', { response_metadata: [wrong] });
      trigger.used = true;
      const id = store.nextId('V');
      store.views.push({ id, user: trigger.user, view, open: true, errors: {} });
      return { ok: true, view: { id } };
    },
    'assistant.threads.setSuggestedPrompts': (args) => {
      const prompts = json<unknown[]>(args.prompts) ?? [];
      store.prompts.push({ channel: args.channel_id ?? '', thread: args.thread_ts ?? '', prompts });
      return { ok: true };
    },
  };

  function page(messages: StoredMessage[], args: Args): Answer {
    const inRange = messages.filter(
      (each) =>
        (args.oldest === undefined || each.ts >= args.oldest) && (args.latest === undefined || each.ts <= args.latest),
    );
    const start = Number(args.cursor ?? 0);
    const end = start + Number(args.limit ?? 100);
    return {
      ok: true,
      messages: inRange
        .slice(start, end)
        .map((each) => toWire(each, around.filesUrl, args.include_all_metadata === 'true')),
      has_more: end < inRange.length,
      response_metadata: { next_cursor: end < inRange.length ? String(end) : '' },
    };
  }
}

export function json<T>(value: string | undefined): T | undefined {
  return value === undefined ? undefined : (JSON.parse(value) as T);
}

export function isAnswer(value: StoredMessage | Failure): value is Failure {
  return 'ok' in value;
}

/** A message as Slack sends it, in events and answers. */
export function toWire(message: StoredMessage, filesUrl = '', withMetadata = false): Record<string, unknown> {
  const {
    metadata,
    files,
    history: _history,
    deleted: _deleted,
    unfurls: _unfurls,
    streamStartedAt: _at,
    ephemeralFor: _for,
    streamBlocks: _blocks,
    channel: _channel,
    ...rest
  } = message;
  return {
    type: 'message',
    ...rest,
    ...(files.length === 0 ? {} : { files: files.map((file) => fileToWire(file, filesUrl)) }),
    ...(withMetadata && metadata !== undefined ? { metadata } : {}),
  };
}

export function fileToWire(file: StoredFile, filesUrl: string): Record<string, unknown> {
  if (file.deleted) return { id: file.id, mode: 'tombstone' };
  const url = `${filesUrl}/files-pri/${file.id}/${encodeURIComponent(file.name)}`;
  return {
    id: file.id,
    name: file.name,
    title: file.title ?? file.name,
    mimetype: file.mimetype,
    filetype: file.name.split('.').at(-1) ?? '',
    size: file.bytes.byteLength,
    mode: 'hosted',
    is_external: false,
    user: file.user,
    url_private: url,
    url_private_download: `${url}?download=1`,
  };
}
