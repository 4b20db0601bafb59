// Serves the built page from memory: compressed once at start, revalidated by ETag, nothing else of the disk within reach.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Context } from 'hono';
import { CxrError } from '../../engine/error.ts';

interface PageFileInMemory {
  type: string;
  plain: Uint8Array<ArrayBuffer>;
  gzip: Uint8Array<ArrayBuffer>;
  etag: string;
}

export interface PageFiles {
  /** The response for `/name`, or null when there is no such file. */
  respond(context: Context, name: string): Response | null;
  /** Compressed size of everything a browser loads, in bytes. */
  gzipBytes(): number;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page as `npm run build` leaves it: beside the compiled adapter, or in `dist` when the adapter runs from its source. */
export function builtPageFolder(): string {
  const beside = join(import.meta.dirname, 'page');
  const built = join(import.meta.dirname, '..', '..', 'dist', 'adapters', 'web', 'page');
  const folder = [beside, built].find((candidate) => existsSync(join(candidate, 'main.js')));
  if (folder === undefined) throw new CxrError('config-invalid', 'The page is not built; run `npm run build` first.');
  return folder;
}

/** What the page imports from outside its folder; a browser resolves `../../shared/` of a page at the root to `/shared/`. */
const sharedModules = (folder: string) =>
  ['shared/markdown.js', 'shared/markdown-table.js', 'shared/form.js'].map((name) => ({
    name,
    path: join(folder, '..', '..', name),
  }));

export function loadPageFiles(folder: string): PageFiles {
  const files = new Map<string, PageFileInMemory>();
  const own = readdirSync(folder).map((name) => ({ name, path: join(folder, name) }));
  for (const { name, path } of [...own, ...sharedModules(folder)]) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const plain = new Uint8Array(readFileSync(path));
    const etag = `"${createHash('sha256').update(plain).digest('hex').slice(0, 24)}"`;
    files.set(name, { type, plain, gzip: new Uint8Array(gzipSync(plain, { level: 9 })), etag });
  }
  return {
    gzipBytes: () => [...files.values()].reduce((sum, file) => sum + file.gzip.byteLength, 0),
    respond(context, name) {
      const file = files.get(name);
      if (!file) return null;
      const headers = {
        'content-type': file.type,
        etag: file.etag,
        'cache-control': 'no-cache',
        vary: 'accept-encoding',
      };
      if (context.req.header('if-none-match') === file.etag) return context.body(null, 304, headers);
      const compressed = (context.req.header('accept-encoding') ?? '').includes('gzip');
      return compressed
        ? context.body(file.gzip, 200, { ...headers, 'content-encoding': 'gzip' })
        : context.body(file.plain, 200, headers);
    },
  };
}
