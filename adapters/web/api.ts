// The routes under /api: what the page reads and sends. They check shapes and owners, then hand over to room, uploads and inbound.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { Author } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import type { Access, RoomEnv } from './access.ts';
import type { ConversationStore, ThreadDocument } from './conversation-store.ts';
import type { EventStream } from './event-stream.ts';
import { exportThread, isExportFormat } from './export.ts';
import type { Inbound } from './inbound.ts';
import { createRateLimit } from './rate-limit.ts';
import { maySee, type Room } from './room.ts';
import type { Uploads } from './uploads.ts';
import type { AboutBundle, Hello } from './wire.ts';

const id = z.string().regex(/^[a-zA-Z0-9-]{8,64}$/);
const sendMessage = z.strictObject({
  id,
  text: z.string().max(100_000),
  attachments: z.array(id).max(50),
});
const sendAction = z.strictObject({
  id,
  action: z.string().regex(/^(again|stop|confirm|helpful|not-helpful|forget|help|case-[a-z0-9-]{1,60})$/),
  post: id,
  value: z.string().max(2000).optional(),
  fields: z.record(z.string().max(30), z.string().max(10_000)).optional(),
});
const personNameLength = 60;
const minuteMs = 60_000;
/** The page is not kept waiting for the models. */
const aboutPatienceMs = 150;

export function createApi(parts: {
  access: Access;
  room: Room;
  store: ConversationStore;
  events: EventStream;
  uploads: Uploads;
  inbound: () => Inbound;
  samples: readonly { name: string; bytes: () => Promise<Uint8Array> | Uint8Array }[];
  about: () => Promise<AboutBundle>;
  page: Pick<Hello, 'suggestions' | 'limits'>;
  retentionMs: number;
}): Hono<RoomEnv> {
  const { access, room, store, events, uploads, inbound } = parts;
  const messages = createRateLimit(30, minuteMs);
  const uploading = createRateLimit(60, minuteMs);
  const api = new Hono<RoomEnv>();

  async function authorOf(context: Context<RoomEnv>): Promise<Author> {
    const person = context.get('person');
    const name = await store.setting(`name:${person}`);
    return { id: person, isBot: false, ...(name === undefined ? {} : { name }) };
  }

  async function threadOf(context: Context<RoomEnv>): Promise<ThreadDocument> {
    const document = await store.get(context.req.param('thread') ?? '');
    if (!document) throw new CxrError('conversation-unknown', 'This conversation is not here (any more).');
    return document;
  }

  function pace(context: Context<RoomEnv>, limit = messages): void {
    if (!limit.allow(context.get('person'))) {
      throw new CxrError('rate-limited', 'That was a lot at once; please wait a moment and try again.');
    }
  }

  api.get('/hello', async (context) => {
    const { id: personId, name = '' } = await authorOf(context);
    return context.json<Hello>({
      ...parts.page,
      about: await Promise.race([parts.about().catch(() => null), sleep(aboutPatienceMs, null, { ref: false })]),
      person: { id: personId, name },
      csrf: access.csrfToken(personId),
      samples: parts.samples.map((sample) => sample.name),
      retentionMs: parts.retentionMs,
      threads: store.list(),
      asOf: events.lastId(),
    });
  });
  api.get('/about', async (context) => context.json<AboutBundle>(await parts.about()));
  api.put('/person', async (context) => {
    const { name } = await body(context, z.strictObject({ name: z.string().max(personNameLength) }));
    await store.keepSetting(`name:${context.get('person')}`, name.trim(), parts.retentionMs);
    return context.body(null, 204);
  });
  api.get('/events', (context) => {
    const after = context.req.header('last-event-id') ?? context.req.query('after') ?? null;
    const stream = events.subscribe(context.get('person'), after);
    return context.body(stream, 200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  });

  api.post('/uploads', async (context) => {
    pace(context, uploading);
    const declared = context.req.header('content-length');
    const upload = await uploads.take(context.req.raw.body ?? new ReadableStream({ start: (c) => c.close() }), {
      person: context.get('person'),
      extension: /^[a-z0-9]{1,8}$/.exec((context.req.query('extension') ?? '').toLowerCase())?.[0] ?? '',
      mediaType: context.req.header('content-type') ?? 'application/octet-stream',
      declaredBytes: declared === undefined ? null : Number(declared),
    });
    return context.json({ id: upload.id, size: upload.bytes.byteLength }, 201);
  });
  function sampleOf(context: Context<RoomEnv>) {
    const sample = parts.samples.find(({ name }) => name === context.req.param('sample'));
    if (!sample) throw new CxrError('usage', 'There is no sample of this name.');
    return sample;
  }
  api.get('/samples/:sample', async (context) => {
    const bytes = new Uint8Array(await sampleOf(context).bytes());
    return context.body(bytes, 200, { 'content-type': 'image/png' });
  });
  api.post('/samples/:sample', async (context) => {
    pace(context, uploading);
    const sample = sampleOf(context);
    const about = { person: context.get('person'), extension: 'png', mediaType: 'image/png' };
    const upload = uploads.keep(await sample.bytes(), about);
    return context.json({ id: upload.id, size: upload.bytes.byteLength }, 201);
  });

  api.get('/threads', async (context) =>
    context.json(await room.search((context.req.query('q') ?? '').slice(0, 200), context.get('person'))),
  );
  api.post('/threads', async (context) => {
    pace(context);
    return context.json(store.summary(await room.create()), 201);
  });
  api.get('/threads/:thread', async (context) =>
    context.json(room.view(await threadOf(context), context.get('person'))),
  );
  api.post('/threads/:thread/posts', async (context) => {
    pace(context);
    const sent = await body(context, sendMessage);
    if (sent.text.trim() === '' && sent.attachments.length === 0) {
      throw new CxrError('question-empty', 'There is nothing to send yet.');
    }
    await inbound().message(await threadOf(context), await authorOf(context), sent);
    return context.body(null, 201);
  });
  api.patch('/threads/:thread/posts/:post', async (context) => {
    pace(context);
    const change = await body(context, z.strictObject({ id, text: z.string().min(1).max(100_000) }));
    const target = { ...change, post: context.req.param('post') };
    await inbound().edit(await threadOf(context), await authorOf(context), target);
    return context.body(null, 204);
  });
  api.delete('/threads/:thread/posts/:post', async (context) => {
    pace(context);
    const change = { id: id.parse(context.req.query('id')), post: context.req.param('post') };
    await inbound().remove(await threadOf(context), await authorOf(context), change);
    return context.body(null, 204);
  });
  api.post('/threads/:thread/actions', async (context) => {
    pace(context);
    const { value, fields, ...sent } = await body(context, sendAction);
    const document = await threadOf(context);
    const given = { ...sent, ...(value === undefined ? {} : { value }), ...(fields === undefined ? {} : { fields }) };
    await inbound().action(document, await authorOf(context), given);
    return context.body(null, 202);
  });
  api.post('/threads/:thread/forget', async (context) => {
    const sent = await body(context, z.strictObject({ id }));
    await inbound().forget(await threadOf(context), await authorOf(context), sent.id);
    return context.body(null, 202);
  });

  api.get('/threads/:thread/blobs/:blob', async (context) => {
    const document = await threadOf(context);
    const wanted = context.req.param('blob');
    const visible = document.posts.filter((post) => maySee(post, context.get('person')));
    const file = visible.flatMap((post) => post.files).find((candidate) => candidate.id === wanted);
    const pictures = visible.flatMap((post) => [post.film?.png, post.film?.overlay, ...post.pictures.map((p) => p.id)]);
    const bytes = file || pictures.includes(wanted) ? await store.blob(document, wanted) : undefined;
    if (!bytes) return context.notFound();
    return context.body(
      new Uint8Array(bytes),
      200,
      file ? downloadHeaders(file.name, file.mediaType) : { 'content-type': 'image/png' },
    );
  });
  api.get('/threads/:thread/export/:format', async (context) => {
    const format = context.req.param('format');
    if (!isExportFormat(format)) throw new CxrError('usage', 'Conversations are exported as md, json or html.');
    const document = await threadOf(context);
    const view = room.view(document, context.get('person'));
    const about = await parts.about();
    const made = await exportThread(format, view, about, async (blob) => (await store.blob(document, blob)) ?? null);
    const name = `conversation-${createHash('sha256').update(document.id).digest('hex').slice(0, 8)}.${format}`;
    return context.body(made.text, 200, downloadHeaders(name, made.mediaType));
  });
  return api;
}

function downloadHeaders(name: string, mediaType: string): Record<string, string> {
  const safeName = name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 100) || 'file';
  return { 'content-type': mediaType, 'content-disposition': `attachment; filename="${safeName}"` };
}

async function body<T>(context: Context<RoomEnv>, schema: z.ZodType<T>): Promise<T> {
  const text = await context.req.text();
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CxrError('usage', 'The page sent something that the server does not understand; please reload it.', {
      cause,
    });
  }
}
