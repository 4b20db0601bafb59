// `cxr read`: one image, a report and questions in one conversation, as text for people or one JSON object for programs.
import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Confirmation, Conversation, EncodedImage, Finding, Turn } from '../../engine/engine.ts';
import { CxrError } from '../../engine/error.ts';
import { type OpenedEngine, openEngine } from '../../engine/open-engine.ts';
import { FIGURE_DIALOGUE, PROMPT_NAMES, type PromptName, REPORT_PROMPTS } from '../../prompts/paper.ts';
import {
  addEngineOptions,
  addSamplingOptions,
  type EngineFlags,
  engineOptionsOf,
  openMemoryStore,
  openStore,
  type SamplingFlags,
  samplingOf,
} from '../engine-flags.ts';
import { checkTarget } from '../file-trouble.ts';
import { readImageFile } from '../image-file.ts';
import { abortOnInterrupt } from '../interrupt.ts';
import { confirmationLine, draftNotice, findingLines, questionLine, styleFor } from '../report-text.ts';
import { spelled } from '../spelling.ts';
import { createStatusLine, type StatusLine } from '../status-line.ts';

interface ReadFlags extends EngineFlags, SamplingFlags {
  ask: string[];
  prompt?: PromptName;
  picture?: string;
  force: boolean;
  keep: boolean;
  json: boolean;
}

export function addReadCommand(program: Command): void {
  const command = program
    .command('read')
    .description('draft a report on a chest radiograph and answer questions about it')
    .argument('<image>', 'PNG, JPEG, WebP, TIFF or DICOM file')
    .option(
      '--ask <question>',
      'a question, after the report if there is one; may be given again',
      (question: string, all: string[]) => {
        if (question.trim() === '') throw new InvalidArgumentError('It must not be empty.');
        return [...all, question];
      },
      [] as string[],
    )
    .addOption(
      new Option(
        '--prompt <name>',
        'which of the paper’s report prompts; confirm also asks yes/no for every finding',
      ).choices(PROMPT_NAMES),
    )
    .option('--picture <file>', 'write a PNG of the radiograph with attention overlay and findings')
    .option('--force', 'read on although this does not look like a chest radiograph', false)
    .option('--keep', 'keep the conversation for cxr resume', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      '\nWith neither --ask nor --prompt it holds the dialogue of the paper’s figures: report, differential, further examination.',
    );
  addSamplingOptions(addEngineOptions(command)).action((path: string, flags: ReadFlags) => read(path, flags));
}

/** The questions of a run: the report's prompt if there is one, then each `--ask`; with neither the figures' three turns. */
function questionsOf({ prompt, ask }: ReadFlags): readonly string[] {
  if (prompt === undefined && ask.length === 0) return FIGURE_DIALOGUE;
  return [...(prompt === undefined ? [] : [REPORT_PROMPTS[prompt]]), ...ask];
}

async function read(path: string, flags: ReadFlags): Promise<void> {
  const { signal, release } = abortOnInterrupt();
  const status = createStatusLine();
  const startedMs = performance.now();
  if (flags.picture !== undefined) await checkTarget(flags.picture, [path]);
  const bytes = await readImageFile(path);
  const engine = await openEngine({
    ...engineOptionsOf(flags),
    sequences: 1,
    store: flags.keep ? await openStore() : await openMemoryStore(),
    eager: true,
  });
  try {
    const loaded = engine.ready().then(() => performance.now() - startedMs);
    loaded.catch(() => {});
    status.set('Reading the image');
    const image = await engine.encode(bytes, { force: flags.force, signal });
    if (flags.picture !== undefined) await writePicture(flags.picture, image, engine);
    status.set('Loading the language model');
    await loaded;
    status.set(null);
    const conversation = await engine.start(image);
    const output = flags.json ? quietOutput() : textOutput(engine, image, status);
    const { turns, confirmations } = await talk(conversation, image, flags, signal, output);
    if (flags.json) printJson(engine, image, turns, confirmations, await loaded);
    if (flags.keep) process.stderr.write(`Go on with: ${spelled(`resume ${conversation.id}`)}\n`);
  } finally {
    status.set(null);
    release();
    await engine.close();
  }
}

async function writePicture(path: string, image: EncodedImage, engine: OpenedEngine): Promise<void> {
  const { drawPanel } = await import('../../engine/panel.ts');
  await writeFile(path, await drawPanel(image, engine.bundle));
}

interface Output {
  question(text: string): void;
  piece(text: string): void;
  answered(): void;
  confirmation(confirmation: Confirmation, finding: Finding): void;
  end(): void;
}

function quietOutput(): Output {
  const nothing = () => {};
  return { question: nothing, piece: nothing, answered: nothing, confirmation: nothing, end: nothing };
}

function textOutput(engine: OpenedEngine, image: EncodedImage, status: StatusLine): Output {
  const style = styleFor(process.stdout);
  const line = (text = '') => process.stdout.write(`${text}\n`);
  for (const warning of image.warnings) process.stderr.write(`${styleFor(process.stderr).warn(`Note: ${warning}`)}\n`);
  const findings = findingLines(image.findings, style);
  for (const finding of findings) line(finding);
  if (findings.length > 0) line();
  return {
    question(text) {
      line(questionLine(text, style));
      status.set('Thinking');
    },
    piece(text) {
      status.set(null);
      process.stdout.write(text);
    },
    answered: () => line('\n'),
    confirmation: (confirmation, finding) => line(confirmationLine(confirmation, finding)),
    end: () => line(style.dim(draftNotice(engine.bundle))),
  };
}

async function talk(
  conversation: Conversation,
  image: EncodedImage,
  flags: ReadFlags,
  signal: AbortSignal,
  output: Output,
): Promise<{ turns: Turn[]; confirmations: Confirmation[] }> {
  const turns: Turn[] = [];
  const confirmations: Confirmation[] = [];
  for (const [index, question] of questionsOf(flags).entries()) {
    output.question(question);
    const stream = conversation.ask(question, { ...samplingOf(flags), signal });
    for await (const piece of stream) output.piece(piece);
    output.answered();
    turns.push(await stream.turn);
    if (signal.aborted) throw new CxrError('aborted', 'The answer was stopped.');
    if (index > 0 || flags.prompt !== 'confirm') continue;
    for (const finding of image.findings.filter(({ assessed }) => assessed)) {
      const confirmation = await conversation.confirm(finding.name, { signal });
      confirmations.push(confirmation);
      output.confirmation(confirmation, finding);
    }
    output.piece('\n');
  }
  output.end();
  return { turns, confirmations };
}

function printJson(
  engine: OpenedEngine,
  image: EncodedImage,
  turns: readonly Turn[],
  confirmations: readonly Confirmation[],
  loadMs: number,
): void {
  const { name, version } = engine.bundle;
  const { width, height, kind, isChestRadiograph } = image;
  const result = {
    bundle: { name, version },
    image: { width, height, kind, isChestRadiograph },
    findings: image.findings.map(({ name, label, assessed, probability }) => ({ name, label, assessed, probability })),
    turns: turns.map((turn) => ({
      question: turn.question,
      answer: turn.answer,
      answerTokenIds: turn.answerTokenIds,
      promptTokens: turn.promptTokens,
      evaluatedTokens: turn.evaluatedTokens,
      answerTokens: turn.answerTokens,
      msToFirstToken: turn.msToFirstToken,
      tokensPerSecond: turn.tokensPerSecond,
    })),
    confirmations,
    timings: { loadMs, encodeMs: image.encodeMs },
    warnings: image.warnings,
  };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}
