// Measures the started program over the local Slack: how soon events are acknowledged and answered, and that a long run with faults loses and doubles nothing.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { readThread } from '../support/slack-server/looking.ts';
import { createSlackServer, type SlackServer } from '../support/slack-server/slack-server.ts';
import { availableBundle, type StartedProgram, startProgram } from '../support/started-program.ts';
import { writeToyBundle } from '../support/toy-bundle.ts';

export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** What the figure must not exceed. */
  limit?: number;
}

export interface Section {
  name: string;
  run(say: (line: string) => void): Promise<Figure[]>;
}

const UPLOADS_AT_ONCE = 20;
const ROUNDS = 5;
const THREADS = Number(process.env.BENCH_THREADS ?? 200);
const TURNS = 5;
const THREADS_AT_ONCE = 12;
const ANSWER_TIMEOUT_MS = 600_000;

interface Bench {
  server: SlackServer;
  program: StartedProgram;
  film: { name: string; mimetype: string; bytes: Uint8Array };
  close(): Promise<void>;
}

async function begin(say: (line: string) => void): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'cxr-bench-'));
  const bundle = availableBundle();
  if (bundle === null) say('no models/micro and no BUNDLE_DIR: measured with a toy bundle of random weights');
  const server = await createSlackServer();
  const program = await startProgram({
    SLACK_BOT_TOKEN: server.tokens.bot,
    SLACK_APP_TOKEN: server.tokens.app,
    SLACK_API_URL: server.apiUrl,
    STATE_URL: `sqlite://${join(folder, 'state.sqlite')}`,
    BUNDLE_DIR: bundle ?? (await writeToyBundle(join(folder, 'bundle'), { contextTokens: 1_024 })),
    LOG_LEVEL: 'error',
    GPU: 'off',
    RATE_LIMIT_PER_MINUTE: '10000',
    QUEUE_LIMIT: '1000',
  });
  await program.ready(ANSWER_TIMEOUT_MS);
  return {
    server,
    program,
    film: { name: 'film.png', mimetype: 'image/png', bytes: await drawFilm() },
    async close() {
      await program.end('SIGTERM');
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A grey 1024 × 1024 picture of the size and entropy of a film; what it shows does not matter here. */
async function drawFilm(): Promise<Uint8Array> {
  const noise = { type: 'gaussian' as const, mean: 120, sigma: 40 };
  const picture = sharp({ create: { width: 1_024, height: 1_024, channels: 3, background: '#808080', noise } });
  return new Uint8Array(await picture.blur(3).greyscale().png().toBuffer());
}

async function answered(server: SlackServer, channel: string, thread: string, count: number): Promise<boolean> {
  for (const deadline = Date.now() + ANSWER_TIMEOUT_MS; Date.now() < deadline; await sleep(50)) {
    const replies = readThread(server, channel, thread);
    if (replies.length >= count && replies.every((reply) => reply.finished)) return true;
  }
  return false;
}

export const slack: Section = {
  name: 'slack',
  async run(say) {
    const bench = await begin(say);
    const { server } = bench;
    const receiptMs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const posts = Array.from({ length: UPLOADS_AT_ONCE }, (_, index) => {
        const channel = `C0BENCH${index % 4}`;
        return {
          channel,
          at: Date.now(),
          ...server.people.post({ channel, files: [bench.film], user: `U0READER${index}` }),
        };
      });
      await Promise.all(
        posts.map(async ({ channel, thread, at }) => {
          while (readThread(server, channel, thread).length === 0) await sleep(5);
          receiptMs.push(Date.now() - at);
        }),
      );
      for (const { channel, thread } of posts) await answered(server, channel, thread, 1);
    }
    const ackMs = server.delivery.deliveries.flatMap(({ attempts }) =>
      attempts.map((attempt) => (attempt.acknowledgedAt ?? Number.POSITIVE_INFINITY) - attempt.at),
    );
    await bench.close();
    return [
      { what: 'events', value: ackMs.length, unit: '' },
      { what: 'acknowledgement p50', value: percentile(ackMs, 0.5), unit: 'ms' },
      { what: 'acknowledgement p99', value: percentile(ackMs, 0.99), unit: 'ms', limit: 500 },
      { what: 'receipt p50', value: percentile(receiptMs, 0.5), unit: 'ms' },
      { what: 'receipt p95', value: percentile(receiptMs, 0.95), unit: 'ms', limit: 1_500 },
    ];
  },
};

export const slackEndurance: Section = {
  name: 'slack-endurance',
  async run(say) {
    const bench = await begin(say);
    const { server, program } = bench;
    server.delivery.options.retryDelaysMs = [0, 2_000, 5_000, 10_000, 20_000];
    const kinds = ['rate-limit', 'server-error', 'error-after', 'disconnect', 'disconnect-after', 'slow'] as const;
    server.faults.random({ probability: 0.03, kinds, seed: 17 });
    const breaking = setInterval(() => server.delivery.disconnect('drop'), 15_000);
    const memoryMb: number[] = [];
    const watching = setInterval(() => memoryMb.push(residentMb(program.pid)), 1_000);
    const threads: { channel: string; thread: string }[] = [];
    let next = 0;
    async function reader(): Promise<void> {
      for (let index = next++; index < THREADS; index = next++) {
        const channel = `C0LONG${index % 10}`;
        const user = `U0READER${index}`;
        const { thread } = server.people.post({ channel, files: [bench.film], user });
        threads.push({ channel, thread });
        if (!(await answered(server, channel, thread, 1))) return;
        for (let turn = 2; turn <= TURNS; turn += 1) {
          server.people.post({ channel, thread, text: `Question ${turn}: is the heart enlarged?`, user });
          if (!(await answered(server, channel, thread, turn))) return;
        }
        if (index % 20 === 19) say(`${index + 1} of ${THREADS} threads, ${memoryMb.at(-1) ?? 0} MB`);
      }
    }
    await Promise.all(Array.from({ length: THREADS_AT_ONCE }, reader));
    clearInterval(breaking);
    clearInterval(watching);
    server.faults.clear();
    while (server.delivery.pending() > 0) await sleep(100);
    const counts = threads.map(
      ({ channel, thread }) => readThread(server, channel, thread).filter((reply) => reply.finished).length,
    );
    const quarter = Math.max(1, Math.floor(memoryMb.length / 4));
    await bench.close();
    return [
      { what: 'turns asked', value: threads.length * TURNS, unit: '' },
      { what: 'faults played', value: sum(Object.values(server.faults.played())), unit: '' },
      {
        what: 'answers lost',
        value: THREADS * TURNS - sum(counts.map((count) => Math.min(count, TURNS))),
        unit: '',
        limit: 0,
      },
      { what: 'answers doubled', value: sum(counts.map((count) => Math.max(0, count - TURNS))), unit: '', limit: 0 },
      {
        what: 'memory, second quarter (median)',
        value: percentile(memoryMb.slice(quarter, 2 * quarter), 0.5),
        unit: 'MB',
      },
      { what: 'memory, last quarter (median)', value: percentile(memoryMb.slice(-quarter), 0.5), unit: 'MB' },
    ];
  },
};

/** Resident memory of a process on Linux; NaN elsewhere. */
function residentMb(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return Math.round((pages * 4_096) / 1e6);
  } catch {
    return Number.NaN;
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

const SECTIONS: readonly Section[] = [slack, slackEndurance];

// `npm run bench:slack` runs these sections alone.
if (process.argv[1]?.endsWith('bench/slack.js') === true) {
  const wanted = process.argv.slice(2);
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
  for (const section of SECTIONS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const figures = await section.run((line) => console.log(`  ${line}`));
    console.log(section.name);
    for (const { what, value, unit, limit } of figures) {
      const verdict = limit === undefined ? '' : value <= limit ? `  (≤ ${limit}: yes)` : `  (≤ ${limit}: NO)`;
      console.log(`  ${what.padEnd(34)} ${value} ${unit}${verdict}`);
    }
  }
}
