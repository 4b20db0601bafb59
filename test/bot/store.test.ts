// One conformance suite for every state store, against the real servers; where a server is absent the test says so.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Log } from '../../bot/contract.ts';
import { createStateStore, entriesOf } from '../../bot/store.ts';
import { openBackend } from '../../bot/store-backend.ts';
import { temporaryStoreUrl } from '../support/test-bot.ts';

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

const STORES = [
  { name: 'sqlite', url: temporaryStoreUrl },
  { name: 'redis', url: () => process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379/9' },
  { name: 'postgres', url: () => process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres' },
];

/** Namespaces are letters only and fresh for each test: the servers are shared. */
const fresh = (): string => `t${randomUUID().replace(/[^a-z]/g, '')}`;

/** The keys of a part that are really there, over or not, without the part's name. */
async function rawKeys(url: string, prefix: string): Promise<string[]> {
  const backend = await openBackend(url, SILENT);
  const entries = await backend.entries(prefix);
  await backend.close();
  return entries.map(([key]) => key.slice(prefix.length));
}

describe.each(STORES)('state store: $name', ({ name, url }) => {
  const opened = async (skip: (reason: string) => void) => {
    const store = createStateStore(url(), SILENT);
    try {
      await store.ping();
    } catch {
      await store.close();
      skip(`no ${name} server at ${url()}`);
    }
    return store;
  };

  test('keeps, gives back and deletes values of any size', async ({ skip }) => {
    const store = await opened(skip);
    const kept = store.namespace(fresh(), null);
    const large = { text: 'ü'.repeat(200_000), list: [1, null, 'three'] };
    await kept.set('a', large);
    expect(await kept.get('a')).toEqual(large);
    expect(await kept.get('b')).toBeUndefined();
    expect(await kept.delete('a')).toBe(true);
    expect(await kept.delete('a')).toBe(false);
    expect(await kept.get('a')).toBeUndefined();
    await store.close();
  });

  test('keeps namespaces apart, also while listing', async ({ skip }) => {
    const store = await opened(skip);
    const [one, two] = [fresh(), fresh()];
    const first = store.namespace(one, null);
    const second = store.namespace(two, null);
    await Promise.all(Array.from({ length: 35 }, (_, n) => first.set(`key-${n}`, n)));
    await second.set('key-0', 'other');
    expect(await second.get('key-0')).toBe('other');
    const listed = await entriesOf<number>(first);
    expect(listed.map(([key]) => key).sort()).toEqual(Array.from({ length: 35 }, (_, n) => `key-${n}`).sort());
    for (const [key] of listed) await first.delete(key);
    expect(await entriesOf(first)).toEqual([]);
    expect(await second.get('key-0')).toBe('other');
    await second.delete('key-0');
    await store.close();
  });

  test('lets values go after their time', async ({ skip }) => {
    const store = await opened(skip);
    const kept = store.namespace(fresh(), 1);
    await kept.set('short', 1);
    await kept.set('long', 2, 60_000);
    await sleep(20);
    expect(await kept.get('short')).toBeUndefined();
    expect(await entriesOf(kept)).toEqual([['long', 2]]);
    await kept.delete('long');
    await store.close();
  });

  test('a sweep takes what is over its time, in a part without a time of its own too, and nothing else', async ({
    skip,
  }) => {
    const address = url();
    await (await opened(skip)).close();
    const store = createStateStore(address, SILENT);
    const kept = store.namespace(fresh(), null);
    await kept.set('over', { words: 'gone' }, 1);
    await kept.set('later', 1, 60_000);
    await kept.set('for good', 2);
    await kept.set('words', 'say "expires":1}');
    await kept.set('object', { expires: 1 });
    await sleep(20);
    await store.sweep();
    const rows = await rawKeys(address, `${kept.namespace}:`);
    expect(rows.sort()).toEqual(['for good', 'later', 'object', 'words']);
    for (const key of rows) await kept.delete(key);
    await store.close();
  });

  test('keeps values over a restart', async ({ skip }) => {
    const address = url();
    const store = await opened(skip);
    const namespace = fresh();
    const own = createStateStore(address, SILENT);
    await own.namespace(namespace, null).set('a', 'kept');
    await own.close();
    const again = createStateStore(address, SILENT);
    expect(await again.namespace(namespace, null).get('a')).toBe('kept');
    await again.namespace(namespace, null).delete('a');
    await again.close();
    await store.close();
  });
});

test.each(['redis://127.0.0.1:1', 'postgres://postgres@127.0.0.1:1/postgres', 'sqlite:///etc/hostname/state.sqlite'])(
  'a store that is down fails with one sentence: %s',
  async (url) => {
    const store = createStateStore(url, SILENT);
    await expect(store.ping()).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('My memory cannot be reached'),
    });
    await expect(store.namespace('a', null).get('b')).rejects.toMatchObject({ code: 'store-failed' });
    await store.close();
  },
);
