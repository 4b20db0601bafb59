// Measures the started program over the local Slack: how soon events are acknowledged and answered, and that a long run with faults loses and doubles nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readThread } from '../support/slack-server/looking.ts';
import { createSlackServer, type SlackServer } from '../support/slack-server/slack-server.ts';
import { type StartedProgram, startProgram } from '../support/started-program.ts';
import { atMost, type BenchContext, type Measurement } from './measurement.ts';

const UPLOADS_AT_ONCE = 20;
/** BENCH_THREADS shortens the endurance run for trying it out; the target is stated for 200. */
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

async function begin(context: BenchContext, name: string): Promise<Bench> {
  const server = await createSlackServer();
  const program = await startProgram({
    SLACK_BOT_TOKEN: server.tokens.bot,
    SLACK_APP_TOKEN: server.tokens.app,
    SLACK_API_URL: server.apiUrl,
    STATE_URL: `sqlite://${join(context.dir, `${name}.sqlite`)}`,
    BUNDLE_DIR: context.bundleDir,
    LOG_LEVEL: 'error',
    GPU: 'off',
    RATE_LIMIT_PER_MINUTE: '10000',
    QUEUE_LIMIT: '1000',
  });
  await program.ready(ANSWER_TIMEOUT_MS);
  const film = { name: 'film.png', mimetype: 'image/png', bytes: new Uint8Array(readFileSync(context.image)) };
  // The first film of a process also loads decoders and the like.
  const warm = server.people.post({ channel: 'C0WARM', files: [film] });
  await answered(server, 'C0WARM', warm.thread, 1);
  await warm.delivered;
  server.delivery.deliveries.length = 0;
  return {
    server,
    program,
    film,
    async close() {
      await program.end('SIGTERM');
      await server.close();
    },
  };
}

async function answered(server: SlackServer, channel: string, thread: string, count: number): Promise<boolean> {
  for (const deadline = Date.now() + ANSWER_TIMEOUT_MS; Date.now() < deadline; await sleep(50)) {
    const replies = readThread(server, channel, thread);
    if (replies.length >= count && replies.every((reply) => reply.finished)) return true;
  }
  return false;
}

/** Uploads at once: how soon Slack's events are acknowledged, and how soon a person sees that the film arrived. */
export async function measureSlack(context: BenchContext): Promise<Measurement[]> {
  const bench = await begin(context, 'slack');
  const { server } = bench;
  const receiptMs: number[] = [];
  for (let round = 0; round < context.rounds; round += 1) {
    const posts = Array.from({ length: UPLOADS_AT_ONCE }, (_, index) => {
      const channel = `C0BENCH${index % 4}`;
      const at = Date.now();
      return { channel, at, ...server.people.post({ channel, files: [bench.film], user: `U0READER${index}` }) };
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
  const of = `${UPLOADS_AT_ONCE} uploads at once`;
  return [
    { name: `slack: acknowledgement p50, ${of}`, value: percentile(ackMs, 0.5), unit: 'ms' },
    atMost(`slack: acknowledgement p99, ${of}`, percentile(ackMs, 0.99), 'ms', 500),
    { name: `slack: receipt p50, ${of}`, value: percentile(receiptMs, 0.5), unit: 'ms' },
    atMost(`slack: receipt p95, ${of}`, percentile(receiptMs, 0.95), 'ms', 1_500),
  ];
}

/** Many threads of five turns with faults all along: nothing lost, nothing doubled, memory flat. */
export async function measureSlackEndurance(context: BenchContext): Promise<Measurement[]> {
  const bench = await begin(context, 'slack-endurance');
  const { server, program } = bench;
  server.delivery.options.retryDelaysMs = [0, 2_000, 5_000, 10_000, 20_000];
  const kinds = ['rate-limit', 'server-error', 'error-after', 'disconnect', 'disconnect-after', 'slow'] as const;
  server.faults.random({ probability: 0.03, kinds, seed: 17 });
  const breaking = setInterval(() => server.delivery.disconnect('drop'), 15_000);
  const memoryMb: number[] = [];
  const watching = setInterval(() => memoryMb.push(residentMb(program.pid)), 1_000);
  const threads: { channel: string; thread: string }[] = [];
  let next = 0;
  async function readOn(): Promise<void> {
    for (let index = next++; index < THREADS; index = next++) {
      await converse(bench, index, threads);
      if (index % 20 === 19) process.stderr.write(`  ${index + 1} of ${THREADS} threads, ${memoryMb.at(-1) ?? 0} MB\n`);
    }
  }
  await Promise.all(Array.from({ length: THREADS_AT_ONCE }, readOn));
  clearInterval(breaking);
  clearInterval(watching);
  server.faults.clear();
  while (server.delivery.pending() > 0) await sleep(100);
  const counts = threads.map(
    ({ channel, thread }) => readThread(server, channel, thread).filter((reply) => reply.finished).length,
  );
  await bench.close();
  const quarter = Math.max(1, Math.floor(memoryMb.length / 4));
  const before = percentile(memoryMb.slice(quarter, 2 * quarter), 0.5);
  const after = percentile(memoryMb.slice(-quarter), 0.5);
  const lost = THREADS * TURNS - sum(counts.map((count) => Math.min(count, TURNS)));
  const doubled = sum(counts.map((count) => Math.max(0, count - TURNS)));
  return [
    { name: 'slack-endurance: turns', value: THREADS * TURNS, unit: '' },
    { name: 'slack-endurance: faults played', value: sum(Object.values(server.faults.played())), unit: '' },
    atMost('slack-endurance: answers lost', lost, '', 0),
    atMost('slack-endurance: answers doubled', doubled, '', 0),
    { name: 'slack-endurance: memory in the second quarter', value: before, unit: 'MB' },
    atMost('slack-endurance: memory in the last quarter', after, 'MB', Math.round(before * 1.1)),
  ];
}

/** One thread from upload to its last answer; stops early where an answer stays away, which then counts as lost. */
async function converse(bench: Bench, index: number, threads: { channel: string; thread: string }[]): Promise<void> {
  const { server, film } = bench;
  const channel = `C0LONG${index % 10}`;
  const user = `U0READER${index}`;
  const { thread } = server.people.post({ channel, files: [film], user });
  threads.push({ channel, thread });
  for (let turn = 1; turn <= TURNS; turn += 1) {
    if (turn > 1) server.people.post({ channel, thread, text: `Question ${turn}: is the heart enlarged?`, user });
    if (!(await answered(server, channel, thread, turn))) return;
  }
}

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
