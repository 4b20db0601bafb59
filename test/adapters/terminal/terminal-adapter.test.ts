// The terminal chat passes the adapter conformance suite, and reads typed lines as people type them.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { createTerminalAdapter } from '../../../adapters/terminal/terminal-adapter.ts';
import { readTypedLine } from '../../../adapters/terminal/typed-line.ts';
import type { Adapter } from '../../../bot/contract.ts';
import {
  type AdapterHarness,
  describeAdapter,
  type PostOptions,
  type SeenForm,
  type SeenPost,
} from '../conformance.ts';

/** Of the suite's form: after its answer nothing more is asked. */
const LAST_LABEL = 'What else could it be?';

describeAdapter('terminal', async (): Promise<AdapterHarness> => {
  const folder = mkdtempSync(join(tmpdir(), 'cxr-terminal-'));
  let input = new PassThrough();
  let screen = '';
  let lines = 0;
  let threads = 1;
  let saves = 0;
  /** Questions that were seen before the one that is waited for. */
  let asked = 0;
  const type = (line: string): void => void input.write(`${line}\n`);

  async function post({ thread, text = '', files = [] }: PostOptions) {
    if (thread === undefined && lines > 0) {
      type('/new');
      threads += 1;
    }
    lines += 1;
    const paths = files.map((file) => {
      const path = join(folder, file.name);
      writeFileSync(path, file.bytes);
      return `'${path}'`;
    });
    type([text, ...paths].join(' '));
    return { thread: `terminal:s:${threads}`, message: `s-${lines}` };
  }

  /** A block that is printed again under the same name replaces the earlier one. */
  async function seen(): Promise<SeenPost[]> {
    const blocks = [...screen.matchAll(/── cxr (\w+)( \(unfinished\))? ──\n([\s\S]*?)\n\n(?=──|you ›|$)/g)];
    const latest = new Map(blocks.map((block) => [block[1] ?? '', block]));
    return Promise.all([...latest.values()].map(seenPost));
  }

  async function seenPost([, id = '', unfinished, block = '']: RegExpMatchArray): Promise<SeenPost> {
    const buttons = /\n\n\[(\/[^\]]*)\]$/.exec(block);
    const names = [...block.matchAll(/^\[([\w.-]+)(: [^\]]*)?\]$/gm)].map((match) => match[1] ?? '');
    const saved = names.length > 0 ? await savedFiles() : [];
    const text = block.split(/\n\n\[[\w./-]/)[0] ?? '';
    return {
      id,
      parts: [text],
      unfinished: unfinished !== undefined,
      controls: (buttons?.[1]?.split(' · ') ?? []).map((button) => {
        const [action = '', ...label] = button.slice(1).split(' ');
        return { action, label: label.join(' ') };
      }),
      pictures: saved.filter(({ name }) => name.endsWith('.png') && names.includes(name)),
      files: saved.filter(({ name }) => !name.endsWith('.png') && names.includes(name)),
    };
  }

  const forms = () => [...screen.matchAll(/── form ──\n([\s\S]*?)\n\n/g)].map((block) => block[1] ?? '');
  const nextForm = () =>
    vi.waitFor(
      () => {
        const found = forms()[asked];
        if (found === undefined) throw new Error('no further question');
        return found;
      },
      { timeout: 10_000 },
    );

  /** One question: `title. …`, then `label (…):`, then numbered options. */
  function seenForm(block: string): SeenForm {
    const lines = block.split('\n');
    const at = lines.findIndex((line) => line.endsWith(':'));
    const [, label = '', optional] = /^(.*?)( \(an empty line leaves it out\))?:$/.exec(lines[at] ?? '') ?? [];
    const options = lines.slice(at + 1).map((line) => line.replace(/^\d+\. /, ''));
    const title = /^(.*?)\. Each line/.exec(lines[0] ?? '')?.[1] ?? '';
    return { title, fields: [{ label, options, required: optional === undefined }] };
  }

  async function savedFiles() {
    saves += 1;
    const target = join(folder, `saved-${saves}`);
    type(`/save ${target}`);
    await vi.waitFor(() => expect(screen).toContain(`${target}/`), { timeout: 10_000 });
    return readdirSync(target).map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(target, name))) }));
  }

  return {
    alone: true,
    forgetsOnCrash: true,
    async adapter() {
      input = new PassThrough();
      const output = new PassThrough();
      output.on('data', (chunk: Buffer) => {
        screen += chunk.toString('utf8');
      });
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      return createTerminalAdapter({ input, output, log, session: 's' });
    },
    async crash(adapter: Adapter) {
      await adapter.stop();
    },
    post,
    seen,
    pings: async () => [],
    links: async () => [],
    async press(_thread, _post, action) {
      type(`/${action}`);
    },
    async openForm(_thread, _post, action) {
      asked = forms().length;
      type(`/${action}`);
      return seenForm(await nextForm());
    },
    async submitForm(answers) {
      for (let form = forms().at(-1) ?? ''; ; form = await nextForm()) {
        const { label } = seenForm(form).fields[0] ?? { label: '' };
        if (form.startsWith('Please')) {
          type('/cancel');
          await vi.waitFor(() => expect(screen).toContain('Nothing was sent.'), { timeout: 10_000 });
          return false;
        }
        asked = forms().length;
        type(answers[label] ?? '');
        if (label === LAST_LABEL) return true;
      }
    },
    told: async () => [],
    async command(name, argument) {
      type(`/${name} ${argument}`);
    },
    async close() {
      input.end();
    },
  };
});

test('a typed line is words, files and commands as a shell would take them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cxr typed '));
  const path = join(folder, 'my film.PNG');
  writeFileSync(path, 'x');
  const file = { path, name: 'my film.PNG', mediaType: 'image/png', size: 1 };
  expect(readTypedLine(`'${path}' what is this?`)).toEqual({ kind: 'message', text: 'what is this?', files: [file] });
  expect(readTypedLine(path.replaceAll(' ', '\\ '))).toEqual({ kind: 'message', text: '', files: [file] });
  expect(readTypedLine(`/read "${path}" basic`)).toEqual({
    kind: 'command',
    name: 'read',
    argument: 'basic',
    files: [file],
  });
  expect(readTypedLine('Is the heart/lung ratio normal?')).toEqual({
    kind: 'message',
    text: 'Is the heart/lung ratio normal?',
    files: [],
  });
  expect(readTypedLine('   ')).toEqual({ kind: 'empty' });
});

test('a text cannot command the terminal', async () => {
  const output = new PassThrough();
  let screen = '';
  output.on('data', (chunk: Buffer) => {
    screen += chunk.toString('utf8');
  });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const adapter = createTerminalAdapter({ input: new PassThrough(), output, log, session: 's' });
  await adapter.start(async () => 'ignored');
  const reply = await adapter.reply(
    { thread: 'terminal:s:1', channel: 'terminal', space: '', isDirect: true },
    { key: 'k' },
  );
  await reply.finish({ text: 'red \u001b[31m\u001b]0;title\u0007 \u0008end' });
  await adapter.stop();
  expect(screen).toContain('red');
  for (const character of ['\u001b', '\u0007', '\u0008']) expect(screen).not.toContain(character);
});
