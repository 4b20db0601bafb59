// One thing after another: what a conversation does is put in a row, so that a turn never sees half of another.

/** Runs each work when the ones before it have settled, whatever became of them. */
export type Queue = <T>(work: () => Promise<T>) => Promise<T>;

export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
