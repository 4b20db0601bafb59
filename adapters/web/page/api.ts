// Requests to the server: same origin, CSRF token on every change, and one kind of error with a sentence for people.
import type { AboutBundle, Hello, RefusedBody, SendAction, SendMessage, ThreadSummary, ThreadView } from '../wire.ts';

/** `unreachable` when no server answered at all, `restarting` when it is about to go: worth trying again by itself. */
export class RequestError extends Error {
  readonly code: string;
  constructor(code: string, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

let csrf = '';

export const isPassing = (error: unknown) =>
  error instanceof RequestError && (error.code === 'unreachable' || error.code === 'restarting');

/** The conversation is no longer at the server. */
export const isGone = (error: unknown) => error instanceof RequestError && error.code === 'conversation-unknown';

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.';
}

function refusal(status: number, text: string): RequestError {
  if (status === 401) location.assign('/login');
  try {
    const { error } = JSON.parse(text) as RefusedBody;
    return new RequestError(error.code, error.sentence);
  } catch {
    return new RequestError('internal', `The server could not answer (${status}).`);
  }
}

async function request(method: string, path: string, body?: unknown): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers: { 'x-csrf-token': csrf, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new RequestError('unreachable', 'The reading room cannot be reached.');
  }
  if (!response.ok) throw refusal(response.status, await response.text());
  return response;
}

const json = async <T>(response: Promise<Response>) => (await (await response).json()) as T;

export async function hello(): Promise<Hello> {
  const answer = await json<Hello>(request('GET', '/hello'));
  csrf = answer.csrf;
  return answer;
}

export const thread = (id: string) => json<ThreadView>(request('GET', `/threads/${id}`));
export const about = () => json<AboutBundle>(request('GET', '/about'));
export const search = (query: string) =>
  json<ThreadSummary[]>(request('GET', `/threads?q=${encodeURIComponent(query)}`));
export const createThread = () => json<ThreadSummary>(request('POST', '/threads'));
export const sendMessage = (id: string, message: SendMessage) => request('POST', `/threads/${id}/posts`, message);
export const sendAction = (id: string, action: SendAction) => request('POST', `/threads/${id}/actions`, action);
export const forget = (id: string) => request('POST', `/threads/${id}/forget`, { id: crypto.randomUUID() });
export const setName = (name: string) => request('PUT', '/person', { name });
export const editPost = (id: string, post: string, text: string) =>
  request('PATCH', `/threads/${id}/posts/${post}`, { id: crypto.randomUUID(), text });
export const deletePost = (id: string, post: string) =>
  request('DELETE', `/threads/${id}/posts/${post}?id=${crypto.randomUUID()}`);
export const takeSample = (name: string) =>
  json<{ id: string; size: number }>(request('POST', `/samples/${encodeURIComponent(name)}`));

export const sample = async (name: string) => (await request('GET', `/samples/${encodeURIComponent(name)}`)).blob();

export const blobUrl = (id: string, blob: string) => `/api/threads/${id}/blobs/${blob}`;
export const exportUrl = (id: string, format: string) => `/api/threads/${id}/export/${format}`;
export const blob = async (id: string, name: string) => (await request('GET', `/threads/${id}/blobs/${name}`)).blob();

/** Sends one file; only its extension goes along, never its name. `onProgress` hears the share sent, in [0, 1]. */
export function upload(file: File, onProgress: (share: number) => void): Promise<{ id: string; size: number }> {
  const extension = /\.([A-Za-z0-9]{1,8})$/.exec(file.name)?.[1] ?? '';
  return new Promise((resolve, reject) => {
    // fetch tells nothing about the progress of a request's body; XMLHttpRequest does.
    const transfer = new XMLHttpRequest();
    transfer.open('POST', `/api/uploads?extension=${encodeURIComponent(extension)}`);
    transfer.setRequestHeader('x-csrf-token', csrf);
    transfer.setRequestHeader('content-type', file.type || 'application/octet-stream');
    transfer.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    transfer.addEventListener('load', () => {
      if (transfer.status === 201) resolve(JSON.parse(transfer.responseText) as { id: string; size: number });
      else reject(refusal(transfer.status, transfer.responseText));
    });
    transfer.addEventListener('error', () => reject(new RequestError('unreachable', 'The upload was cut off.')));
    transfer.send(file);
  });
}
