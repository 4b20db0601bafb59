// Build step: puts the page's static files beside its compiled modules, its styles in one file, and tells the browser early which modules come.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const source = join(import.meta.dirname, '..', '..', '..', 'adapters', 'web', 'page');
const target = join(import.meta.dirname, 'page');
/** In the order in which they build on each other. */
const styles = ['colours.css', 'layout.css', 'welcome.css', 'film.css', 'talk.css', 'post.css', 'narrow.css'];
/** Loaded by other pages, or before the modules. */
const notPreloaded = ['theme.js', 'login.js'];

const missing = readdirSync(source).filter((name) => extname(name) === '.css' && !styles.includes(name));
if (missing.length > 0) throw new Error(`not in the list of styles: ${missing.join(', ')}`);
writeFileSync(join(target, 'page.css'), styles.map((name) => readFileSync(join(source, name), 'utf8')).join('\n'));
for (const name of readdirSync(source)) {
  if (['.html', '.svg'].includes(extname(name))) copyFileSync(join(source, name), join(target, name));
}
const modules = readdirSync(target).filter((name) => extname(name) === '.js' && !notPreloaded.includes(name));
const preloads = modules.map((name) => `<link rel="modulepreload" href="/${name}">`).join('');
const index = readFileSync(join(source, 'index.html'), 'utf8');
writeFileSync(join(target, 'index.html'), index.replace('<link rel="modulepreload" href="/main.js">', preloads));
