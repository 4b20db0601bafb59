// Checks the import table of ARCHITECTURE.md: data flows one way, adapters and engine never meet.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
/** Folder → what its files may import of ours, besides the folder itself. A file name means exactly that file. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  engine: ['prompts/paper.ts'],
  prompts: [],
  labeller: [],
  bot: ['engine/engine.ts', 'engine/error.ts', 'engine/panel.ts', 'prompts/', 'labeller/'],
  adapters: ['bot/contract.ts', 'engine/error.ts'],
  evaluation: ['engine/', 'prompts/', 'labeller/'],
};
/** Composition roots: they alone see everything. */
const ROOTS = ['bot/main.ts', 'bot/compose.ts'];

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function folders(): string[] {
  const present = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return Object.keys(ALLOWED).filter((folder) => present.some((entry) => entry.name === folder));
}

test.each(folders())('%s imports only what the table allows', (folder) => {
  const wrong: string[] = [];
  for (const file of sourceFiles(folder)) {
    if (ROOTS.includes(file)) continue;
    const source = readFileSync(join(root, file), 'utf8');
    for (const [, target] of source.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)) {
      const imported = relative(root, resolve(root, dirname(file), target as string));
      const inside = imported.startsWith(`${folder}/`);
      const allowed = (ALLOWED[folder] ?? []).some((rule) =>
        rule.endsWith('/') ? imported.startsWith(rule) : imported === rule,
      );
      if (!inside && !allowed) wrong.push(`${file} → ${imported}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('one adapter never imports another', () => {
  const wrong = sourceFiles('bot').length > 0 ? adapterCrossImports() : [];
  expect(wrong).toEqual([]);
});

function adapterCrossImports(): string[] {
  let files: string[];
  try {
    files = sourceFiles('adapters');
  } catch {
    return [];
  }
  return files.filter((file) => {
    const own = file.split('/')[1];
    const source = readFileSync(join(root, file), 'utf8');
    return [...source.matchAll(/from\s+'(\.\.\/[^']+)'/g)].some(([, target]) => {
      const imported = relative(root, resolve(root, dirname(file), target as string)).split('/');
      return imported[0] === 'adapters' && imported.length > 2 && imported[1] !== own && imported[1] !== 'shared';
    });
  });
}
