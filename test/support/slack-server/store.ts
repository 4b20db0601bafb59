// What the local Slack remembers: people, channels, messages, files and every call; tests assert on it.

export interface StoredFile {
  id: string;
  name: string;
  mimetype: string;
  bytes: Uint8Array;
  user: string;
  altText: string | null;
  title: string | null;
  /** Channel → messages that carry the file. */
  shares: Record<string, { ts: string; thread_ts?: string }[]>;
  deleted: boolean;
  /** Times its bytes were handed out. */
  downloads: number;
}

export interface StoredMessage {
  channel: string;
  ts: string;
  thread_ts?: string;
  user: string;
  bot_id?: string;
  subtype?: string;
  text: string;
  blocks?: unknown[];
  files: StoredFile[];
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  edited?: { user: string; ts: string };
  /** Of a native stream. */
  streaming_state?: 'in_progress' | 'completed' | 'errored';
  streamStartedAt?: number;
  /** Blocks that a stream was given as chunks; gone with the first edit. */
  streamBlocks?: unknown[];
  /** Only this person sees it. */
  ephemeralFor?: string;
  unfurls: boolean;
  deleted: boolean;
  /** Every text it ever showed, oldest first. */
  history: string[];
}

/** A modal before a person. */
export interface StoredView {
  id: string;
  user: string;
  view: ModalView;
  /** False once it was sent and taken, or cancelled. */
  open: boolean;
  /** Sentences under its fields, by block id. */
  errors: Record<string, string>;
}

interface PlainText {
  text: string;
}
export interface ModalView {
  type: string;
  callback_id: string;
  private_metadata: string;
  title: PlainText;
  submit?: PlainText;
  blocks: {
    type: string;
    block_id: string;
    optional?: boolean;
    label: PlainText;
    element: {
      type: string;
      action_id: string;
      max_length?: number;
      options?: { text: PlainText; value: string }[];
    };
  }[];
}

export interface ApiCall {
  method: string;
  args: Record<string, string>;
  token: string;
  at: number;
  /** `ok`, Slack's error code, or the fault that was played. */
  outcome: string;
}

export interface SlackStore {
  readonly team: string;
  readonly bot: { user: string; bot: string };
  readonly messages: StoredMessage[];
  readonly files: Map<string, StoredFile>;
  readonly calls: ApiCall[];
  readonly homes: Map<string, unknown[]>;
  /** Modals, oldest first. */
  readonly views: StoredView[];
  /** Presses that may open a modal, by trigger id. */
  readonly triggers: Map<string, { user: string; at: number; used: boolean }>;
  readonly prompts: { channel: string; thread: string; prompts: unknown[] }[];
  /** What people are called; of others Slack tells nothing. */
  readonly names: Map<string, string>;
  /** Channels that the bot is not a member of. */
  readonly closedChannels: Set<string>;
  nextTs(): string;
  nextId(prefix: string): string;
  find(channel: string, ts: string): StoredMessage | undefined;
  /** Messages of one thread, its first included, oldest first; deleted ones left out. */
  thread(channel: string, threadTs: string): StoredMessage[];
  add(
    message: Omit<StoredMessage, 'files' | 'deleted' | 'history' | 'unfurls'> & Partial<StoredMessage>,
  ): StoredMessage;
}

export function createStore(): SlackStore {
  const messages: StoredMessage[] = [];
  const byKey = new Map<string, StoredMessage>();
  const byThread = new Map<string, StoredMessage[]>();
  let lastMicros = 0;
  let counter = 0;
  return {
    team: 'T0CXRTEAM',
    bot: { user: 'U0CXRBOT', bot: 'B0CXRBOT' },
    messages,
    files: new Map(),
    calls: [],
    homes: new Map(),
    views: [],
    triggers: new Map(),
    prompts: [],
    names: new Map(),
    closedChannels: new Set(),
    nextTs() {
      lastMicros = Math.max(lastMicros + 1, Date.now() * 1_000);
      return `${Math.floor(lastMicros / 1e6)}.${String(lastMicros % 1e6).padStart(6, '0')}`;
    },
    nextId(prefix) {
      counter += 1;
      return `${prefix}${String(counter).padStart(8, '0')}`;
    },
    find(channel, ts) {
      const message = byKey.get(`${channel} ${ts}`);
      return message === undefined || message.deleted ? undefined : message;
    },
    thread(channel, threadTs) {
      return (byThread.get(`${channel} ${threadTs}`) ?? []).filter((message) => !message.deleted);
    },
    add(given) {
      const message: StoredMessage = { files: [], deleted: false, unfurls: false, history: [given.text], ...given };
      messages.push(message);
      byKey.set(`${message.channel} ${message.ts}`, message);
      const key = `${message.channel} ${message.thread_ts ?? message.ts}`;
      byThread.set(key, [...(byThread.get(key) ?? []), message]);
      return message;
    },
  };
}
