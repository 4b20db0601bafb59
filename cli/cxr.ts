#!/usr/bin/env node
// The `cxr` command: finds the subcommand's file, loads only that one, and turns errors into a sentence and an exit code.
import { Command, CommanderError } from 'commander';
import { toCxrError } from '../engine/error.ts';
import { endQuietlyWhenClosed } from './closed-pipe.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { fileTrouble } from './file-trouble.ts';
import { versionOf } from './package-root.ts';

type AddCommand = (program: Command) => void;

/** Subcommand → its file. Each file exports one `addXCommand(program)`; add a line here for a new one. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  read: async () => (await import('./commands/read.ts')).addReadCommand,
  encode: async () => (await import('./commands/encode.ts')).addEncodeCommand,
  chat: async () => (await import('./commands/chat.ts')).addChatCommand,
  resume: async () => (await import('./commands/chat.ts')).addResumeCommand,
  list: async () => (await import('./commands/conversations.ts')).addListCommand,
  forget: async () => (await import('./commands/conversations.ts')).addForgetCommand,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctorCommand,
  convert: async () => (await import('./commands/convert.ts')).addConvertCommand,
  bundle: async () => (await import('./commands/bundle.ts')).addBundleCommand,
  label: async () => (await import('./commands/label.ts')).addLabelCommand,
  prompts: async () => (await import('./commands/prompts.ts')).addPromptsCommand,
  refine: async () => (await import('./commands/prepare.ts')).addRefineCommand,
  'generate-qa': async () => (await import('./commands/prepare.ts')).addGenerateQaCommand,
  'make-dataset': async () => (await import('./commands/prepare.ts')).addMakeDatasetCommand,
  cases: async () => (await import('./commands/cases.ts')).addCasesCommand,
  eval: async () => (await import('./commands/eval.ts')).addEvalCommand,
};

async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('cxr')
    .description(
      'Drafts chest X-ray reports and talks about them, by the method of the CXR-LLaVA paper. Not a medical device.',
    )
    .version(versionOf() ?? 'unknown')
    .exitOverride()
    .showHelpAfterError('(cxr --help, or cxr COMMAND --help, shows how it is used)')
    .enablePositionalOptions();
  const wanted = argv.find((argument) => !argument.startsWith('-'));
  const only = wanted === undefined ? undefined : COMMANDS[wanted];
  for (const load of only === undefined ? Object.values(COMMANDS) : [only]) (await load())(program);
  inherit(program);
  return program;
}

/** Subcommands, and theirs, end and explain themselves as the program does. */
function inherit(parent: Command): void {
  for (const command of parent.commands) inherit(command.exitOverride().copyInheritedSettings(parent) as Command);
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const program = await createProgram(argv);
    await program.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    // Commander has printed its own message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const shown = toCxrError(error);
    const trouble = shown.code === 'internal' ? fileTrouble(error) : null;
    process.stderr.write(`cxr: ${trouble ?? shown.message}\n`);
    if (process.env.CXR_DEBUG !== undefined) console.error(error);
    else if (shown.code === 'internal' && trouble === null)
      process.stderr.write('Set CXR_DEBUG=1 to see the details.\n');
    return exitCodeOf(shown);
  }
}

endQuietlyWhenClosed(process.stdout);
process.exitCode = await main(process.argv.slice(2));
