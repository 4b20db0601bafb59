// `npm run bench:full`: speed and memory at the published models' true shapes, with random weights; each section in a process of its own.
import { fork } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Machine, machine, q4Kernel } from './machine.ts';
import { type Section, type SectionResult, tableText } from './section.ts';
import { SHAPE_NAMES, type ShapeName } from './shapes.ts';

const SECTIONS: Readonly<Record<string, () => Promise<Section>>> = {
  encoder: async () => (await import('./encoder-section.ts')).encoderSection,
  'first-word': async () => (await import('./first-word-section.ts')).firstWordSection,
  tokens: async () => (await import('./tokens-section.ts')).tokensSection,
  decode: async () => (await import('./decode-section.ts')).decodeSection,
  'follow-up': async () => (await import('./follow-up-section.ts')).followUpSection,
  memory: async () => (await import('./memory-section.ts')).memorySection,
  prefill: async () => (await import('./prefill-section.ts')).prefillSection,
};

const USAGE = `npm run bench:full -- [SECTION…] [--keep] [--again] [--shape true|tiny] [--threads N] [--dir FOLDER] [--json FILE]

Sections: ${Object.keys(SECTIONS).join(', ')} (all by default).
Models of true shape need 14 GB of disk and 16 GB of memory (prefill: 21 GB of disk).
  --keep    leave the model files for the next run
  --again   measure sections anew that were measured before
  --json    where the figures are kept (default: in the folder for temporary files)
`;

interface Measured extends SectionResult {
  machine: Machine;
  kernel?: string;
  date: string;
  seconds: number;
}

interface Run {
  dir: string;
  shape: ShapeName;
  threads: number;
}

async function runSection(name: string, run: Run): Promise<SectionResult & { kernel?: string }> {
  const load = SECTIONS[name];
  if (!load) throw new RangeError(`There is no section ${name}.`);
  const section = await load();
  const result = await section({
    ...run,
    log: (text) => process.stderr.write(`  ${name}: ${text}\n`),
  });
  const kernel = await q4Kernel();
  return kernel === undefined ? result : { ...result, kernel };
}

/** A process of its own: memory is free again, and figures do not depend on what ran before. */
function inOwnProcess(name: string, { dir, shape, threads }: Run): ReturnType<typeof runSection> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [
      '--child',
      name,
      '--dir',
      dir,
      '--shape',
      shape,
      '--threads',
      String(threads),
    ]);
    let result: Awaited<ReturnType<typeof runSection>> | undefined;
    child.on('message', (message) => {
      result = message as typeof result;
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (result && code === 0) resolve(result);
      else reject(new Error(`section ${name} ended with exit code ${code}`));
    });
  });
}

async function readResults(path: string): Promise<Record<string, Measured>> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  return JSON.parse(text) as Record<string, Measured>;
}

function describe({ machine: { processor, cores, memoryGiB, busyCores }, kernel, date }: Measured): string {
  const busy = busyCores > 0.3 ? [`other programs kept ${busyCores} cores busy before the section`] : [];
  const facts = [`${processor}, ${cores} cores, ${memoryGiB} GiB`, ...(kernel ? [kernel] : []), ...busy];
  return [...facts, date.slice(0, 10)].join('; ');
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      keep: { type: 'boolean', default: false },
      again: { type: 'boolean', default: false },
      shape: { type: 'string', default: 'true' },
      dir: { type: 'string' },
      json: { type: 'string' },
      threads: { type: 'string', default: String(availableParallelism()) },
      child: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const shape = SHAPE_NAMES.find((name) => name === values.shape);
  const unknown = positionals.find((name) => !(name in SECTIONS));
  const threads = Number(values.threads);
  if (values.help || !(Number.isInteger(threads) && threads > 0) || shape === undefined || unknown !== undefined) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const dir = values.dir ?? join(tmpdir(), `cxr-bench-full-${shape}`);
  const run: Run = { dir, shape, threads };
  if (values.child !== undefined) {
    const result = await runSection(values.child, run);
    process.send?.(result, () => process.exit(0));
    return;
  }
  const jsonPath = values.json ?? join(tmpdir(), `cxr-bench-full-${shape}.json`);
  const results = await readResults(jsonPath);
  await mkdir(dir, { recursive: true });
  for (const name of positionals.length > 0 ? positionals : Object.keys(SECTIONS)) {
    if (!results[name] || values.again) {
      const before = await machine();
      const start = performance.now();
      const result = await inOwnProcess(name, run);
      const seconds = Math.round((performance.now() - start) / 1000);
      results[name] = { ...result, machine: before, date: new Date().toISOString(), seconds };
      await writeFile(jsonPath, JSON.stringify(results, undefined, 2));
    }
    const measured = results[name];
    for (const table of measured?.tables ?? []) process.stdout.write(tableText(table));
    if (measured) process.stdout.write(`\n${describe(measured)}\n`);
  }
  process.stdout.write(`\nFigures: ${jsonPath}\n`);
  if (values.keep) process.stdout.write(`Models: ${dir}\n`);
  else await rm(dir, { recursive: true, force: true });
}

await main();
