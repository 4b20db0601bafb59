// One request to the local REST API, read whole: JSON, or multipart with files.
import type { IncomingMessage } from 'node:http';
import type { Modal } from './store.ts';

export interface Body {
  content?: string;
  components?: never[];
  flags?: number;
  nonce?: string;
  enforce_nonce?: boolean;
  message_reference?: { message_id: string };
  allowed_mentions?: { parse?: string[]; users?: string[]; replied_user?: boolean };
  attachments?: { id: string | number; filename?: string; description?: string }[];
  name?: string;
  archived?: boolean;
  recipient_id?: string;
  type?: number;
  data?: { flags?: number; content?: string; allowed_mentions?: Body['allowed_mentions'] } & Partial<Modal>;
}
export interface RestRequest {
  method: string;
  /** Without /api/v10. */
  path: string;
  query: URLSearchParams;
  auth: string | null;
  body: Body & unknown[];
  /** By the number in `files[n]`. */
  files: Map<string, { name: string; type: string; bytes: Uint8Array }>;
}

export async function readRequest(request: IncomingMessage, url: URL): Promise<RestRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  const files: RestRequest['files'] = new Map();
  let json = raw.toString('utf8');
  if (type.startsWith('multipart/')) {
    const form = await new Response(raw, { headers: { 'content-type': type } }).formData();
    json = String(form.get('payload_json') ?? '{}');
    for (const [name, value] of form.entries()) {
      const number = /^files\[(\d+)\]$/.exec(name)?.[1];
      if (number === undefined || typeof value === 'string') continue;
      files.set(number, { name: value.name, type: value.type, bytes: new Uint8Array(await value.arrayBuffer()) });
    }
  }
  return {
    method: request.method ?? 'GET',
    path: decodeURIComponent(url.pathname).replace(/^\/api\/v10/, ''),
    query: url.searchParams,
    auth: request.headers.authorization ?? null,
    body: (json === '' ? {} : JSON.parse(json)) as RestRequest['body'],
    files,
  };
}

/** Discord's refusal of a request. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
