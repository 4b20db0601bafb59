// Chat in the terminal: one person and the bot; typed lines become events, replies become blocks. Translation only.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ActionName,
  Adapter,
  Attachment,
  InboundEvent,
  Log,
  Place,
  Receive,
  Reply,
  ReplyContent,
} from '../../bot/contract.ts';
import { CxrError, toCxrError } from '../../engine/error.ts';
import { tablesAsLists } from '../shared/markdown-table.ts';
import { createButtons } from './buttons.ts';
import { createScreen, type TerminalOutput } from './screen.ts';
import { readTypedLine, type TypedFile } from './typed-line.ts';

export interface TerminalOptions {
  input: Readable;
  output: TerminalOutput;
  log: Log;
  /** Begins the ids of this run's events; random by default. */
  session?: string;
  /** Called when the person leaves (/quit or end of input). */
  onQuit?(): void;
}

const LEAVE_LIMIT_MS = 600_000;
const LEAVE_CHECK_MS = 100;
const ACTIONS: readonly ActionName[] = ['again', 'stop', 'confirm', 'helpful', 'not-helpful', 'forget'];

const LEAVES_FORM = /^\s*\/(?:quit|exit|new)\s*$/;

export function createTerminalAdapter(options: TerminalOptions): Adapter {
  const { input, output, log, session = randomUUID().slice(0, 8) } = options;
  const kept = new Map<string, { name: string; bytes: Uint8Array }[]>();
  let lines: Interface | null = null;
  /** Events of this run that have no answer yet. */
  const asked = new Set<string>();
  let count = 0;
  let threads = 1;
  let latestPost = '';
  let latestFiles: readonly { name: string; bytes: Uint8Array }[] = [];
  const screen = createScreen(output, () => lines);
  const buttons = createButtons(screen);

  const place = (): Place => ({
    thread: `terminal:${session}:${threads}`,
    channel: 'terminal',
    space: '',
    isDirect: true,
  });
  const base = () => {
    count += 1;
    const author = { id: 'local', isBot: false };
    return { id: `${session}-${count}`, place: place(), author, at: Date.now() };
  };

  async function send(receive: Receive, event: InboundEvent): Promise<void> {
    asked.add(event.id);
    await receive(event);
  }

  /** Input may end before the answers are there (a pipe): they are waited for. */
  async function leave(): Promise<void> {
    for (let waitedMs = 0; asked.size > 0 && waitedMs < LEAVE_LIMIT_MS; waitedMs += LEAVE_CHECK_MS)
      await sleep(LEAVE_CHECK_MS);
    options.onQuit?.();
  }

  async function typed(line: string, receive: Receive): Promise<void> {
    if (buttons.isAsking() && !LEAVES_FORM.test(line)) {
      const submission = buttons.answer(line);
      return submission === null ? undefined : send(receive, { ...base(), kind: 'action', ...submission });
    }
    buttons.leave();
    const read = readTypedLine(line);
    if (read.kind === 'empty') return;
    if (read.kind === 'message') {
      const attachments = read.files.map(attachmentOf);
      await receive({
        ...base(),
        kind: 'message',
        text: read.text,
        attachments,
        mentionsBot: true,
        mentionsOthers: false,
      });
      return;
    }
    if (read.name === 'quit' || read.name === 'exit') return options.onQuit?.();
    if (read.name === 'new') {
      threads += 1;
      buttons.clear();
      return screen.print('new case', 'The next film begins a conversation of its own.');
    }
    if (read.name === 'save') return save(read.argument);
    if (buttons.find(read.name)?.opensForm === true) return buttons.open(read.name);
    await send(receive, eventOf(read.name, read.argument, read.files));
  }

  function eventOf(name: string, argument: string, files: readonly TypedFile[]): InboundEvent {
    // The plain conversation's words mean the whole answer; a case's buttons say by their value what they are about.
    const inCase = name.startsWith('case-') ? buttons.find(name) : null;
    if (inCase !== null) return { ...base(), kind: 'action', ...inCase.press };
    const action = ACTIONS.find((each) => each === name);
    if (action !== undefined && latestPost !== '') return { ...base(), kind: 'action', action, post: latestPost };
    return { ...base(), kind: 'command', name, argument, attachments: files.map(attachmentOf) };
  }

  async function save(folder: string): Promise<void> {
    if (folder === '' || latestFiles.length === 0) {
      return screen.print('save', 'Type /save FOLDER after an answer with a picture or file.');
    }
    await mkdir(folder, { recursive: true });
    for (const { name, bytes } of latestFiles) await writeFile(join(folder, basename(name)), bytes);
    screen.print('saved', latestFiles.map(({ name }) => resolve(folder, basename(name))).join('\n'));
  }

  return {
    name: 'terminal',
    canBePrivate: true,
    async start(receive) {
      lines = createInterface({ input, output, terminal: output.isTTY === true, prompt: 'you › ' });
      let before: Promise<void> = Promise.resolve();
      lines.on('line', (line) => {
        before = before
          .then(() => typed(line, receive))
          .catch((error: unknown) => {
            log.error({ err: error }, 'a typed line was not taken in');
            screen.print('not taken in', toCxrError(error).message);
          });
      });
      lines.on('close', () => void before.then(leave));
      screen.print(
        'CXR-LLaVA',
        'Type the path of a chest radiograph (or drag the file here), then ask. /help shows more, /quit ends.',
      );
      lines.prompt();
    },
    async stop() {
      lines?.removeAllListeners('close');
      lines?.close();
      lines = null;
    },
    async reply(where, { key, answers }) {
      const id = createHash('sha256').update(`${where.thread} ${key}`).digest('hex').slice(0, 6);
      return replyOf(id, answers ?? '');
    },
    read: readFile,
    health: () => (lines === null ? { ready: false, detail: 'stopped' } : { ready: true }),
  };

  function replyOf(id: string, answers: string): Reply {
    const title = `cxr ${id}`;
    return {
      post: id,
      async update(text) {
        screen.draft(id, title, text);
      },
      async finish(content) {
        buttons.show(id, content.controls ?? []);
        asked.delete(answers);
        screen.draft(id, title, null);
        if (content.controls !== undefined && content.controls.length > 0) latestPost = id;
        screen.print(title, blockOf(content, keep(id, content)));
      },
      async fail(sentence) {
        asked.delete(answers);
        screen.draft(id, title, null);
        screen.print(title, sentence);
      },
    };
  }

  /** Pictures and files of a reply stay at hand for /save; none given leaves the earlier ones. */
  function keep(id: string, content: ReplyContent): readonly { name: string }[] {
    const pictures = content.pictures?.map(({ png, name }) => ({ name, bytes: png }));
    const files = content.files?.map(({ bytes, name }) => ({ name, bytes }));
    if (pictures !== undefined || files !== undefined) kept.set(id, [...(pictures ?? []), ...(files ?? [])]);
    const mine = kept.get(id) ?? [];
    if (kept.size > 50) kept.delete(kept.keys().next().value ?? '');
    if (mine.length > 0) latestFiles = mine;
    return mine;
  }
}

function blockOf(content: ReplyContent, files: readonly { name: string }[]): string {
  const alts = new Map(content.pictures?.map(({ name, alt }) => [name, `: ${alt}`]));
  const shown = files.map(({ name }) => `[${name}${alts.get(name) ?? ''}]`);
  const hint = files.length > 0 ? ['(/save FOLDER keeps it)'] : [];
  const controls = content.controls?.map(({ action, label }) => `/${action} ${label}`) ?? [];
  const text = tablesAsLists(content.text);
  const blocks = [text, [...shown, ...hint].join('\n'), controls.length > 0 ? `[${controls.join(' · ')}]` : ''];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function attachmentOf({ path, name, mediaType, size }: TypedFile): Attachment {
  const id = createHash('sha256').update(`${path} ${size} ${Date.now()}`).digest('hex').slice(0, 16);
  return { id, name, mediaType, size, reference: JSON.stringify({ path }) };
}

async function readFile(
  attachment: Attachment,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Promise<Uint8Array> {
  const { path } = JSON.parse(attachment.reference ?? '{}') as { path?: string };
  if (path === undefined) throw new CxrError('attachment-unavailable', 'The file is no longer there.');
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of createReadStream(path, { signal }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new CxrError('image-too-large', 'The file is too large.');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof CxrError) throw error;
    if (signal.aborted) throw new CxrError('aborted', 'Stopped.', { cause: error });
    throw new CxrError('attachment-unavailable', 'The file can no longer be read.', { cause: error });
  }
  return new Uint8Array(Buffer.concat(chunks));
}
