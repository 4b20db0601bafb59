// What can be wrong with a checkpoint is said exactly (file, tensor, shape); an interrupted conversion goes on; a ready GGUF is taken as it is.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ConvertOptions, convertCheckpoint } from '../../../engine/convert/convert.ts';
import { PUBLISHED_SYSTEM_PROMPTS } from '../../../prompts/published.ts';
import { compareAnswers } from './answers.ts';
import { fixtureDir, hasFixture } from './fixture.ts';
import { hasTorch, writeReference } from './torch-reference.ts';

// Slow on a busy machine, and that is no failure.
vi.setConfig({ testTimeout: 600_000 });

let dir = '';
let copies = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cxr-checkpoint-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const FIRST = 'model-00001-of-00002.safetensors';
const SECOND = 'model-00002-of-00002.safetensors';

async function copyOfFixture(): Promise<string> {
  copies += 1;
  const copy = join(dir, `checkpoint-${copies}`);
  await cp(fixtureDir, copy, { recursive: true });
  await promisify(execFile)('chmod', ['-R', 'u+w', copy]);
  return copy;
}

function convert(checkpoint: string, more: Partial<ConvertOptions> = {}) {
  const outDir = `${checkpoint}-bundle`;
  return convertCheckpoint({
    checkpoint,
    outDir,
    quantization: 'f16',
    systemPrompts: PUBLISHED_SYSTEM_PROMPTS,
    ...more,
  });
}

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** Rewrites the header of a shard; the data stays where it is, behind it. */
async function editHeader(file: string, edit: (header: Header) => void): Promise<void> {
  const bytes = await readFile(file);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Header;
  edit(header);
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  await writeFile(file, Buffer.concat([size, text, bytes.subarray(8 + length)]));
}

async function editConfig(
  checkpoint: string,
  edit: (config: Record<string, Record<string, unknown>>) => void,
): Promise<void> {
  const config = JSON.parse(await readFile(join(checkpoint, 'config.json'), 'utf8'));
  edit(config);
  await writeFile(join(checkpoint, 'config.json'), JSON.stringify(config));
}

const FAULTS: Record<string, { break(checkpoint: string): Promise<unknown>; says: RegExp }> = {
  'a shard that is cut off': {
    break: (checkpoint) => truncate(join(checkpoint, FIRST), 300_000),
    says: /model-00001-of-00002\.safetensors is cut off: tensor \S+ of shape \[.*\] ends \d+ bytes behind the file's end/,
  },
  'a shard that is missing': {
    break: (checkpoint) => rm(join(checkpoint, SECOND)),
    says: /file model-00002-of-00002\.safetensors is missing/,
  },
  'another format of numbers': {
    break: (checkpoint) =>
      editHeader(join(checkpoint, FIRST), (header) => {
        if (header['mm_projector.bias']) header['mm_projector.bias'].dtype = 'I8';
      }),
    says: /mm_projector\.bias in model-00001\S+ is I8; only F32, F16 and BF16/,
  },
  'sizes that do not fit the shape': {
    break: (checkpoint) =>
      editHeader(join(checkpoint, FIRST), (header) => {
        if (header['mm_projector.bias']) header['mm_projector.bias'].shape = [65];
      }),
    says: /mm_projector\.bias in model-00001\S+ has 128 bytes, but shape \[65\] in BF16 needs 130/,
  },
  'a tensor of another shape than config.json says': {
    break: (checkpoint) =>
      editConfig(checkpoint, (config) => {
        if (config.llama) config.llama.intermediate_size = 192;
      }),
    says: /llama\.layers\.0\.mlp\.gate_proj\.weight has shape \[160, 64\]; by config\.json it should be \[192, 64\]/,
  },
  'a layer too few': {
    break: (checkpoint) =>
      editConfig(checkpoint, (config) => {
        if (config.llama) config.llama.num_hidden_layers = 3;
      }),
    says: /lacks tensor llama\.layers\.2\.input_layernorm\.weight of shape \[64\]/,
  },
  'a layer too many': {
    break: (checkpoint) =>
      editConfig(checkpoint, (config) => {
        if (config.llama) config.llama.num_hidden_layers = 1;
      }),
    says: /9 tensor\(s\) that this layout does not know.*llama\.layers\.1\./,
  },
  'no tokenizer': {
    break: (checkpoint) => rm(join(checkpoint, 'tokenizer.model')),
    says: /no readable tokenizer\.model/,
  },
  'a tokenizer that is none': {
    break: (checkpoint) => writeFile(join(checkpoint, 'tokenizer.model'), 'not a protobuf'),
    says: /tokenizer\.model is no/,
  },
  'an unknown layout': {
    break: (checkpoint) => writeFile(join(checkpoint, 'config.json'), '{"model_type": "bert"}'),
    says: /the layout is not known/,
  },
};

test.skipIf(!hasFixture).each(Object.entries(FAULTS))('%s is named', async (_, fault) => {
  const checkpoint = await copyOfFixture();
  await fault.break(checkpoint);
  await expect(convert(checkpoint)).rejects.toMatchObject({
    code: 'checkpoint-invalid',
    message: expect.stringMatching(fault.says),
  });
  await expect(stat(`${checkpoint}-bundle`)).rejects.toThrow();
});

test.skipIf(!hasFixture)('a stopped conversion goes on where it was and ends in the same bundle', async () => {
  const whole = await copyOfFixture();
  const { manifest } = await convert(whole, { quantization: 'f32' });
  const checkpoint = await copyOfFixture();
  for (const file of [FIRST, SECOND]) await cp(join(whole, file), join(checkpoint, file), { preserveTimestamps: true });
  const stop = new AbortController();
  const stopped = convert(checkpoint, {
    quantization: 'f32',
    signal: stop.signal,
    onProgress: ({ stage, doneBytes, totalBytes }) => {
      if (stage === 'language' && doneBytes > totalBytes / 2) stop.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  const partial = `${checkpoint}-bundle.partial`;
  const before = (await stat(join(partial, 'language.gguf'))).size;
  let firstDone = 0;
  const second = await convert(checkpoint, {
    quantization: 'f32',
    onProgress: ({ stage, doneBytes }) => {
      if (stage === 'language' && firstDone === 0) firstDone = doneBytes;
    },
  });
  expect(second.resumed).toBe(true);
  expect(firstDone).toBeGreaterThan(before / 2);
  expect(second.manifest.sha256).toEqual(manifest.sha256);
  await expect(stat(partial)).rejects.toThrow();
  await expect(convert(checkpoint)).rejects.toMatchObject({ code: 'usage' });
});

test.skipIf(!hasFixture)('a partial bundle of other settings is thrown away', async () => {
  const checkpoint = await copyOfFixture();
  const stop = new AbortController();
  const stopped = convert(checkpoint, {
    signal: stop.signal,
    onProgress: ({ stage }) => {
      if (stage === 'language') stop.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  expect((await convert(checkpoint, { quantization: 'q8_0' })).resumed).toBe(false);
});

test.skipIf(!hasTorch)('a ready GGUF gives the same answers as the folder it was made from', async () => {
  const checkpoint = join(dir, 'v1');
  await writeReference({ layout: 'v1', dtype: 'F16', separate_language: true }, checkpoint);
  const fromFolder = join(dir, 'from-folder');
  await convert(checkpoint, { outDir: fromFolder, quantization: 'f32', language: join(checkpoint, 'language') });
  const fromFile = join(dir, 'from-file');
  await convert(checkpoint, { outDir: fromFile, language: join(fromFolder, 'language.gguf') });
  const { answers, imageTokens } = await compareAnswers(fromFile, checkpoint);
  expect(imageTokens).toBeLessThan(1e-4);
  for (const { actual, expected } of answers) expect(actual).toEqual(expected);
});
