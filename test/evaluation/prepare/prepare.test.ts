// Data preparation against an endpoint with state: what breaks a rule is corrected or rejected, never passed on; stopped runs go on; nothing leaks.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { isHeldOut, leaks, makeDataset, type TrainingRecord } from '../../../evaluation/prepare/make-dataset.ts';
import {
  type Prepared,
  prepareFile,
  readPrepared,
  refinedReports,
  rejectedFile,
} from '../../../evaluation/prepare/prepare-file.ts';
import { GENERATE_QA, REFINE, reasonsAgainst } from '../../../evaluation/prepare/prepare-record.ts';
import { violationsIn } from '../../../evaluation/prepare/violations.ts';
import { createEndpointModel } from '../../../evaluation/text-model/endpoint-model.ts';
import { type ChatRequest, type EndpointServer, startEndpoint } from '../support/endpoint-server.ts';

const CLEAN = {
  standard_report: 'The lungs show a small left pleural effusion. The heart is enlarged.',
  conclusion: 'Small left effusion, cardiomegaly.',
  recommendation: 'None.',
};
const PAIRS = {
  question1: 'Where is the effusion?',
  answer1: 'It is on the left and small.',
  question2: 'What could be the cause?',
  answer2: 'Heart failure or infection.',
};

let server: EndpointServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function model(answer: (request: ChatRequest, count: number) => string) {
  server = await startEndpoint(answer);
  return createEndpointModel({ url: server.url, model: 'editor', key: 'k-1', retryDelayMs: 5 });
}

function outFile(): string {
  return join(mkdtempSync(join(tmpdir(), 'prepare-')), 'refined.jsonl');
}

describe('removal rules', () => {
  test.each([
    ['time', 'The effusion has increased.'],
    ['time', 'A new opacity is seen.'],
    ['time', 'Stable cardiomegaly.'],
    ['time', 'The edema has resolved.'],
    ['comparison', 'In comparison with the study, larger.'],
    ['lateral', 'Seen on the lateral view.'],
    ['number', 'A nodule of 7 mm.'],
    ['person', 'This woman has an effusion.'],
    ['person', 'A year-old film of hers.'],
    ['history', 'Status post lobectomy.'],
    ['device', 'The endotracheal tube ends above the carina.'],
    ['device', 'A right PICC is in place.'],
    ['device', 'Pacemaker leads are intact.'],
    ['blank', 'Chest ___ is clear.'],
  ])('%s: %s', (rule, text) => {
    expect(violationsIn(text).map((violation) => violation.rule)).toContain(rule);
  });
  test.each([
    'Small left pleural effusion with linear atelectasis.',
    'The pleural line is visible at the apex.',
    'The heart is enlarged; there is no pneumothorax.',
    'Computed tomography of the chest is recommended.',
  ])('leaves alone: %s', (text) => {
    expect(violationsIn(text)).toEqual([]);
  });
  test('an answer of another shape is refused', () => {
    expect(reasonsAgainst(REFINE, 'Here you are!').reasons[0]).toContain('no JSON object');
    expect(reasonsAgainst(REFINE, JSON.stringify({ ...CLEAN, extra: 'x' })).reasons).toHaveLength(1);
    expect(reasonsAgainst(REFINE, JSON.stringify({ ...CLEAN, conclusion: ' ' })).reasons).toEqual([
      '"conclusion" is empty',
    ]);
  });
});

describe('refine', () => {
  test('a violation is told to the model, which corrects it', async () => {
    const editor = await model((_, count) =>
      JSON.stringify(count === 1 ? { ...CLEAN, conclusion: 'Effusion has increased by 2 cm.' } : CLEAN),
    );
    const file = outFile();
    const summary = await prepareFile({
      kind: REFINE,
      model: editor,
      reports: [{ id: 'r1', report: 'Raw report.' }],
      outFile: file,
      seed: 1,
    });
    expect(summary).toEqual({ accepted: 1, rejected: 0, continued: 0 });
    const [line] = readPrepared(file);
    expect(line).toMatchObject({
      id: 'r1',
      kind: 'refine',
      attempts: 2,
      value: CLEAN,
      model: expect.stringContaining('editor'),
    });
    expect(line?.messages.map((message) => message.role)).toEqual(['user', 'assistant']);
    const correction = server?.requests[1]?.body.messages.at(-1)?.content ?? '';
    expect(correction).toContain('"conclusion": it speaks of time or change ("increased")');
    expect(correction).toContain('a number or a measurement');
    const first = server?.requests[0];
    expect(first?.body).toMatchObject({
      model: 'editor',
      temperature: 0,
      response_format: { type: 'json_schema', json_schema: { strict: true } },
    });
    expect(first?.headers.authorization).toBe('Bearer k-1');
  });

  test('what stays wrong is rejected with its reasons and never passed on', async () => {
    const editor = await model(() => JSON.stringify({ ...CLEAN, standard_report: 'Stable film of a woman.' }));
    const file = outFile();
    const summary = await prepareFile({
      kind: REFINE,
      model: editor,
      reports: [{ id: 'r1', report: 'x' }],
      outFile: file,
      seed: 1,
    });
    expect(summary).toEqual({ accepted: 0, rejected: 1, continued: 0 });
    expect(existsSync(file)).toBe(false);
    const rejected = JSON.parse(readFileSync(rejectedFile(file), 'utf8'));
    expect(rejected.attempts).toHaveLength(3);
    expect(rejected.attempts[0].reasons.join(' ')).toMatch(/time or change.*age, sex/s);
    expect(server?.requests).toHaveLength(3);
  });

  test('a stopped run goes on without asking twice, also after a line was cut off', async () => {
    const editor = await model(() => JSON.stringify(CLEAN));
    const reports = ['a', 'b', 'c', 'd'].map((id) => ({ id, report: id }));
    const file = outFile();
    const stop = new AbortController();
    const onProgress = (done: number) => {
      if (done === 2) stop.abort();
    };
    await expect(
      prepareFile({ kind: REFINE, model: editor, reports, outFile: file, seed: 1, signal: stop.signal, onProgress }),
    ).rejects.toThrow(/goes on from here/);
    appendFileSync(file, '{"id":"c","ki');
    const summary = await prepareFile({ kind: REFINE, model: editor, reports, outFile: file, seed: 1 });
    expect(summary).toEqual({ accepted: 4, rejected: 0, continued: 2 });
    expect(server?.requests).toHaveLength(4);
    expect(readPrepared(file).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('the endpoint may be busy, broken or away: it is asked again, then named', async () => {
    const editor = await model(() => JSON.stringify(CLEAN));
    server?.faults.push({ status: 429, retryAfter: '0.01' }, { status: 500 }, { status: 0 });
    await expect(
      prepareFile({ kind: REFINE, model: editor, reports: [{ id: 'a', report: 'a' }], outFile: outFile(), seed: 1 }),
    ).resolves.toMatchObject({ accepted: 1 });
    server?.faults.push({ status: 401 });
    await expect(
      prepareFile({ kind: REFINE, model: editor, reports: [{ id: 'a', report: 'a' }], outFile: outFile(), seed: 1 }),
    ).rejects.toThrow(/refused the request \(status 401\)/);
    server?.faults.push(...Array.from({ length: 4 }, () => ({ status: 503 })));
    await expect(
      prepareFile({ kind: REFINE, model: editor, reports: [{ id: 'a', report: 'a' }], outFile: outFile(), seed: 1 }),
    ).rejects.toThrow(/did not answer in 4 attempts/);
  });

  test('a key is never sent in the clear to another machine', () => {
    expect(() => createEndpointModel({ url: 'http://example.org/v1', model: 'm', key: 'k' })).toThrow(/https address/);
    expect(() => createEndpointModel({ url: 'nonsense', model: 'm' })).toThrow(/https address/);
  });
});

test('questions are made from the refined report only', async () => {
  const editor = await model((request) =>
    JSON.stringify(request.response_format.json_schema.name === 'generate_qa' ? PAIRS : CLEAN),
  );
  const file = outFile();
  await prepareFile({
    kind: REFINE,
    model: editor,
    reports: [{ id: 'a', report: 'SECRET raw words' }],
    outFile: file,
    seed: 1,
  });
  const pairs = outFile();
  await prepareFile({
    kind: GENERATE_QA,
    model: editor,
    reports: refinedReports(readPrepared(file)),
    outFile: pairs,
    seed: 1,
  });
  expect(server?.requests[1]?.body.messages[0]?.content).not.toContain('SECRET');
  expect(readPrepared(pairs)[0]?.messages.map((message) => message.content)).toEqual([
    PAIRS.question1,
    PAIRS.answer1,
    PAIRS.question2,
    PAIRS.answer2,
  ]);
});

describe('make-dataset', () => {
  const prepared = (id: string, kind: Prepared['kind'], messages: Prepared['messages']): Prepared => ({
    id,
    kind,
    promptHash: 'h',
    model: 'm',
    attempts: 1,
    value: {},
    messages,
  });
  const turn = (question: string, answer: string): Prepared['messages'] => [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ];

  function films(count: number, same = false) {
    const folder = mkdtempSync(join(tmpdir(), 'films-'));
    const images = Array.from({ length: count }, (_, i) => ({
      id: `r${i}`,
      file: `${i}.png`,
      patient: `p${Math.floor(i / 2)}`,
    }));
    for (const { file } of images) writeFileSync(join(folder, file), same ? 'the same bytes' : file);
    return {
      folder,
      images,
      refined: images.map(({ id }) => prepared(id, 'refine', turn('Report?', `Report of ${id}.`))),
    };
  }

  test('splits by patient and puts the image before the first question', async () => {
    const { folder, images, refined } = films(40);
    const outDir = join(folder, 'out');
    const pairs = [prepared('r0', 'generate-qa', turn('Where?', 'Left.'))];
    const summary = await makeDataset({
      images,
      imageFolder: folder,
      refined: refined.slice(0, 38),
      pairs,
      outDir,
      validationShare: 0.3,
      seed: 1,
    });
    expect(summary.train + summary.validation).toBe(38);
    expect(summary.leftOut).toEqual([
      { id: 'r38', why: 'no accepted report' },
      { id: 'r39', why: 'no accepted report' },
    ]);
    const read = (name: string) =>
      readFileSync(join(outDir, name), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as TrainingRecord);
    const [train, validation] = [read('train.jsonl'), read('validation.jsonl')];
    expect(validation.length).toBeGreaterThan(0);
    expect(leaks(train, validation)).toEqual([]);
    const first = [...train, ...validation].find((record) => record.id === 'r0');
    expect(first?.messages.map((message) => message.content)).toEqual([
      '<image>\nReport?',
      'Report of r0.',
      'Where?',
      'Left.',
    ]);
    expect(isHeldOut('p3', 0.3, 1)).toBe(isHeldOut('p3', 0.3, 1));
  });

  test('the same picture under two patients is a leak, and then nothing is written', async () => {
    const { folder, images, refined } = films(40, true);
    const outDir = join(folder, 'out');
    await expect(
      makeDataset({ images, imageFolder: folder, refined, pairs: [], outDir, validationShare: 0.5, seed: 1 }),
    ).rejects.toThrow(/leak.*same bytes/);
    expect(existsSync(outDir)).toBe(false);
  });
});
