// `cxr cases`: looks after case libraries on disk: check, list, draw a sample. Playing them is the bot's business.
import { type Command, Option } from 'commander';
import type { CaseProblem } from '../../bot/teaching/library/case-file.ts';
import { type LibraryLimits, openCaseLibrary } from '../../bot/teaching/library/library-folder.ts';
import { CxrError } from '../../engine/error.ts';
import { DECODE_LIMITS } from '../../engine/image/limits.ts';
import { EXIT } from '../exit-code.ts';
import { wholeNumber } from '../number-option.ts';
import { spelled } from '../spelling.ts';
import { createStatusLine } from '../status-line.ts';

interface LibraryFlags {
  maxImages: number;
  json: boolean;
}

export function addCasesCommand(program: Command): void {
  const cases = program
    .command('cases')
    .description('teaching cases: check, list or draw a case library (docs/teaching.md)');
  const folder = (name: string, description: string) =>
    cases
      .command(name)
      .description(description)
      .argument('<dir>', 'folder of the library')
      .addOption(
        new Option('--max-images <n>', 'images of one case that are read')
          .env('MAX_IMAGES')
          .argParser(wholeNumber(1))
          .default(4),
      )
      .option('--json', 'print one JSON line for each', false);
  folder('check', 'read every case and image; each mistake is told as file:line:column').action(check);
  folder('list', 'list the cases that can be opened').action(list);
  cases
    .command('sample')
    .description('write a library of three cases drawn by code, to try things out')
    .argument('<dir>', 'a folder that is new or empty')
    .action(sample);
}

async function check(dir: string, { maxImages, json }: LibraryFlags): Promise<void> {
  const { decodeImage } = await import('../../engine/image/decode.ts');
  const limits = limitsOf(maxImages);
  const { cases, problems } = await openCaseLibrary(dir, { ...limits, inspect: (bytes) => decodeImage(bytes) });
  for (const problem of problems) print(json ? JSON.stringify(problem) : shown(problem));
  const errors = problems.filter(({ level }) => level === 'error').length;
  const warnings = problems.length - errors;
  process.stderr.write(
    `${counted(cases.length, 'good case')}, ${counted(errors, 'error')}, ${counted(warnings, 'warning')}.\n`,
  );
  if (errors > 0) process.exitCode = EXIT.refusedInput;
  else refuseEmpty(cases.length);
}

async function list(dir: string, { maxImages, json }: LibraryFlags): Promise<void> {
  const { cases, problems } = await openCaseLibrary(dir, limitsOf(maxImages));
  for (const each of cases) {
    const { name, title, difficulty, tags, images } = each;
    const facts = [...(difficulty === null ? [] : [difficulty]), ...tags, counted(images.length, 'film')].join(', ');
    print(json ? JSON.stringify(each) : `${name}  ${title} (${facts})`);
  }
  if (problems.some(({ level }) => level === 'error'))
    process.stderr.write(`Some files cannot be used; "${spelled('cases check')}" says why.\n`);
  refuseEmpty(cases.length);
}

async function sample(dir: string): Promise<void> {
  const status = createStatusLine();
  status.set('Drawing three films');
  try {
    const { writeSampleLibrary } = await import('../sample-library.ts');
    const files = await writeSampleLibrary(dir);
    status.set(null);
    for (const file of files) print(file);
  } finally {
    status.set(null);
  }
}

function limitsOf(maxImages: number): LibraryLimits {
  return { maxImages, maxImageBytes: DECODE_LIMITS.maxBytes };
}

function shown({ file, line, column, level, sentence }: CaseProblem): string {
  return `${file}:${line}:${column}: ${level === 'warning' ? 'warning: ' : ''}${sentence}`;
}

function refuseEmpty(cases: number): void {
  if (cases === 0) throw new CxrError('usage', 'There is no case in that folder.');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
