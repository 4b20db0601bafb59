// One small driver shape over keyv's sqlite, Redis and PostgreSQL adapters, with what they need to be told; keys come with their namespace.
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CxrError } from '../engine/error.ts';
import type { Log } from './contract.ts';

export interface Backend {
  get<Value>(key: string): Promise<Value | undefined>;
  getMany<Value>(keys: string[]): Promise<(Value | undefined)[]>;
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  delete(key: string): Promise<boolean>;
  /** All keys that begin with `prefix`, with their values, as they are now. */
  entries(prefix: string): Promise<[string, string][]>;
  /** Erases every value whose time was over at `now` (Unix time in milliseconds), where the server doesn't do so by itself. */
  sweep(now: number): Promise<void>;
  scrub(): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** Connects and checks that the store answers. Throws what the driver throws, or `config-invalid` for an unknown scheme. */
export async function openBackend(url: string, log: Log): Promise<Backend> {
  if (url.startsWith('sqlite://')) return openSqlite(url, log);
  if (/^rediss?:\/\//.test(url)) return openRedis(url, log);
  if (/^postgres(ql)?:\/\//.test(url)) return openPostgres(url, log);
  throw new CxrError(
    'config-invalid',
    'STATE_URL must begin with sqlite://, redis://, rediss://, postgres:// or postgresql://.',
  );
}

// Drivers are loaded when they are needed: a bot on sqlite starts without those of Redis and PostgreSQL.
async function openSqlite(url: string, log: Log): Promise<Backend> {
  const { default: KeyvSqlite } = await import('@keyv/sqlite');
  const path = url.slice('sqlite://'.length);
  if (path !== ':memory:') mkdirSync(dirname(resolve(path)), { recursive: true, mode: 0o700 });
  const driver = new KeyvSqlite({ uri: url, busyTimeout: 5_000 });
  driver.on('error', (error: unknown) => log.error({ err: error }, 'sqlite reports an error'));
  await driver.query('PRAGMA journal_mode=WAL');
  await driver.query('PRAGMA synchronous=NORMAL');
  await driver.query('PRAGMA secure_delete=ON');
  return {
    get: (key) => driver.get(key),
    getMany: (keys) => driver.getMany(keys) as Promise<never[]>,
    async set(key, value) {
      await driver.set(key, value);
    },
    delete: (key) => driver.delete(key),
    // The adapter's own iterator pages by OFFSET without an order and skips rows when others are deleted meanwhile.
    async entries(prefix) {
      const sql = `SELECT key, value FROM ${driver.opts.table} WHERE key >= ? AND key < ? ORDER BY key`;
      const rows = (await driver.query(sql, prefix, `${prefix}\u{10ffff}`)) as { key: string; value: string }[];
      return rows.map((row) => [row.key, row.value]);
    },
    // keyv keeps the time in the value: {"value":…,"expires":…}.
    async sweep(now) {
      const expires = "CASE WHEN json_valid(value) THEN json_extract(value, '$.expires') END";
      await driver.query(`DELETE FROM ${driver.opts.table} WHERE ${expires} < ?`, now);
    },
    async scrub() {
      await driver.query('PRAGMA wal_checkpoint(TRUNCATE)');
    },
    close: () => driver.disconnect(),
  };
}

async function openRedis(url: string, log: Log): Promise<Backend> {
  const { default: KeyvRedis } = await import('@keyv/redis');
  const socket = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectStrategy: (tries: number) => Math.min(100 * 2 ** tries, 2_000),
  };
  const driver = new KeyvRedis<string>(
    { url, socket, disableOfflineQueue: true },
    { keyPrefixSeparator: ':', throwOnErrors: true, noNamespaceAffectsAll: true },
  );
  driver.on('error', (error: unknown) => log.error({ err: error }, 'redis reports an error'));
  const connecting = driver.getClient();
  const close = () => driver.disconnect(true).catch(() => undefined);
  await withinTimeout(connecting, close);
  return {
    get: (key) => driver.get(key),
    getMany: (keys) => driver.getMany(keys) as Promise<never[]>,
    set: (key, value, ttlMs) => driver.set(key, value, ttlMs),
    delete: (key) => driver.delete(key),
    async entries(prefix) {
      const all = new Map<string, string>();
      // SCAN may give a key twice.
      for await (const [key, value] of driver.iterator<string>(prefix.slice(0, -1))) {
        if (typeof value === 'string') all.set(`${prefix}${key}`, value);
      }
      return [...all];
    },
    // Redis was told the time with each value.
    sweep: async () => {},
    scrub: async () => {},
    close: () => driver.disconnect(),
  };
}

async function openPostgres(url: string, log: Log): Promise<Backend> {
  const [{ default: KeyvPostgres }, { default: pg }] = await Promise.all([import('@keyv/postgres'), import('pg')]);
  // The adapter's own pool has no listener for errors of idle connections, which would end the process when the server restarts.
  const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, max: 8 });
  pool.on('error', (error) => log.warn({ err: error }, 'postgres closed an idle connection'));
  class PooledPostgres extends KeyvPostgres {
    override async connect() {
      return async (sql: string, values?: unknown[]) => (await pool.query(sql, values)).rows as unknown[];
    }
  }
  try {
    await pool.query('SELECT 1');
  } catch (error) {
    await pool.end();
    throw error;
  }
  const driver = new PooledPostgres({ uri: url });
  driver.on('error', (error: unknown) => log.error({ err: error }, 'postgres reports an error'));
  return {
    get: (key) => driver.get(key) as Promise<never>,
    getMany: (keys) => driver.getMany(keys) as Promise<never[]>,
    set: (key, value) => driver.set(key, value),
    delete: (key) => driver.delete(key),
    async entries(prefix) {
      const sql = `SELECT key, value FROM ${driver.opts.schema}.${driver.opts.table} WHERE starts_with(key, $1) ORDER BY key`;
      const rows = (await driver.query(sql, [prefix])) as { key: string; value: string }[];
      return rows.map((row) => [row.key, row.value]);
    },
    // The time stands at the very end of what keyv writes; in people's words the quotes would be escaped.
    async sweep(now) {
      const expires = `substring(value from '"expires":([0-9]+)}$')::bigint`;
      await driver.query(`DELETE FROM ${driver.opts.schema}.${driver.opts.table} WHERE ${expires} < $1`, [now]);
    },
    scrub: async () => {},
    close: () => pool.end(),
  };
}

async function withinTimeout(connecting: Promise<unknown>, giveUp: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`)), CONNECT_TIMEOUT_MS);
  });
  try {
    await Promise.race([connecting, late]);
  } catch (error) {
    connecting.catch(() => undefined);
    await giveUp();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
