// Files on their way from a browser to the core: in memory only, counted while they stream in, gone once read or after ten minutes.
import { randomUUID } from 'node:crypto';
import { CxrError } from '../../engine/error.ts';

export interface Upload {
  id: string;
  /** Person who uploaded it; nobody else can attach it. */
  person: string;
  /** Extension in lower case without the dot, or empty: all that is kept of the file name. */
  extension: string;
  mediaType: string;
  bytes: Uint8Array;
}

export interface Uploads {
  /** Takes a body in while it arrives. Throws `image-empty`, `image-too-large`, `overloaded` or `attachment-unavailable`, keeping nothing. */
  take(
    body: AsyncIterable<Uint8Array>,
    about: { person: string; extension: string; mediaType: string; declaredBytes: number | null },
  ): Promise<Upload>;
  keep(bytes: Uint8Array, about: { person: string; extension: string; mediaType: string }): Upload;
  find(id: string, person: string): Upload | undefined;
  /** Hands the bytes out and lets go of them. */
  read(id: string): Uint8Array | undefined;
  drop(ids: readonly string[]): void;
  heldBytes(): number;
  clear(): void;
}

const holdMs = 10 * 60 * 1000;
/** An upload from which nothing arrives for this long is given up. */
const stalledMs = 30_000;

export function createUploads(options: { maxBytes: number; maxHeldBytes: number }): Uploads {
  const held = new Map<string, { upload: Upload; timer: NodeJS.Timeout }>();
  let arriving = 0;

  const heldBytes = () => [...held.values()].reduce((sum, { upload }) => sum + upload.bytes.byteLength, arriving);

  function drop(ids: readonly string[]): void {
    for (const id of ids) {
      clearTimeout(held.get(id)?.timer);
      held.delete(id);
    }
  }

  function keep(bytes: Uint8Array, about: { person: string; extension: string; mediaType: string }): Upload {
    const upload: Upload = { ...about, id: randomUUID(), bytes };
    const timer = setTimeout(() => held.delete(upload.id), holdMs);
    timer.unref();
    held.set(upload.id, { upload, timer });
    return upload;
  }

  function checkRoom(bytes: number): void {
    if (heldBytes() + bytes > options.maxHeldBytes) {
      throw new CxrError('overloaded', 'Too many films are coming in at once; please try again in a minute.');
    }
  }

  return {
    keep,
    drop,
    heldBytes,
    async take(body, about) {
      if ((about.declaredBytes ?? 0) > options.maxBytes) throw tooLarge(options.maxBytes);
      checkRoom(about.declaredBytes ?? 0);
      const chunks: Uint8Array[] = [];
      let size = 0;
      try {
        for await (const chunk of withoutStalling(body)) {
          size += chunk.byteLength;
          arriving += chunk.byteLength;
          if (size > options.maxBytes) throw tooLarge(options.maxBytes);
          checkRoom(0);
          chunks.push(chunk);
        }
      } finally {
        arriving -= size;
      }
      if (size === 0) throw new CxrError('image-empty', 'This file is empty.');
      return keep(Buffer.concat(chunks), {
        person: about.person,
        extension: about.extension,
        mediaType: about.mediaType,
      });
    },
    find(id, person) {
      const upload = held.get(id)?.upload;
      return upload?.person === person ? upload : undefined;
    },
    read(id) {
      const bytes = held.get(id)?.upload.bytes;
      drop([id]);
      return bytes;
    },
    clear: () => drop([...held.keys()]),
  };
}

function tooLarge(maxBytes: number): CxrError {
  return new CxrError(
    'image-too-large',
    `This file is larger than the ${Math.floor(maxBytes / 1024 / 1024)} MB that are taken here.`,
  );
}

async function* withoutStalling(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const stalled = new Promise<never>((_, reject) => {
        const halted = new CxrError('attachment-unavailable', 'The upload came to a halt; please send the file again.');
        timer = setTimeout(() => reject(halted), stalledMs);
      });
      const next = await Promise.race([chunks.next(), stalled]).finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } finally {
    void chunks.return?.()?.catch(() => undefined);
  }
}
