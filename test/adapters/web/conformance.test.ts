// The web adapter under the suite that every adapter passes; the harness speaks to its real server as the page does.
import { randomUUID } from 'node:crypto';
import Keyv from 'keyv';
import { pino } from 'pino';
import { createWebAdapter, type WebAdapter } from '../../../adapters/web/web-adapter.ts';
import type { RefusedBody } from '../../../adapters/web/wire.ts';
import type { Control } from '../../../bot/contract.ts';
import { type AdapterHarness, describeAdapter } from '../conformance.ts';
import { type Client, createClient } from './client.ts';
import { about } from './reading-room.ts';

const prefix = 'web:reading-room:';
const threadId = (thread: string) => thread.slice(prefix.length);

interface OpenForm {
  thread: string;
  post: string;
  control: Control;
  last: object | null;
}

describeAdapter('web', async (): Promise<AdapterHarness> => {
  const stored = new Map<string, unknown>();
  const threads: string[] = [];
  const taken = new Set<string>();
  let adapter: WebAdapter | null = null;
  let clients = new Map<string, Client>();
  let open: OpenForm | null = null;
  const told: string[] = [];

  async function client(name = 'person'): Promise<Client> {
    const known = clients.get(name);
    if (known) return known;
    const made = createClient(adapter?.url ?? '');
    await made.hello();
    clients.set(name, made);
    return made;
  }

  async function send(by: string, thread: string, body: { id: string }): Promise<void> {
    const response = await (await client(by)).request('POST', `/api/threads/${thread}/posts`, body);
    if (response.ok) taken.add(body.id);
    else throw new Error(`refused: ${response.status}`);
  }

  return {
    stopOnDrafts: true,
    async adapter() {
      clients = new Map();
      const log = pino({ level: 'silent' });
      const store = new Keyv({ store: stored, throwOnErrors: true });
      adapter = createWebAdapter({ host: '127.0.0.1', port: 0, token: null, store, log, about: async () => about });
      return adapter;
    },
    // The store is written before anything is shown as final, so leaving without a word is what a kill does to it.
    crash: async () => adapter?.stop(),
    async post({ thread, text = '', files = [], by = 'person', mention }) {
      if (by === 'other-bot') return { thread: thread ?? '', message: randomUUID() };
      const speaker = await client(by);
      const id = thread === undefined ? (await speaker.createThread()).id : threadId(thread);
      if (!threads.includes(id)) threads.push(id);
      const attachments: string[] = [];
      for (const file of files) {
        const response = await speaker.upload(file.bytes, file.name.split('.').at(-1), file.mediaType);
        attachments.push(((await response.json()) as { id: string }).id);
      }
      const words = { bot: `@cxr ${text}`, other: `@Maria ${text}`, none: text }[mention ?? 'none'];
      const message = randomUUID();
      const sending = send(by, id, { id: message, text: words, attachments } as { id: string });
      // Who waits for the acknowledgement asks for it; the suite wants the ids at once.
      sending.catch(() => undefined);
      return { thread: prefix + id, message };
    },
    async seen(thread) {
      const view = await (await client()).view(threadId(thread));
      const posts = view.posts.filter(({ author }) => author.isBot);
      return Promise.all(
        posts.map(async (post) => ({
          id: post.id,
          parts: [[post.text, post.failure].filter(Boolean).join('\n')],
          unfinished: post.state === 'draft' || post.state === 'interrupted',
          controls: post.controls.map(({ action, label }) => ({ action, label })),
          pictures: await Promise.all(
            post.pictures.map(async ({ id, name }) => ({ name, bytes: await blob(threadId(thread), id) })),
          ),
          files: await Promise.all(
            post.files.map(async ({ id, name }) => ({ name, bytes: await blob(threadId(thread), id) })),
          ),
        })),
      );
    },
    // Nobody is notified by the page; a mention would have to be markup in what is exported or shown.
    pings: async () => (await exports()).flatMap((html) => html.match(/<(?:mark|a)[^>]*class="mention"/g) ?? []),
    links: async () => (await exports()).flatMap((html) => html.match(/href="[^"]*"/g) ?? []),
    async edit(message, text) {
      await (await client()).request('PATCH', `/api/threads/${threads.at(-1)}/posts/${message}`, {
        id: randomUUID(),
        text,
      });
    },
    async remove(message) {
      await (await client()).request('DELETE', `/api/threads/${threads.at(-1)}/posts/${message}?id=${randomUUID()}`);
    },
    async press(thread, post, action) {
      const body = { id: randomUUID(), action, post };
      await (await client()).request('POST', `/api/threads/${threadId(thread)}/actions`, body);
    },
    async openForm(thread, post, action) {
      const view = await (await client()).view(threadId(thread));
      const control = view.posts.find(({ id }) => id === post)?.controls.find((each) => each.action === action);
      if (control?.form === undefined) return null;
      const { title, fields } = control.form;
      open = { thread: threadId(thread), post, control, last: null };
      return {
        title,
        fields: fields.map(({ label, options = [], required = false }) => ({ label, options, required })),
      };
    },
    async submitForm(answers) {
      if (open === null) throw new Error('no form is open');
      const { control, post } = open;
      const named = (control.form?.fields ?? []).map(({ name, label }) => [name, answers[label] ?? '']);
      const { action, value } = control;
      open.last = { id: randomUUID(), action, post, value, fields: Object.fromEntries(named) };
      return sendForm(open);
    },
    async resubmitForm() {
      if (open !== null) await sendForm(open);
    },
    told: async () => told,
    async command(name, argument) {
      const id = threads.at(-1) ?? (await (await client()).createThread()).id;
      await send('person', id, { id: randomUUID(), text: `/${name} ${argument}`, attachments: [] } as { id: string });
    },
    acknowledged: async (message) => taken.has(message),
    async close() {
      clients.clear();
    },
  };

  async function sendForm({ thread, last }: OpenForm): Promise<boolean> {
    const response = await (await client()).request('POST', `/api/threads/${thread}/actions`, last);
    if (!response.ok) told.push(((await response.json()) as RefusedBody).error.sentence);
    return response.ok;
  }
  async function blob(thread: string, id: string): Promise<Uint8Array> {
    return (await client()).blob(thread, id);
  }
  async function exports(): Promise<string[]> {
    const speaker = await client();
    return Promise.all(
      threads.map(async (id) => (await speaker.request('GET', `/api/threads/${id}/export/html`)).text()),
    );
  }
});
