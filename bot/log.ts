// The structured log (pino): what may be written there and what never is. Texts, file names and people's names only if the operator switched it on.
import pino, { type Logger } from 'pino';
import { CxrError } from '../engine/error.ts';

export interface LogOptions {
  level: string;
  /** LOG_CONTENT=on: texts, file names and names may be logged. */
  content: boolean;
}

export interface BotLog extends Logger {
  /** `facts` if the operator allowed content in the log, otherwise nothing. */
  content(facts: Record<string, unknown>): Record<string, unknown>;
}

/** Errors as they are logged: code, detail and stack of the whole chain; a CxrError's detail holds no content by contract. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const base = pino.stdSerializers.err(error);
  const facts = error instanceof CxrError ? { code: error.code, detail: error.detail } : {};
  return { type: base.type, message: base.message, ...facts, stack: base.stack };
}

export function createLog(options: LogOptions, destination?: pino.DestinationStream): BotLog {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: serializeError },
    redact: { paths: ['token', '*.token', 'headers.authorization', '*.headers.authorization'], censor: '[redacted]' },
  };
  const log = destination === undefined ? pino(settings) : pino(settings, destination);
  return Object.assign(log, {
    content: (facts: Record<string, unknown>) => (options.content ? facts : {}),
  });
}
