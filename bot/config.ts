// The only reader of the environment: every variable with its check and default, all errors told at once; .env.example documents the same names.
import type { BlockList } from 'node:net';
import { z } from 'zod';
import { CxrError } from '../engine/error.ts';
import { PROMPT_NAMES } from '../prompts/paper.ts';
import { addressList } from './address-list.ts';
import { LANGUAGES } from './phrases.ts';

const text = z.string().trim().min(1);
const list = z
  .string()
  .optional()
  .transform((value) =>
    (value ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
const addresses = list.transform((entries, context) => {
  try {
    return addressList(entries);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
});
const whole = (minimum: number, maximum: number, preset: number) =>
  z.coerce.number().int().min(minimum).max(maximum).default(preset);
const port = z.coerce.number().int().min(0).max(65_535);
const webAddress = z.url({ protocol: /^https?$/ });
const onOff = z.enum(['on', 'off']).default('off');

const shape = {
  SLACK_BOT_TOKEN: text.regex(/^xoxb-/, 'begins with xoxb-').optional(),
  SLACK_APP_TOKEN: text.regex(/^xapp-/, 'begins with xapp-').optional(),
  SLACK_SIGNING_SECRET: text.optional(),
  PORT: port.optional(),
  SLACK_API_URL: webAddress.optional(),
  SLACK_FILE_HOSTS: list,
  SLACK_STREAMING: z.enum(['native', 'edit']).optional(),
  DISCORD_TOKEN: text.optional(),
  DISCORD_API_URL: webAddress.optional(),
  WEB_HOST: text.default('127.0.0.1'),
  WEB_PORT: port.optional(),
  WEB_TOKEN: text.min(16, 'has at least 16 characters').optional(),
  WEB_PUBLIC_URL: webAddress
    .regex(/^[a-z]+:\/\/[^/?#@]+\/?$/i, 'names scheme and host alone, as https://room.example.org')
    .optional(),
  WEB_PROXIES: addresses,
  TERMINAL: onOff,
  BUNDLE_DIR: text.optional(),
  GPU: z.enum(['auto', 'cuda', 'vulkan', 'metal', 'off']).default('auto'),
  KV_CACHE: z.enum(['f16', 'q8_0']).optional(),
  THREADS: z.coerce.number().int().min(1).max(512).optional(),
  STATE_URL: z
    .string()
    .regex(
      /^(sqlite|rediss?|postgres(ql)?):\/\/./,
      'begins with sqlite://, redis://, rediss://, postgres:// or postgresql://',
    )
    .default('sqlite://.state/bot.sqlite'),
  RETENTION_DAYS: whole(1, 3_650, 30),
  MAX_IMAGES: whole(1, 20, 4),
  MAX_IMAGE_MB: whole(1, 1_000, 64),
  MAX_QUESTION_CHARS: whole(100, 100_000, 4_000),
  CONCURRENCY: whole(1, 64, 4),
  QUEUE_LIMIT: whole(1, 10_000, 100),
  RATE_LIMIT_PER_MINUTE: whole(1, 10_000, 20),
  STOP_LIMIT_SECONDS: whole(1, 600, 30),
  ALLOW_SPACES: list,
  ALLOW_CHANNELS: list,
  ALLOW_USERS: list,
  ALLOW_ROLES: list,
  ADMIN_USERS: list,
  ADMIN_ROLES: list,
  DEFAULT_PROMPT: z.enum(PROMPT_NAMES).default('specific'),
  DEFAULT_LANGUAGE: z.enum(LANGUAGES).default('en'),
  DEFAULT_READ: z.enum(['every', 'mentioned']).default('every'),
  CASE_LIBRARY: text.optional(),
  CASE_LEADERBOARD: onOff,
  CASE_PROGRESS_DAYS: whole(1, 3_650, 365),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  LOG_CONTENT: onOff,
  OPS_HOST: text.default('127.0.0.1'),
  OPS_PORT: port.optional(),
} as const;

export const VARIABLES = Object.keys(shape) as (keyof typeof shape)[];

const environment = z.object(shape).superRefine((env, context) => {
  const wrong = (name: string, message: string): void => context.addIssue({ code: 'custom', path: [name], message });
  if (
    env.SLACK_BOT_TOKEN !== undefined &&
    env.SLACK_APP_TOKEN === undefined &&
    env.SLACK_SIGNING_SECRET === undefined
  ) {
    wrong('SLACK_APP_TOKEN', 'or SLACK_SIGNING_SECRET with PORT is needed beside SLACK_BOT_TOKEN');
  }
  if (env.SLACK_SIGNING_SECRET !== undefined && env.SLACK_APP_TOKEN === undefined && env.PORT === undefined) {
    wrong('PORT', 'is needed beside SLACK_SIGNING_SECRET, for Slack’s HTTP requests');
  }
  if (env.SLACK_BOT_TOKEN === undefined && (env.SLACK_APP_TOKEN ?? env.SLACK_SIGNING_SECRET) !== undefined) {
    wrong('SLACK_BOT_TOKEN', 'is needed beside the other Slack variables');
  }
  if (!isLoopback(env.WEB_HOST) && env.WEB_TOKEN === undefined) {
    wrong('WEB_TOKEN', 'is needed when WEB_HOST is not an address of this machine alone');
  }
  if (env.WEB_PROXIES.rules.length > 0 && env.WEB_PUBLIC_URL === undefined) {
    wrong('WEB_PUBLIC_URL', 'is needed beside WEB_PROXIES');
  }
  if (env.WEB_PUBLIC_URL !== undefined && env.WEB_TOKEN === undefined) {
    wrong('WEB_TOKEN', 'is needed beside WEB_PUBLIC_URL');
  }
});

type Environment = z.infer<typeof environment>;

export interface Config {
  slack: {
    botToken: string;
    appToken: string | undefined;
    signingSecret: string | undefined;
    port: number | undefined;
    apiUrl: string | undefined;
    fileHosts: readonly string[];
    streaming: 'native' | 'edit' | undefined;
  } | null;
  discord: { token: string; apiUrl: string | undefined } | null;
  /** The page; on where WEB_PORT is set, or no other platform is. */
  web: { host: string; port: number; token: string | null; publicUrl: string | null; proxies: BlockList } | null;
  terminal: boolean;
  engine: {
    bundleDir: string | undefined;
    gpu: Environment['GPU'];
    kvCache: Environment['KV_CACHE'];
    threads: number | undefined;
  };
  stateUrl: string;
  retentionMs: number;
  limits: { maxImages: number; maxImageBytes: number; maxQuestionChars: number };
  concurrency: number;
  maxWaiting: number;
  stopLimitMs: number;
  access: {
    spaces: string[];
    channels: string[];
    users: string[];
    roles: string[];
    adminUsers: string[];
    adminRoles: string[];
    perMinute: number;
  };
  defaults: {
    prompt: Environment['DEFAULT_PROMPT'];
    language: Environment['DEFAULT_LANGUAGE'];
    read: Environment['DEFAULT_READ'];
  };
  /** Teaching cases: folder of the case library (null for none), leaderboards, how long a person's progress is kept. */
  cases: { libraryFolder: string | null; hasLeaderboard: boolean; progressMs: number };
  log: { level: string; content: boolean };
  ops: { host: string; port: number } | null;
}

const DAY_MS = 24 * 3_600_000;
const DEFAULT_WEB_PORT = 8080;

/** Throws `config-invalid` whose message names every missing or wrong variable. Values of variables are never repeated in it. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(VARIABLES.map((name) => [name, env[name]?.trim() === '' ? undefined : env[name]]));
  const parsed = environment.safeParse(given);
  if (parsed.success) return configOf(parsed.data);
  const lines = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  const sentence = `The configuration has ${lines.length === 1 ? 'an error' : `${lines.length} errors`}:\n${lines.join('\n')}\nSee .env.example.`;
  throw new CxrError('config-invalid', sentence);
}

function configOf(env: Environment): Config {
  const others = env.SLACK_BOT_TOKEN !== undefined || env.DISCORD_TOKEN !== undefined || env.TERMINAL === 'on';
  const web = env.WEB_PORT !== undefined || !others;
  return {
    slack:
      env.SLACK_BOT_TOKEN === undefined
        ? null
        : {
            botToken: env.SLACK_BOT_TOKEN,
            appToken: env.SLACK_APP_TOKEN,
            signingSecret: env.SLACK_SIGNING_SECRET,
            port: env.PORT,
            apiUrl: env.SLACK_API_URL,
            fileHosts: env.SLACK_FILE_HOSTS,
            streaming: env.SLACK_STREAMING,
          },
    discord: env.DISCORD_TOKEN === undefined ? null : { token: env.DISCORD_TOKEN, apiUrl: env.DISCORD_API_URL },
    web: web
      ? {
          host: env.WEB_HOST,
          port: env.WEB_PORT ?? DEFAULT_WEB_PORT,
          token: env.WEB_TOKEN ?? null,
          publicUrl: env.WEB_PUBLIC_URL ?? null,
          proxies: env.WEB_PROXIES,
        }
      : null,
    terminal: env.TERMINAL === 'on',
    engine: { bundleDir: env.BUNDLE_DIR, gpu: env.GPU, kvCache: env.KV_CACHE, threads: env.THREADS },
    stateUrl: env.STATE_URL,
    retentionMs: env.RETENTION_DAYS * DAY_MS,
    limits: {
      maxImages: env.MAX_IMAGES,
      maxImageBytes: env.MAX_IMAGE_MB * 1_000_000,
      maxQuestionChars: env.MAX_QUESTION_CHARS,
    },
    concurrency: env.CONCURRENCY,
    maxWaiting: env.QUEUE_LIMIT,
    stopLimitMs: env.STOP_LIMIT_SECONDS * 1_000,
    access: {
      spaces: env.ALLOW_SPACES,
      channels: env.ALLOW_CHANNELS,
      users: env.ALLOW_USERS,
      roles: env.ALLOW_ROLES,
      adminUsers: env.ADMIN_USERS,
      adminRoles: env.ADMIN_ROLES,
      perMinute: env.RATE_LIMIT_PER_MINUTE,
    },
    defaults: { prompt: env.DEFAULT_PROMPT, language: env.DEFAULT_LANGUAGE, read: env.DEFAULT_READ },
    cases: {
      libraryFolder: env.CASE_LIBRARY ?? null,
      hasLeaderboard: env.CASE_LEADERBOARD === 'on',
      progressMs: env.CASE_PROGRESS_DAYS * DAY_MS,
    },
    log: { level: env.LOG_LEVEL, content: env.LOG_CONTENT === 'on' },
    ops: env.OPS_PORT === undefined ? null : { host: env.OPS_HOST, port: env.OPS_PORT },
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
