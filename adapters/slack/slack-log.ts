// The log that the adapter writes to (pino fits), and the quiet one that Bolt and its clients get.
import { type Logger, LogLevel } from '@slack/bolt';

export interface SlackLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const SILENT: SlackLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Bolt's debug lines hold whole request bodies, conversations included: only its warnings and errors pass. */
export function createBoltLogger(log: SlackLog): Logger {
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...message) => log.warn({ from: 'bolt' }, message.map(String).join(' ').slice(0, 500)),
    error: (...message) => log.error({ from: 'bolt' }, message.map(String).join(' ').slice(0, 500)),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
}
