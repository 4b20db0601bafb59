// Finds files that ship beside the compiled code (descriptions of data sets), whether we run from source or from dist/.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folder that holds our package.json. */
export function packageFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json is not above the running code');
    folder = parent;
  }
  return folder;
}
