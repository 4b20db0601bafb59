// `cxr cases` as a process: the sample is drawn, checked and listed; mistakes are told as file:line:column with an exit code.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCxr } from '../support/run-cxr.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cxr-cases-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('sample, check, list, and a mistake', async () => {
  const library = join(dir, 'library');
  const sample = await runCxr(['cases', 'sample', library]);
  expect(sample.code).toBe(0);
  expect(sample.stdout.trim().split('\n')).toHaveLength(6);
  expect(await readdir(library)).toHaveLength(6);
  expect(await runCxr(['cases', 'check', library])).toEqual({
    code: 0,
    stdout: '',
    stderr: '3 good cases, 0 errors, 0 warnings.\n',
  });
  const { stdout } = await runCxr(['cases', 'list', library]);
  expect(stdout).toContain('dull-base  Dull at the left base (easy, pleura, 1 film)\n');

  await writeFile(join(library, 'broken.png'), 'no image');
  await writeFile(
    join(library, 'wrong.yaml'),
    'format: case-library/1\ntitle: Wrong\nfindings: effusion\nlicence: CC0-1.0\nimages:\n  - broken.png\n',
  );
  const checked = await runCxr(['cases', 'check', library]);
  expect(checked.code).toBe(3);
  expect(checked.stdout).toMatch(/^wrong\.yaml:6:5: .+\.\n$/);
  expect(checked.stderr).toBe('3 good cases, 1 error, 0 warnings.\n');

  const again = await runCxr(['cases', 'sample', library]);
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('is not empty') });
});

test.each([
  [['cases', 'check', 'no-such-folder'], 'no folder that can be read'],
  [['cases', 'check'], 'missing required argument'],
])('wrong usage %j', async (args, sentence) => {
  expect(await runCxr(args)).toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) });
});
