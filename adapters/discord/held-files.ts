// Bytes of attachments taken on receipt, because Discord's links expire and messages get deleted: held in memory, within bounds, until read.
import type { Log } from '../../bot/contract.ts';

export interface HeldFiles {
  /** Begins to fetch; does nothing where there is no room. */
  take(id: string, size: number, fetch: (signal: AbortSignal) => Promise<Uint8Array>): void;
  /** The bytes, once; null if they are not held or could not be fetched. */
  give(id: string): Promise<Uint8Array | null>;
  drop(id: string): void;
  clear(): void;
}

interface Held {
  size: number;
  bytes: Promise<Uint8Array | null>;
  abort: AbortController;
  timer: NodeJS.Timeout;
}

export function createHeldFiles(options: { maxTotalBytes: number; heldForMs: number; log: Log }): HeldFiles {
  const files = new Map<string, Held>();
  let total = 0;

  function drop(id: string): void {
    const held = files.get(id);
    if (held === undefined) return;
    files.delete(id);
    total -= held.size;
    clearTimeout(held.timer);
    held.abort.abort();
  }

  return {
    take(id, size, fetch) {
      if (files.has(id) || total + size > options.maxTotalBytes) return;
      const abort = new AbortController();
      const bytes = fetch(abort.signal).catch((error: unknown) => {
        // Not lost: reading it asks Discord again.
        if (!abort.signal.aborted) options.log.debug({ err: error }, 'an attachment could not be taken on receipt');
        return null;
      });
      const timer = setTimeout(() => drop(id), options.heldForMs);
      timer.unref();
      files.set(id, { size, bytes, abort, timer });
      total += size;
    },
    async give(id) {
      const held = files.get(id);
      if (held === undefined) return null;
      const bytes = await held.bytes;
      drop(id);
      return bytes;
    },
    drop,
    clear() {
      for (const id of [...files.keys()]) drop(id);
    },
  };
}
