// Options that every command with an engine has, and what they mean to the engine; variables are the same as the bot's.
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type Keyv from 'keyv';
import type { BackendChoice } from '../engine/encoder-backend.ts';
import { CxrError } from '../engine/error.ts';
import { GPU_CHOICES, type GpuChoice } from '../engine/llama-runtime.ts';
import type { EngineOptions } from '../engine/open-engine.ts';
import { SHIPPED_BUNDLE } from './package-root.ts';

const ENCODER_BACKENDS = ['auto', 'cuda', 'webgpu', 'coreml', 'dml', 'cpu'] as const satisfies readonly BackendChoice[];

export interface BundleFlags {
  bundle: string;
  backend: BackendChoice;
}

export interface EngineFlags extends BundleFlags {
  gpu: GpuChoice;
  threads?: number;
}

export interface SamplingFlags {
  temperature?: number;
  topP?: number;
  seed?: number;
  maxTokens?: number;
}

/** A parser for commander: a number for which `isAllowed` holds. */
export function numberArgument(what: string, isAllowed: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !isAllowed(value)) throw new InvalidArgumentError(`It must be ${what}.`);
    return value;
  };
}

/** The bundle that a command works with where `--bundle` does not name one. */
export function bundleOption(): Option {
  return new Option('--bundle <dir>', 'model bundle').env('BUNDLE_DIR').default(SHIPPED_BUNDLE, 'models/micro');
}

/** The same for commands in which naming a bundle says more than which one. */
export function bundleOr(named: string | undefined): string {
  return named ?? (process.env.BUNDLE_DIR || SHIPPED_BUNDLE);
}

export function addBundleOptions(command: Command): Command {
  return command
    .addOption(bundleOption())
    .addOption(
      new Option('--backend <name>', 'what the encoder runs on')
        .env('BACKEND')
        .choices(ENCODER_BACKENDS)
        .default('auto'),
    );
}

export function addEngineOptions(command: Command): Command {
  return addBundleOptions(command)
    .addOption(
      new Option('--gpu <name>', 'what the language model runs on').env('GPU').choices(GPU_CHOICES).default('auto'),
    )
    .addOption(
      new Option('--threads <n>', 'threads of the language model (default: by its size)')
        .env('THREADS')
        .argParser(
          numberArgument(
            'a whole number from 1 to 512',
            (value) => Number.isInteger(value) && value >= 1 && value <= 512,
          ),
        ),
    );
}

export function addSamplingOptions(command: Command): Command {
  const whole = (least: number, most: number) =>
    numberArgument(
      `a whole number from ${least} to ${most}`,
      (value) => Number.isInteger(value) && value >= least && value <= most,
    );
  return command
    .option(
      '--temperature <t>',
      'randomness; 0 always takes the likeliest word (default: the bundle’s)',
      numberArgument('a number of at least 0', (value) => value >= 0 && value <= 5),
    )
    .option(
      '--top-p <p>',
      'share of likely words to choose from (default: the bundle’s)',
      numberArgument('a number above 0 and at most 1', (value) => value > 0 && value <= 1),
    )
    .option('--seed <n>', 'the same seed gives the same answers', whole(0, 2 ** 32 - 1))
    .option('--max-tokens <n>', 'most tokens of one answer (default: the bundle’s)', whole(1, 65536));
}

export function samplingOf({ temperature, topP, seed, maxTokens }: SamplingFlags): SamplingFlags {
  return Object.fromEntries(
    Object.entries({ temperature, topP, seed, maxTokens }).filter(([, value]) => value !== undefined),
  );
}

export function engineOptionsOf({ bundle, backend, gpu, threads }: EngineFlags): EngineOptions {
  return { bundleDir: bundle, backend, gpu, ...(threads === undefined ? {} : { threads }) };
}

/** How long another program that writes to the store is waited for. */
const BUSY_MS = 3000;

/** The user's own conversations: `CXR_STATE_DIR`, or the XDG state folder. Throws `store-failed`, naming the file, where it cannot be opened or is no store. */
export async function openStore(env: NodeJS.ProcessEnv = process.env): Promise<Keyv> {
  const dir = env.CXR_STATE_DIR || join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'cxr-llava-chat');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const [{ default: Keyv }, { default: KeyvSqlite }] = await Promise.all([import('keyv'), import('@keyv/sqlite')]);
  const path = join(dir, 'conversations.sqlite');
  // SQLite would let everybody on the machine read it where the folder was there before.
  await writeFile(path, '', { flag: 'wx', mode: 0o600 }).catch(() => {});
  const store = new KeyvSqlite({ uri: `sqlite://${path}`, busyTimeout: BUSY_MS });
  // Its failed opening is told by the query below; without a listener it would end the process with a stack.
  store.on('error', () => {});
  await store.query('SELECT key, value FROM keyv LIMIT 1').catch((cause: unknown) => {
    const busy = cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_BUSY';
    const why = busy ? 'another program holds it' : 'it is damaged, no store, or not accessible';
    throw new CxrError('store-failed', `The conversations in ${path} cannot be opened: ${why}.`, { cause });
  });
  return new Keyv({ store, namespace: 'cxr' });
}

/** Keeps conversations for this process only. */
export async function openMemoryStore(): Promise<Keyv> {
  const { default: Keyv } = await import('keyv');
  return new Keyv();
}
