// What the Discord adapter has to be told, and every wait and limit of it; the composition root reads the rest from the environment.
import type Keyv from 'keyv';

export interface DiscordConfig {
  /** Token of the bot user (DISCORD_TOKEN). */
  token: string;
  /** Another REST base without version, e.g. of a proxy (DISCORD_API_URL); its host may then serve attachments too. */
  apiUrl?: string | undefined;
  /** Largest attachment whose bytes are taken on receipt. Default 64 MB. */
  maxFileBytes?: number | undefined;
  /** Events that wait here at most while the store is away. Default 1,000. */
  maxWaiting?: number | undefined;
  /** Keeps what has to outlive the process; left out: it forgets with the process. */
  store?: Keyv | undefined;
  timing?: Partial<DiscordTiming> | undefined;
}

/** Every wait of the adapter, in milliseconds. */
export interface DiscordTiming {
  /** Between two edits of drafts in one channel (Discord allows about five in five seconds). */
  editIntervalMs: number;
  /** An interaction is deferred at the latest after this; Discord gives it up after three seconds. */
  deferWithinMs: number;
  /** Interactions are answered through their token for so long; Discord ends it after 15 minutes. */
  interactionLifeMs: number;
  /** One REST request. */
  requestTimeoutMs: number;
  /** First wait before something that failed is repeated; doubles with each try. */
  retryDelayMs: number;
  /** Bytes taken on receipt are let go after this if nobody asked for them. */
  heldForMs: number;
  /** A gateway connection that does not come back within this is built anew. */
  rebuildAfterMs: number;
  /** Messages that were written so long ago, at most, are still answered after a restart. */
  catchUpMs: number;
}

export const DEFAULT_TIMING: DiscordTiming = {
  editIntervalMs: 1_200,
  deferWithinMs: 1_500,
  interactionLifeMs: 870_000,
  requestTimeoutMs: 30_000,
  retryDelayMs: 500,
  heldForMs: 600_000,
  rebuildAfterMs: 90_000,
  catchUpMs: 24 * 3_600_000,
};

export const DEFAULT_MAX_FILE_BYTES = 64_000_000;
export const DEFAULT_MAX_WAITING = 1_000;
export const DEFAULT_API_URL = 'https://discord.com/api';

/** Discord's own hosts for attachments; https only. */
const CDN_HOSTS = ['cdn.discordapp.com', 'media.discordapp.net'];

/** The hosts that attachments are fetched from. A message's link never adds one. */
export function allowedFileHosts(config: Pick<DiscordConfig, 'apiUrl'>): ReadonlySet<string> {
  const hosts = new Set(CDN_HOSTS);
  if (config.apiUrl !== undefined) hosts.add(new URL(config.apiUrl).host);
  return hosts;
}
