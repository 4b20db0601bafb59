// `cxr chat` and `cxr resume`: a conversation in the terminal, streamed; Ctrl-C stops an answer, Ctrl-D or /quit ends.
import { createInterface, type Interface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { Conversation, EncodedImage } from '../../engine/engine.ts';
import { toCxrError } from '../../engine/error.ts';
import { type OpenedEngine, openEngine } from '../../engine/open-engine.ts';
import { REPORT_PROMPTS } from '../../prompts/paper.ts';
import {
  addEngineOptions,
  addSamplingOptions,
  type EngineFlags,
  engineOptionsOf,
  openStore,
  type SamplingFlags,
  samplingOf,
} from '../engine-flags.ts';
import { readImageFile } from '../image-file.ts';
import { confirmationLine, draftNotice, findingLines, questionLine, styleFor } from '../report-text.ts';
import { spelled } from '../spelling.ts';
import { createStatusLine } from '../status-line.ts';

interface ChatFlags extends EngineFlags, SamplingFlags {
  force?: boolean;
}

const HELP = `Ask anything about the film. Also:
  /report          the report, by the paper’s prompt
  /confirm FINDING yes or no, beside what the encoder says
  /image FILE      another film for the next question
  /help, /quit     Ctrl-C stops an answer, Ctrl-D ends`;

export function addChatCommand(program: Command): void {
  const command = program
    .command('chat')
    .description('talk about a chest radiograph in the terminal')
    .argument('<image>', 'PNG, JPEG, WebP, TIFF or DICOM file')
    .option('--force', 'read on although this does not look like a chest radiograph', false);
  addSamplingOptions(addEngineOptions(command)).action((path: string, flags: ChatFlags) =>
    withEngine(flags, async (engine) => {
      const image = await encodeFile(engine, path, flags);
      const conversation = await engine.start(image);
      for (const line of findingLines(image.findings, styleFor(process.stdout))) print(line);
      return conversation;
    }),
  );
}

export function addResumeCommand(program: Command): void {
  const command = program
    .command('resume')
    .description('go on with a stored conversation')
    .argument('<id>', 'as cxr list shows it')
    .option('--force', 'read on although an added image does not look like a chest radiograph', false);
  addSamplingOptions(addEngineOptions(command)).action((id: string, flags: ChatFlags) =>
    withEngine(flags, async (engine) => {
      const conversation = await engine.resume(id);
      const style = styleFor(process.stdout);
      for (const { question, answer } of conversation.turns) print(`${questionLine(question, style)}\n${answer}\n`);
      return conversation;
    }),
  );
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function encodeFile(engine: OpenedEngine, path: string, { force = false }: ChatFlags): Promise<EncodedImage> {
  const image = await engine.encode(await readImageFile(path), { force });
  for (const warning of image.warnings) process.stderr.write(`Note: ${warning}\n`);
  return image;
}

async function withEngine(flags: ChatFlags, open: (engine: OpenedEngine) => Promise<Conversation>): Promise<void> {
  const store = await openStore();
  const status = createStatusLine();
  status.set('Loading the models');
  const engine = await openEngine({ ...engineOptionsOf(flags), sequences: 1, store });
  try {
    const conversation = await open(engine);
    status.set(null);
    const lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: process.stdin.isTTY === true,
      history: conversation.turns.map(({ question }) => question).reverse(),
    });
    if (process.stdin.isTTY) print(`${styleFor(process.stdout).dim(HELP)}\n`);
    await converse(engine, conversation, lines, flags);
    print(styleFor(process.stdout).dim(draftNotice(engine.bundle)));
    process.stderr.write(`Kept; go on with: ${spelled(`resume ${conversation.id}`)}\n`);
  } finally {
    status.set(null);
    await engine.close();
    await store.disconnect();
  }
}

async function converse(
  engine: OpenedEngine,
  conversation: Conversation,
  lines: Interface,
  flags: ChatFlags,
): Promise<void> {
  let stop: AbortController | undefined;
  let nextImage: number | undefined;
  // At the prompt Ctrl-C clears the line, as in a shell; during an answer it stops the answer.
  lines.on('SIGINT', () => {
    if (stop === undefined) lines.write(null, { ctrl: true, name: 'u' });
    else stop.abort();
  });

  async function answer(question: string): Promise<void> {
    const status = createStatusLine();
    status.set('Thinking');
    stop = new AbortController();
    const stream = conversation.ask(question, {
      ...samplingOf(flags),
      ...(nextImage === undefined ? {} : { image: nextImage }),
      signal: stop.signal,
    });
    try {
      for await (const piece of stream) {
        status.set(null);
        process.stdout.write(piece);
      }
      nextImage = undefined;
      print((await stream.turn).stopReason === 'aborted' ? ' (stopped)\n' : '\n');
    } finally {
      status.set(null);
      stop = undefined;
    }
  }

  /** By name or label, on the latest film; a bundle whose encoder tells no findings is asked whatever is wished. */
  async function confirm(wish: string): Promise<void> {
    const findings = conversation.images.at(-1)?.findings ?? [];
    const wanted = wish.toLowerCase();
    const finding = findings.find(({ name, label }) => [name, label.toLowerCase()].includes(wanted));
    if (wish === '' || (findings.length > 0 && finding === undefined)) {
      const names = findings.length > 0 ? findings.map(({ name }) => name).join(', ') : 'effusion, edema …';
      return print(`Which finding? ${names}`);
    }
    if (finding?.assessed === false) return print(`${finding.label} is not assessed on this film.`);
    const asked = finding ?? { name: wish, label: wish, assessed: true, probability: null, threshold: null };
    print(confirmationLine(await conversation.confirm(asked.name), asked));
  }

  async function handle(line: string): Promise<void> {
    const [, command, rest = ''] = /^\/(\w+)\s*(.*)$/.exec(line) ?? [];
    if (command === undefined) return answer(line);
    if (command === 'report') return answer(REPORT_PROMPTS.specific);
    if (command === 'confirm') return confirm(rest);
    if (command === 'help') return print(HELP);
    if (command !== 'image') return print(`There is no /${command}.\n${HELP}`);
    nextImage = await conversation.addImage(await encodeFile(engine, rest, flags));
    print('The next question is about this film too.');
  }

  lines.setPrompt('› ');
  lines.prompt();
  for await (const typed of lines) {
    const line = typed.trim();
    if (line === '/quit') break;
    try {
      if (line !== '') await handle(line);
    } catch (error) {
      print(toCxrError(error).message);
    }
    lines.prompt();
  }
  lines.close();
}
