// How a CxrError becomes an HTTP answer: one status, one code, one plain sentence; the whole error goes to the log, without content.
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Log } from '../../bot/contract.ts';
import { type CxrErrorCode, toCxrError } from '../../engine/error.ts';
import type { RefusedBody } from './wire.ts';

const statuses: Partial<Record<CxrErrorCode, ContentfulStatusCode>> = {
  'image-empty': 422,
  'image-too-large': 413,
  'question-empty': 422,
  'question-too-long': 422,
  'conversation-unknown': 404,
  'attachment-unavailable': 410,
  'rate-limited': 429,
  'not-allowed': 403,
  overloaded: 503,
  usage: 400,
};

export function refuse(context: Context, thrown: unknown, log: Log): Response {
  const error = toCxrError(thrown);
  const status = statuses[error.code] ?? 500;
  const facts = { code: error.code, status, method: context.req.method, ...error.detail };
  if (status === 500) log.error({ ...facts, err: error }, 'request failed');
  else log.info(facts, 'request refused');
  const body: RefusedBody = { error: { code: error.code, sentence: error.message } };
  return context.json(body, status, { 'cache-control': 'no-store' });
}
