// Where this package lies, from the sources as well as from dist/: the shipped bundle and package.json are found from here.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function findRoot(from: string): string {
  for (let dir = from; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json'))) return dir;
    if (dirname(dir) === dir) throw new Error(`no package.json above ${from}`);
  }
}

export const PACKAGE_ROOT = findRoot(import.meta.dirname);
export const SHIPPED_BUNDLE = join(PACKAGE_ROOT, 'models', 'micro');

/** Version of an installed package, or of this one with no name; null where it is not installed. */
export function versionOf(name?: string): string | null {
  const path = join(PACKAGE_ROOT, ...(name === undefined ? [] : ['node_modules', name]), 'package.json');
  if (!existsSync(path)) return null;
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown };
  return typeof version === 'string' ? version : null;
}
