// `cxr eval`, `cxr label` and `cxr prompts` as processes of their own; a study killed with kill -9 and continued gives equal numbers.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSmallDataset } from '../evaluation/support/small-dataset.ts';
import { runCxr } from '../support/run-cxr.ts';
import { writeToyBundle } from '../support/toy-bundle.ts';

const CXR = resolve(import.meta.dirname, '../../dist/cli/cxr.js');
let dir = '';
let data = '';
let bundle = '';

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cxr-eval-'));
  data = await writeSmallDataset(6);
  bundle = await writeToyBundle(join(dir, 'bundle'), { systemPrompt: 'You read radiographs.', contextTokens: 1024 });
});
afterAll(() => {
  for (const folder of [dir, data]) rmSync(folder, { recursive: true, force: true });
});

const evalArgs = (out: string, workers: number) => [
  ...['eval', data, '--bundle', bundle, '--out', out, '--workers', String(workers), '--runs', '2', '--gallery', '1'],
  ...['--control-images', '3'],
];

/** Starts a study and kills it, workers and all, once some answers are written. */
async function killedStudy(out: string): Promise<number> {
  const child = spawn(process.execPath, [CXR, ...evalArgs(out, 2)], { stdio: 'ignore' });
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  const file = join(out, 'records.jsonl');
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);
  while (lines() < 8 && child.exitCode === null) await new Promise((again) => setTimeout(again, 20));
  child.kill('SIGKILL');
  await gone;
  return lines();
}

describe('cxr eval', () => {
  test('killed with kill -9 and continued with another number of processes, the results are the same in every byte', async () => {
    const whole = join(dir, 'whole');
    // The toy bundle guesses, so the control may fail: the report is written all the same.
    const first = await runCxr(evalArgs(whole, 0));
    expect([0, 4]).toContain(first.code);
    expect(first.stdout).toContain('Table 3 of the paper');
    expect(first.stdout).toContain('NOT COMPARABLE');
    const killed = join(dir, 'killed');
    const written = await killedStudy(killed);
    expect(written).toBeGreaterThanOrEqual(8);
    expect(existsSync(join(killed, 'results.json'))).toBe(false);
    const second = await runCxr(evalArgs(killed, 1));
    expect([0, 4]).toContain(second.code);
    expect(readFileSync(join(killed, 'results.json'), 'utf8')).toBe(readFileSync(join(whole, 'results.json'), 'utf8'));
    const html = readFileSync(join(whole, 'report.html'), 'utf8');
    expect(html).toContain('<svg');
    expect(html).toContain('data:image/jpeg;base64,');
    expect(html).not.toMatch(/<script|src="http|href="http/);
  }, 300_000);

  test('says in a sentence what is wrong', async () => {
    expect(await runCxr(['eval'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Name at least one data set'),
    });
    expect(await runCxr(['eval', join(dir, 'nowhere')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('does not exist'),
    });
    expect(await runCxr(['eval', data, '--runs', '0'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('at least 1'),
    });
    expect((await runCxr(['eval', '--list'])).stdout).toContain('chexpert-test');
  });
});

describe('cxr label', () => {
  test('labels what comes on standard input', async () => {
    const { code, stdout } = await runCxr(['label', '-', '--findings', 'effusion', '--cells', 'chexpert'], {
      input: 'report\n"No effusion."\n"Large\neffusion."\n',
    });
    expect(code).toBe(0);
    expect(stdout).toBe('report,effusion\r\nNo effusion.,0.0\r\n"Large\neffusion.",1.0\r\n');
  });

  test('by the bundle itself under the grammar: always valid JSON, agreement printed', async () => {
    const { code, stdout, stderr } = await runCxr(
      ['label', '-', '--by', 'both', '--bundle', bundle, '--findings', 'effusion', 'edema'],
      {
        input: 'report\nNo effusion.\n',
        env: { CXR_ENDPOINT: 'http://127.0.0.1:1/v1', CXR_ENDPOINT_MODEL: 'never asked' },
      },
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^report,effusion,edema,edema \(model\),effusion \(model\)\r\nNo effusion\.,absent,not-mentioned,(?:present|absent),(?:present|absent)\r\n$/,
    );
    expect(stderr).toContain('Agreement of the rules with toy 1');
  });

  test('prints the scores of the gold set, half by half', async () => {
    const { stdout } = await runCxr(['label', resolve(import.meta.dirname, '../labeller/gold.tsv'), '--gold']);
    expect(stdout).toMatch(/Development half: \d{3} sentences/);
    expect(stdout).toMatch(/Held-out half: \d{3} sentences/);
  });
});

describe('cxr prompts', () => {
  test('lists every prompt with its hash', async () => {
    expect((await runCxr(['prompts', 'list'])).stdout).toMatch(/^basic +report +v1 {2}[0-9a-f]{12} {2}Lee et al/);
  });

  test('says which prompt is ahead and whether that is more than noise', async () => {
    const args = [
      'prompts',
      'test',
      data,
      '--prompts',
      'basic',
      'brief',
      '--bundle',
      bundle,
      '--out',
      join(dir, 'prompts'),
      '--workers',
      '0',
    ];
    const { code, stdout } = await runCxr(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/"(?:basic|brief)" (?:is ahead, but not by more than noise|wins, and by more than noise)/);
  }, 120_000);
});

test('BUNDLE_DIR names the bundle of every command that works with one', async () => {
  const env = { BUNDLE_DIR: join(dir, 'nowhere'), CXR_ENDPOINT: '' };
  const input = 'report\nNo effusion.\n';
  const calls = [
    ['eval', data, '--out', join(dir, 'never')],
    ['prompts', 'test', data, '--out', join(dir, 'never')],
    ['label', '-', '--by', 'both'],
    ['refine', 'reports.csv', '--out', join(dir, 'never')],
    ['generate-qa', 'refined.jsonl', '--out', join(dir, 'never')],
    ['read', 'film.png'],
  ];
  const file = join(dir, 'film.png');
  writeFileSync(file, 'no film');
  writeFileSync(join(dir, 'reports.csv'), 'id,report\n1,No effusion.\n');
  writeFileSync(join(dir, 'refined.jsonl'), '');
  for (const call of calls) {
    const args = call.map((each) => (/^(film|reports|refined)\./.test(each) ? join(dir, each) : each));
    const { code, stderr } = await runCxr(args, { env, input });
    expect([call[0], code, stderr]).toEqual([call[0], 4, expect.stringContaining(join(dir, 'nowhere'))]);
  }
}, 240_000);
