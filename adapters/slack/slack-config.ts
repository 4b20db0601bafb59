// What the Slack adapter has to be told; the composition root reads it from the environment.
import type Keyv from 'keyv';

export interface SlackConfig {
  /** `xoxb-…` (SLACK_BOT_TOKEN). */
  botToken: string;
  /** `xapp-…` with `connections:write` (SLACK_APP_TOKEN): Socket Mode is used when it is set. */
  appToken?: string | undefined;
  /** SLACK_SIGNING_SECRET: with `port`, requests are taken by HTTP at `/slack/events`. */
  signingSecret?: string | undefined;
  /** Port of the HTTP receiver; 0 takes a free one. */
  port?: number | undefined;
  /** Another Web API host (SLACK_API_URL), e.g. `https://slack-gov.com/api/`; its host may then serve files too. */
  apiUrl?: string | undefined;
  /** Further `host` or `host:port` names that the bot token may be sent to for files. */
  fileHosts?: readonly string[] | undefined;
  /** `native` (default): chat.startStream where Slack offers it; `edit`: one message that is edited as it grows. */
  streaming?: 'native' | 'edit' | undefined;
  /** Keeps what has to outlive the process; left out: it forgets with the process. */
  store?: Keyv | undefined;
  timing?: Partial<SlackTiming> | undefined;
}

/** Every wait of the adapter, in milliseconds. */
export interface SlackTiming {
  /** Between two edits of drafts in one channel (Slack allows about one a second). */
  editIntervalMs: number;
  /** Between two appends to native streams in the workspace (Tier 4, about 100 a minute). */
  appendIntervalMs: number;
  /** A native stream is closed and a new message begun after this; Slack ends it after about five minutes. */
  rollOverMs: number;
  /** A lone `file_shared` waits so long for its message before it is looked up. */
  fileSharedGraceMs: number;
  /** One Web API request. */
  requestTimeoutMs: number;
  /** First wait before a failed request is repeated; doubles with each try. */
  retryDelayMs: number;
  /** Longest wait between two attempts to connect. */
  reconnectMaxMs: number;
  /** No pong for so long means that the Socket Mode connection is dead. */
  pongTimeoutMs: number;
}

export const DEFAULT_TIMING: SlackTiming = {
  editIntervalMs: 1_000,
  appendIntervalMs: 600,
  rollOverMs: 240_000,
  fileSharedGraceMs: 1_500,
  requestTimeoutMs: 10_000,
  retryDelayMs: 250,
  reconnectMaxMs: 15_000,
  pongTimeoutMs: 10_000,
};

/** Hosts from which Slack serves private files (https only). */
const SLACK_FILE_HOSTS = ['files.slack.com', 'files-origin.slack.com', 'slack-files.com'];
const GOV_SLACK_FILE_HOSTS = ['files.slack-gov.com'];

/** The hosts that may see the bot token when a file is fetched. An event's URL never adds one. */
export function allowedFileHosts(config: Pick<SlackConfig, 'apiUrl' | 'fileHosts'>): ReadonlySet<string> {
  const hosts = new Set([...SLACK_FILE_HOSTS, ...GOV_SLACK_FILE_HOSTS, ...(config.fileHosts ?? [])]);
  if (config.apiUrl !== undefined) hosts.add(new URL(config.apiUrl).host);
  return hosts;
}
