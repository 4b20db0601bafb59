// `npm run bench`: how fast and how large, measured on this machine; a table for people and JSON for programs. Not a test: nothing fails for being slow.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { PACKAGE_ROOT, SHIPPED_BUNDLE } from '../../cli/package-root.ts';
import { drawPhantom } from '../../engine/phantom.ts';
import { measureConcurrency } from './concurrency.ts';
import { measureDecode } from './decode.ts';
import type { BenchContext, Measurement } from './measurement.ts';
import { measureProcess } from './process.ts';
import { measureSlack, measureSlackEndurance } from './slack.ts';
import { measureStages } from './stages.ts';

/** Name for `--only` → what it measures. */
const SECTIONS: Readonly<Record<string, (context: BenchContext) => Promise<Measurement[]>>> = {
  process: measureProcess,
  stages: measureStages,
  decode: measureDecode,
  concurrency: measureConcurrency,
  slack: measureSlack,
  'slack-endurance': measureSlackEndurance,
};

/** Sections that take long run only when they are named. */
const ONLY_BY_NAME = ['slack-endurance'];

interface BenchFlags {
  bundle: string;
  only?: string[];
  rounds: string;
  json?: string;
}

function machine() {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    date: new Date().toISOString(),
  };
}

function table(measurements: readonly Measurement[]): string {
  const rows = measurements.map(({ name, value, unit, target, isMet }) => [
    name,
    `${format(value)} ${unit}`.trim(),
    target ?? '',
    isMet === undefined ? '' : isMet ? 'met' : 'MISSED',
  ]);
  const header = ['measure', 'value', 'target', ''];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

function format(value: number): string {
  return Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

async function main(flags: BenchFlags): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'cxr-bench-'));
  const image = join(dir, 'film.png');
  await writeFile(image, await drawPhantom({ kind: 'effusion' }));
  const measurements: Measurement[] = [];
  try {
    for (const name of flags.only ?? Object.keys(SECTIONS).filter((each) => !ONLY_BY_NAME.includes(each))) {
      const measure = SECTIONS[name];
      if (measure === undefined) continue;
      process.stderr.write(`measuring ${name} …\n`);
      const cxr = join(PACKAGE_ROOT, 'dist', 'cli', 'cxr.js');
      measurements.push(...(await measure({ bundleDir: flags.bundle, image, cxr, rounds: Number(flags.rounds), dir })));
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  const on = machine();
  const result = JSON.stringify({ machine: on, bundle: flags.bundle, measurements }, null, 2);
  process.stdout.write(
    `${on.processor}, ${on.cores} cores, ${on.memoryGiB} GiB, Node.js ${on.node}\n\n${table(measurements)}\n\n`,
  );
  if (flags.json === undefined) process.stdout.write(`${result}\n`);
  else await writeFile(flags.json, `${result}\n`);
}

const program = new Command('bench')
  .addOption(new Option('--only <section...>', 'measure only these').choices(Object.keys(SECTIONS)))
  .addOption(new Option('--bundle <dir>').env('BUNDLE_DIR').default(SHIPPED_BUNDLE, 'models/micro'))
  .option('--rounds <n>', 'repetitions of which the median is taken', '5')
  .option('--json <file>', 'write the JSON there instead of printing it')
  .action((flags: BenchFlags) => main(flags));
await program.parseAsync();
