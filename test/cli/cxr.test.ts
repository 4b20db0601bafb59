// The `cxr` command as a process, on the toy bundle: exact JSON shapes, exit codes, stored conversations, Ctrl-C.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REPORT_PROMPTS } from '../../prompts/paper.ts';
import { runCxr } from '../support/run-cxr.ts';
import { writeToyBundle } from '../support/toy-bundle.ts';

let dir = '';
let bundle = '';
let image = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cxr-'));
  bundle = await writeToyBundle(join(dir, 'bundle'));
  image = join(dir, 'film.png');
  const pixels = Uint8Array.from(
    { length: 300 * 320 },
    (_, i) => 60 + ((i * 7919) % 97) + Math.round(((i % 300) / 300) * 90),
  );
  await sharp(pixels, { raw: { width: 300, height: 320, channels: 1 } })
    .png()
    .toFile(image);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const env = () => ({ BUNDLE_DIR: bundle, CXR_STATE_DIR: join(dir, 'state'), GPU: 'off', BACKEND: 'cpu' });
const run = (...args: string[]) => runCxr(args, { env: env() });

test('read --json prints the one object that is documented', async () => {
  const { code, stdout } = await run(
    'read',
    image,
    '--force',
    '--prompt',
    'confirm',
    '--ask',
    'Why?',
    '--seed',
    '1',
    '--json',
  );
  expect(code).toBe(0);
  const result = JSON.parse(stdout);
  const number = expect.any(Number);
  const turn = {
    question: REPORT_PROMPTS.confirm,
    answer: expect.any(String),
    answerTokenIds: expect.any(Array),
    promptTokens: number,
    evaluatedTokens: number,
    answerTokens: number,
    msToFirstToken: number,
    tokensPerSecond: number,
  };
  expect(result).toEqual({
    bundle: { name: 'toy', version: '1' },
    image: { width: 300, height: 320, kind: 'png', isChestRadiograph: expect.any(Boolean) },
    findings: [
      { name: 'effusion', label: 'pleural effusion', assessed: true, probability: number },
      { name: 'edema', label: 'edema', assessed: true, probability: number },
      { name: 'pneumonia', label: 'pneumonia', assessed: false, probability: null },
    ],
    turns: [turn, { ...turn, question: 'Why?' }],
    confirmations: ['effusion', 'edema'].map((finding) => ({
      finding,
      answer: expect.stringMatching(/^(yes|no)$/),
      probability: number,
    })),
    timings: { loadMs: number, encodeMs: number },
    warnings: expect.any(Array),
  });
});

test('read without questions holds the figures’ three turns, and the same seed says the same', async () => {
  const picture = join(dir, 'panel.png');
  const args = ['read', image, '--force', '--seed', '3', '--max-tokens', '8', '--picture', picture];
  const [one, two] = [await run(...args), await run(...args)];
  expect(one.code).toBe(0);
  expect(one.stdout).toBe(two.stdout);
  expect(one.stdout.match(/^› /gm)).toHaveLength(3);
  expect(one.stdout).toContain('not assessed: pneumonia');
  expect(one.stdout).toMatch(/checked by a radiologist/);
  expect((await sharp(await readFile(picture)).metadata()).format).toBe('png');
});

test('encode prints a line for each image and writes the tokens, and one bad file does not stop the others', async () => {
  const broken = join(dir, 'broken.png');
  await writeFile(broken, (await readFile(image)).subarray(0, 400));
  const tokens = join(dir, 'tokens.f32');
  const { code, stdout } = await run('encode', image, broken, image, '--json', '--tokens', tokens);
  expect(code).toBe(3);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ file }) => file)).toEqual([image, broken, image]);
  expect(Object.keys(lines[0])).toEqual(['file', 'isChestRadiograph', 'gateScore', 'findings']);
  expect(lines[1].error).toMatch(/^[A-Z].*\.$/);
  expect((await readFile(tokens)).byteLength).toBe(2 * 64 * 4);
});

test('a command line of many films is read to its end', async () => {
  const { code, stdout } = await run(
    'encode',
    '--json',
    ...Array.from({ length: 1000 }, (_, i) => `no-folder-of-films/${i}.png`),
  );
  expect(code).toBe(2);
  expect(stdout.trim().split('\n')).toHaveLength(1000);
});

test('exit codes: usage 2, refused input 3, broken bundle 4, and one sentence each', async () => {
  const empty = join(dir, 'empty.png');
  await writeFile(empty, '');
  const cases: [string[], number][] = [
    [['read'], 2],
    [['nonsense'], 2],
    [['read', image, '--temperature', 'hot'], 2],
    [['read', image, '--threads', '100000'], 2],
    [['read', join(dir, 'nothing.png')], 2],
    [['read', image, '--ask', ' '], 2],
    [['read', image, '--picture', join(dir, 'nowhere', 'panel.png')], 2],
    [['read', image, '--picture', dir], 2],
    [['encode', image, '--tokens', join(dir, 'nowhere', 'tokens.f32')], 2],
    [['read', empty], 3],
    [['read', image, '--bundle', dir], 4],
    [['forget', 'nobody'], 1],
    [['resume', 'nobody'], 1],
    [['--help'], 0],
  ];
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await run(...args);
    expect([args, code]).toEqual([args, expected]);
    if (expected > 0) {
      expect(stdout).toBe('');
      expect(stderr).not.toMatch(/\n\s+at |on our side/);
    }
  }
});

test('no output goes over a film that is read, by whatever name', async () => {
  const film = join(dir, 'only-copy.png');
  const link = join(dir, 'link.png');
  await copyFile(image, film);
  await symlink(film, link);
  for (const args of [
    ['read', film, '--picture', film],
    ['read', film, '--picture', link],
    ['encode', image, film, '--tokens', film],
  ]) {
    const { code, stderr } = await run(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining('it is the file to be read')]);
    expect(await readFile(film)).toEqual(await readFile(image));
  }
});

test('a store that is none is told in one sentence, and a new one is nobody else’s to read', async () => {
  const state = join(dir, 'no-store');
  await mkdir(state);
  await writeFile(join(state, 'conversations.sqlite'), 'not a database');
  for (const args of [['list'], ['forget', 'x'], ['resume', 'x'], ['chat', image], ['read', image, '--keep']]) {
    const { code, stderr } = await runCxr(args, { env: { ...env(), CXR_STATE_DIR: state } });
    expect([args[0], code, stderr.trim().split('\n')]).toEqual([
      args[0],
      1,
      [expect.stringMatching(/cannot be opened: .*\.$/)],
    ]);
  }
  await rm(join(state, 'conversations.sqlite'));
  expect((await runCxr(['list'], { env: { ...env(), CXR_STATE_DIR: state } })).code).toBe(0);
  expect((await stat(join(state, 'conversations.sqlite'))).mode & 0o077).toBe(0);
});

test('a full disk is told in one sentence', async ({ skip }) => {
  if (!existsSync('/dev/full')) skip('this system has no /dev/full');
  const tokens = await run('encode', image, '--tokens', '/dev/full');
  expect(tokens).toMatchObject({ code: 1, stdout: '' });
  expect(tokens.stderr).toBe('cxr: The output cannot be used: the disk is full.\n');
  const command = `"${process.execPath}" dist/cli/cxr.js encode "${image}" --json > /dev/full`;
  const printed = spawnSync('sh', ['-c', command], { env: { ...process.env, ...env() }, encoding: 'utf8' });
  expect(printed.status).toBe(1);
  expect(printed.stderr).toBe('cxr: The output cannot be used: the disk is full.\n');
});

test('chat keeps the conversation: list shows it, resume goes on with it, forget removes it', async () => {
  const options = { env: env() };
  const chat = await runCxr(['chat', image, '--force', '--temperature', '0', '--max-tokens', '6'], {
    ...options,
    input: 'Report.\nWhy?\n',
  });
  expect(chat.code).toBe(0);
  expect(chat.stderr).toContain('go on with: cxr resume ');
  const id = /cxr resume (\S+)/.exec(chat.stderr + chat.stdout)?.[1] ?? '';
  const list = (await run('list', '--json')).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(list).toEqual([expect.objectContaining({ id, turns: 2, images: 1, bundle: 'toy' })]);
  // As npm runs it in a checkout.
  const inCheckout = { env: { ...env(), npm_lifecycle_event: 'cxr' }, input: 'What else?\n' };
  const resumed = await runCxr(['resume', id, '--max-tokens', '6'], inCheckout);
  expect(resumed.stderr).toContain(`go on with: npm run -s cxr -- resume ${id}`);
  expect(resumed.code).toBe(0);
  expect(resumed.stdout).toContain('Why?');
  expect((await run('list')).stdout).toContain('3 turns');
  expect((await run('forget', id)).code).toBe(0);
  expect((await run('list')).stdout).toBe('');
});

test('chat confirms what was assessed alone, and says what it does not know', async () => {
  const { stdout, code } = await runCxr(['chat', image, '--force'], {
    env: env(),
    input: '/confirm Edema\n/confirm pneumonia\n/confirm banana\n/confirm\n/foo\n',
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/: (yes|no) \(encoder [<>]? ?0\.\d\d, threshold 0\.\d\d\)/);
  expect(stdout).toContain('pneumonia is not assessed on this film.');
  expect(stdout.match(/Which finding\? effusion, edema/g)).toHaveLength(2);
  expect(stdout).toContain('There is no /foo.');
});

test('doctor tells versions, choices with reasons, hashes, the injection and the control', async () => {
  const { stdout, code } = await run('doctor');
  expect(stdout).toMatch(/node-llama-cpp +\d/);
  expect(stdout).toMatch(/encoder +cpu, as configured/);
  expect(stdout).toMatch(/language model +cpu, 1 thread/);
  expect(stdout).toMatch(/hashes +ok: right/);
  expect(stdout).toMatch(/soft token +ok: largest difference of a probability \d/);
  expect(stdout.match(/P\(yes\), /g)).toHaveLength(4);
  expect(stdout).toMatch(/decode +\d+ tokens\/s/);
  // A model of random weights may pass or fail the control; the exit code says which it was.
  expect(code).toBe(/image matters +ok/.test(stdout) ? 0 : 1);
});

test('Ctrl-C stops a reading in good order', async () => {
  // Enough answers that the signal finds one running, however slow the machine's pipes are.
  const questions = Array.from({ length: 200 }, (_, i) => ['--ask', `Why ${i}?`]).flat();
  let sent = false;
  const { code, stderr } = await runCxr(['read', image, '--force', '--max-tokens', '300', ...questions], {
    env: env(),
    onOutput: (stdout, kill) => {
      if (sent || !stdout.includes('› Why 0?')) return;
      sent = true;
      kill('SIGINT');
    },
  });
  expect(code).toBe(1);
  expect(stderr).toContain('cxr: The answer was stopped.\n');
});
