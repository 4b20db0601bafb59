// What a person waits for: `cxr read` from process start to the report's first word and to the end of three turns, and its peak memory.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { atMost, type BenchContext, type Measurement, median } from './measurement.ts';

const FIRST_WORD_LIMIT_MS = 1500;
const DIALOGUE_LIMIT_MS = 6000;
const MEMORY_LIMIT_MB = 700;
const POLL_MS = 20;
/** The first line that begins with "› " is the question; the report follows it. */
const FIRST_WORD = /^› [^\n]*\n\S/m;

interface Run {
  firstWordMs: number;
  allMs: number;
  peakMb: number;
}

/** Linux only: the kernel's own high-water mark; 0 elsewhere. */
function peakKb(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function readOnce({ bundleDir, image, cxr }: BenchContext): Promise<Run> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [cxr, 'read', image, '--force', '--seed', '1', '--bundle', bundleDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let firstWordMs = Number.NaN;
    let highest = 0;
    const poll = setInterval(() => {
      highest = Math.max(highest, peakKb(child.pid ?? 0));
    }, POLL_MS);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (Number.isNaN(firstWordMs) && FIRST_WORD.test(output)) firstWordMs = performance.now() - started;
    });
    child.on('error', reject).on('close', (code) => {
      clearInterval(poll);
      if (code === 0) resolve({ firstWordMs, allMs: performance.now() - started, peakMb: highest / 1024 });
      else reject(new Error(`cxr read ended with ${code}`));
    });
  });
}

export async function measureProcess(context: BenchContext): Promise<Measurement[]> {
  await readOnce(context);
  const runs: Run[] = [];
  for (let round = 0; round < context.rounds; round++) runs.push(await readOnce(context));
  return [
    atMost(
      'first word of the report after process start',
      median(runs.map(({ firstWordMs }) => firstWordMs)),
      'ms',
      FIRST_WORD_LIMIT_MS,
    ),
    atMost('whole three-turn dialogue', median(runs.map(({ allMs }) => allMs)), 'ms', DIALOGUE_LIMIT_MS),
    atMost('peak memory', Math.max(...runs.map(({ peakMb }) => peakMb)), 'MB', MEMORY_LIMIT_MB),
  ];
}
