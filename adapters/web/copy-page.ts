// Build step: puts the page's static files beside its compiled modules. Run by `npm run build` after both compilers.
import { copyFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

const source = join(import.meta.dirname, '..', '..', '..', 'adapters', 'web', 'page');
const target = join(import.meta.dirname, 'page');
for (const name of readdirSync(source)) {
  if (['.html', '.css', '.svg'].includes(extname(name))) copyFileSync(join(source, name), join(target, name));
}
