// The quiet log that Bolt and its clients get over the adapter's.
import { type Logger, LogLevel } from '@slack/bolt';
import type { Log } from '../../bot/contract.ts';

export const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Bolt's debug lines hold whole request bodies, conversations included: only its warnings and errors pass. */
export function createBoltLogger(log: Log): Logger {
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
