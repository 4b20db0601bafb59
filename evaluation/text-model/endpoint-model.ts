// Text model over an OpenAI-compatible endpoint (chat completions with a JSON schema); its key goes to that host only.
import { z } from 'zod';
import { CxrError } from '../../engine/error.ts';
import type { JsonTask, TextModel } from './text-model.ts';

export interface EndpointOptions {
  /** Base address, e.g. `https://host/v1`; plain http only on this machine. */
  url: string;
  model: string;
  key?: string;
  timeoutMs?: number;
  /** Waiting time before the first repetition; doubles each time. */
  retryDelayMs?: number;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_RETRY_DELAY_MS = 1_000;
const MAX_ATTEMPTS = 4;
const MAX_RETRY_DELAY_MS = 60_000;
const MAX_ANSWER_BYTES = 1024 ** 2;

const answerSchema = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) });

function checkedUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const local = parsed !== null && ['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname);
  if (!parsed || (parsed.protocol !== 'https:' && !(parsed.protocol === 'http:' && local))) {
    throw new CxrError('config-invalid', 'The endpoint must be an https address, or http on this machine.');
  }
  return new URL(`${parsed.pathname.replace(/\/$/, '')}/chat/completions`, parsed);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** Repeats after 429, 5xx and broken connections, honouring Retry-After. Throws CxrError `config-invalid` or `backend-unavailable`. */
export function createEndpointModel(options: EndpointOptions): TextModel {
  const url = checkedUrl(options.url);
  const { timeoutMs = DEFAULT_TIMEOUT_MS, retryDelayMs = DEFAULT_RETRY_DELAY_MS } = options;

  async function post(task: JsonTask, signal: AbortSignal): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
    };
    const body = {
      model: options.model,
      messages: [{ role: 'system', content: task.system }, ...task.messages],
      ...{ temperature: task.temperature, seed: task.seed },
      response_format: {
        type: 'json_schema',
        json_schema: { name: task.schemaName, schema: task.schema, strict: true },
      },
    };
    return fetch(url, { method: 'POST', headers, body: JSON.stringify(body), redirect: 'error', signal });
  }

  async function attempt(
    task: JsonTask,
    signal: AbortSignal,
  ): Promise<{ text: string } | { retryAfterMs: number | null; why: unknown }> {
    let response: Response;
    try {
      response = await post(task, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    } catch (why) {
      if (signal.aborted) throw new CxrError('aborted', 'Stopped.', { cause: why });
      return { retryAfterMs: null, why };
    }
    if (response.status === 429 || response.status >= 500) {
      const seconds = Number(response.headers.get('retry-after'));
      return { retryAfterMs: seconds > 0 ? seconds * 1000 : null, why: `status ${response.status}` };
    }
    if (!response.ok)
      throw new CxrError(
        'backend-unavailable',
        `The endpoint refused the request (status ${response.status}); check model name and key.`,
      );
    const body = await response.text();
    if (body.length > MAX_ANSWER_BYTES)
      throw new CxrError('backend-unavailable', 'The endpoint answered with more than a megabyte.');
    const parsed = answerSchema.safeParse(parseJson(body));
    if (!parsed.success)
      throw new CxrError('backend-unavailable', 'The endpoint does not answer in the OpenAI format.', {
        cause: parsed.error,
      });
    return { text: parsed.data.choices[0]?.message.content ?? '' };
  }

  return {
    name: `${options.model} at ${url.host}`,
    async complete(task) {
      const signal = task.signal ?? new AbortController().signal;
      let delayMs = retryDelayMs;
      for (let count = 1; ; count++) {
        const result = await attempt(task, signal);
        if ('text' in result) return result.text;
        if (count === MAX_ATTEMPTS)
          throw new CxrError('backend-unavailable', `The endpoint did not answer in ${MAX_ATTEMPTS} attempts.`, {
            cause: result.why,
          });
        await pause(Math.min(MAX_RETRY_DELAY_MS, result.retryAfterMs ?? delayMs), signal);
        delayMs *= 2;
      }
    },
    async close() {},
  };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Endpoint from the environment (CXR_ENDPOINT, CXR_ENDPOINT_MODEL, CXR_ENDPOINT_KEY); null where none is set. */
export function endpointFromEnvironment(env: Readonly<Record<string, string | undefined>>): EndpointOptions | null {
  const { CXR_ENDPOINT: url, CXR_ENDPOINT_MODEL: model, CXR_ENDPOINT_KEY: key } = env;
  if (!url) return null;
  if (!model) throw new CxrError('config-invalid', 'CXR_ENDPOINT is set but CXR_ENDPOINT_MODEL is not.');
  return { url, model, ...(key ? { key } : {}) };
}
