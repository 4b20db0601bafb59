// A long run of the core over the scripted platform with faults: many threads, several turns each; counts what was lost and what was doubled.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCore } from '../../bot/core.ts';
import { createLog } from '../../bot/log.ts';
import { createStateStore } from '../../bot/store.ts';
import { CxrError } from '../../engine/error.ts';
import { seededRandom } from '../../engine/seeded-random.ts';
import { CORE_OPTIONS, LIMITS, PICTURES } from './core-options.ts';
import { createScriptedAdapter, messageEvent, type ScriptedAdapter } from './scripted-adapter.ts';
import { createScriptedEngine, filmBytes } from './scripted-engine.ts';
import { createScriptedPlatform, type ScriptedPlatform } from './scripted-platform.ts';

export interface Endurance {
  turns: number;
  lost: number;
  /** Posts too many, answers worked out twice, and answers that repeat another turn's number in their thread. */
  doubled: number;
  faults: number;
  /** Resident memory in MB: median of the second and of the last quarter of the run. */
  secondQuarterMb: number;
  lastQuarterMb: number;
  seconds: number;
}

export interface EnduranceOptions {
  threads: number;
  turns: number;
  /** Stops and starts the whole core so often during the run. */
  restarts: number;
  say?(line: string): void;
}

const THREADS_AT_ONCE = 16;
const WRITE_FAULT_SHARE = 0.02;
const REDELIVERY_SHARE = 0.1;
const TURN_TIMEOUT_MS = 120_000;

export async function runEndurance({ threads, turns, restarts, say = () => {} }: EnduranceOptions): Promise<Endurance> {
  const began = Date.now();
  const folder = mkdtempSync(join(tmpdir(), 'cxr-endurance-'));
  const random = seededRandom(7);
  const platform = createScriptedPlatform();
  const asked = new Map<string, number>();
  let faults = 0;
  platform.beforeWrite = async () => {
    // The history is for looking at one conversation; here it would only grow.
    platform.history.length = 0;
    if (random() >= WRITE_FAULT_SHARE) return;
    faults += 1;
    throw new CxrError('platform-failed', 'The chat platform did not answer.');
  };
  const log = createLog({ level: 'silent', content: false });

  async function begin() {
    const store = createStateStore(`sqlite://${join(folder, 'state.sqlite')}`, log);
    const engine = createScriptedEngine({
      store: store.namespace('engine', null),
      answer(question, turn) {
        asked.set(question, (asked.get(question) ?? 0) + 1);
        return `Answer ${turn + 1}. `.repeat(20);
      },
    });
    const adapter = createScriptedAdapter(platform);
    const supplies = {
      adapters: [adapter],
      modes: [],
      engine: async () => engine,
      pictures: PICTURES,
      label: () => [],
    };
    const core = createCore({ ...supplies, store, log, limits: LIMITS }, { ...CORE_OPTIONS, retryMs: 10 });
    await core.start();
    return {
      adapter,
      async end() {
        await core.stop();
        await store.close();
      },
    };
  }

  let running = await begin();
  const memoryMb: number[] = [];
  const watching = setInterval(() => memoryMb.push(Math.round(process.memoryUsage().rss / 1e6)), 100);
  let next = 0;
  let done = 0;
  let restarted = 0;
  let restarting: Promise<void> = Promise.resolve();

  async function restart(): Promise<void> {
    restarted += 1;
    faults += 1;
    await running.end();
    running = await begin();
  }

  async function person(): Promise<void> {
    for (;;) {
      const index = next++;
      if (index >= threads) return;
      for (let turn = 0; turn < turns; turn++) {
        const thread = `scripted:channel-1:${index}`;
        const file = { id: `F${index}`, bytes: filmBytes(index), servesTwice: index % 2 === 0 };
        const event = messageEvent(platform, {
          id: `m-${index}-${turn}`,
          thread,
          text: turn === 0 ? '' : `Question ${turn} of ${index}?`,
          files: turn === 0 ? [file] : [],
        });
        await restarting;
        await deliver(running.adapter, event, random);
        await answered(platform, thread, turn + 1);
      }
      // A case that is over is forgotten by platform and person alike, so that memory shows the bot's own.
      done += 1;
      if (done % Math.ceil(threads / (restarts + 1)) === 0 && restarted < restarts) restarting = restart();
      if (done % 20 === 0) say(`${done} of ${threads} threads, ${memoryMb.at(-1) ?? 0} MB`);
    }
  }

  async function deliver(
    adapter: ScriptedAdapter,
    event: Parameters<ScriptedAdapter['deliver']>[0],
    chance: () => number,
  ): Promise<void> {
    const copies = chance() < REDELIVERY_SHARE ? 2 : 1;
    faults += copies - 1;
    for (let copy = 0; copy < copies; copy++) {
      // What was not acknowledged is delivered again, as platforms do.
      while (
        !(await adapter.deliver(event).then(
          () => true,
          () => false,
        ))
      ) {
        await sleep(20);
        adapter = running.adapter;
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(THREADS_AT_ONCE, threads) }, person));
  clearInterval(watching);
  await restarting;
  await running.end();
  rmSync(folder, { recursive: true, force: true });
  const posts = [...platform.posts.values()];
  const finished = posts.filter(({ outcome }) => outcome === 'finished');
  const distinct = new Set(finished.map((post) => `${post.thread} ${/Answer (\d+)\./.exec(post.text)?.[1]}`));
  const workedTwice = [...asked].filter(([question, times]) => question.startsWith('Question') && times > 1).length;
  const quarter = Math.max(1, Math.floor(memoryMb.length / 4));
  return {
    turns: threads * turns,
    lost: threads * turns - Math.min(finished.length, distinct.size),
    doubled: posts.length - finished.length + (finished.length - distinct.size) + (restarts === 0 ? workedTwice : 0),
    faults,
    secondQuarterMb: median(memoryMb.slice(quarter, 2 * quarter)),
    lastQuarterMb: median(memoryMb.slice(-quarter)),
    seconds: (Date.now() - began) / 1_000,
  };
}

async function answered(platform: ScriptedPlatform, thread: string, count: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < TURN_TIMEOUT_MS; waitedMs += 5) {
    if (platform.thread(thread).filter(({ outcome }) => outcome === 'finished').length >= count) return;
    await sleep(5);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
