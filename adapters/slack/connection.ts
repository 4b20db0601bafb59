// The two ways in which events come from Slack look alike to the adapter; see socket-connection.ts and http-connection.ts.
import type { Receiver } from '@slack/bolt';

export interface SlackConnection extends Receiver {
  /** Connects or listens; resolves once events can arrive. Throws CxrError `config-invalid` if Slack refuses the credentials. */
  start(): Promise<void>;
  stop(): Promise<void>;
  state(): { ready: boolean; detail?: string };
  /** Port that the HTTP receiver listens on; null for Socket Mode and before the start. */
  port(): number | null;
}
