// Runs works on the same thing one after the other, in the order they were asked for; works on different things at the same time.

export type OneAfterAnother = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

export function createOneAfterAnother(): OneAfterAnother {
  /** The last work of each key that has one. */
  const latest = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = latest.get(key) ?? Promise.resolve();
    const mine = before.then(work);
    const settled = mine.catch(() => undefined);
    latest.set(key, settled);
    try {
      return await mine;
    } finally {
      if (latest.get(key) === settled) latest.delete(key);
    }
  };
}
