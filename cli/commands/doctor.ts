// `cxr doctor`: what is installed, what was chosen and why, whether the bundle is sound, and whether answers depend on the image.
import { existsSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import type { Command } from 'commander';
import { readBundle, verifyBundle } from '../../engine/bundle.ts';
import type { EncodedImage } from '../../engine/engine.ts';
import { CxrError } from '../../engine/error.ts';
import { canRunKernel, loadedCpuLibrary, PREBUILT } from '../../engine/native/build-kernel.ts';
import { REPORT_PROMPTS } from '../../prompts/paper.ts';
import { addEngineOptions, type EngineFlags } from '../engine-flags.ts';
import { versionOf } from '../package-root.ts';
import { type Style, styleFor } from '../report-text.ts';
import { createStatusLine } from '../status-line.ts';

/** Probabilities may differ by rounding: base rows are subtracted and added again. */
const INJECTION_TOLERANCE = 1e-5;
/** Between two films a P(yes) of a model that looks at them differs by more than this. */
const DEPENDENCE = 0.05;
const CONTROL_SIDE = 512;

export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('check this installation and the bundle, and say what was chosen and why');
  addEngineOptions(command).action((flags: EngineFlags) => doctor(flags));
}

async function kernelInUse(): Promise<string> {
  if (existsSync((await loadedCpuLibrary()) + PREBUILT)) return 'ours (npm run setup:kernel)';
  const isFaster = await canRunKernel();
  return isFaster ? 'prebuilt; npm run setup:kernel halves the time of long prompts here' : 'prebuilt';
}

async function doctor(flags: EngineFlags): Promise<void> {
  const style = styleFor(process.stdout);
  const status = createStatusLine();
  const table = createTable(style);
  table.heading('This machine');
  table.row('cxr', versionOf() ?? 'unknown');
  table.row('Node.js', `${process.version} on ${platform()} ${arch()}`);
  table.row('processor', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads`);
  table.row('memory', `${(totalmem() / 2 ** 30).toFixed(1)} GiB`);
  for (const name of ['node-llama-cpp', 'onnxruntime-node']) table.row(name, versionOf(name) ?? 'not installed');

  table.heading('Bundle');
  const bundle = await readBundle(flags.bundle);
  const { manifest } = bundle;
  table.row('name', `${manifest.name} ${manifest.version}`);
  table.row('licence', manifest.license);
  table.row('intended use', manifest.intendedUse);
  status.set('Checking hashes');
  await verifyBundle(bundle);
  table.row('hashes', `right (${bundle.hash.slice(0, 16)}…)`, true);

  status.set('Loading the models');
  const [{ createEncoder }, { loadLanguageModel }, { createSelfCheck }, { makeWorkFolder }] = await Promise.all([
    import('../../engine/encoder.ts'),
    import('../../engine/language-model.ts'),
    import('../../engine/self-check.ts'),
    import('../../engine/work-folder.ts'),
  ]);
  const folder = await makeWorkFolder();
  const encoderMs = stopwatch();
  const encoder = await createEncoder(bundle, { backend: flags.backend });
  const encoderLoadMs = encoderMs();
  const languageMs = stopwatch();
  const language = await loadLanguageModel(bundle, {
    sequences: 1,
    gpu: flags.gpu,
    log: () => {},
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
  });
  const languageLoadMs = languageMs();
  try {
    table.heading('Chosen');
    table.row('encoder', encoder.backendReason);
    const { backend, threads, llama, model } = language.runtime;
    const offloaded = backend === 'cpu' ? '' : `, ${model.gpuLayers} layers on the GPU`;
    table.row('language model', `${backend}, ${threads} thread${threads === 1 ? '' : 's'}${offloaded}`);
    table.row('llama.cpp', `${llama.llamaCppRelease.release} (${llama.buildType})`);
    if (backend === 'cpu') table.row('Q4_0 kernel', await kernelInUse());

    table.heading('Checks');
    const check = createSelfCheck(bundle, language, folder.path);
    status.set('Checking the soft token');
    const difference = await check.injection();
    table.row(
      'soft token',
      `largest difference of a probability ${difference.toExponential(1)}`,
      difference <= INJECTION_TOLERANCE,
    );

    status.set('Asking about blank, noise and drawn films');
    const images = await controlImages((bytes) => encoder.encode(bytes, { force: true }));
    const rows: number[][] = [];
    const labels = manifest.findings.filter(({ assessed }) => assessed).map(({ label }) => label);
    for (const [name, image] of images) {
      const row = await check.confirmations(image);
      rows.push(row);
      const values = row.map((value, index) => `${labels[index]} ${value.toFixed(2)}`);
      if (values.length > 0) table.row(`P(yes), ${name}`, values.join(', '));
    }
    const spread = Math.max(0, ...labels.map((_, i) => spreadOf(rows.map((row) => row[i] ?? 0))));
    const dependent = labels.length === 0 || spread >= DEPENDENCE;
    if (labels.length === 0) table.row('image matters', 'not checked, the bundle names no findings');
    else table.row('image matters', `P(yes) differs by up to ${spread.toFixed(2)} between them`, dependent);

    status.set('Timing');
    const image = images[0]?.[1] as EncodedImage;
    const turn = await check.answer(image, REPORT_PROMPTS.specific);
    table.heading('Timings');
    table.row('load', `encoder ${ms(encoderLoadMs)}, language model ${ms(languageLoadMs)}`);
    table.row('encode', ms(image.encodeMs));
    table.row('prefill', `${turn.evaluatedTokens} tokens, first word after ${ms(turn.msToFirstToken)}`);
    table.row('decode', `${turn.tokensPerSecond.toFixed(0)} tokens/s`);
    if (difference > INJECTION_TOLERANCE || !dependent) {
      throw new CxrError('internal', 'A check failed: do not trust answers of this installation.');
    }
  } finally {
    status.set(null);
    await language.close();
    await encoder.close();
    await folder.remove();
  }

  function createTable({ bold, dim, warn }: Style) {
    const line = (text: string) => {
      status.set(null);
      process.stdout.write(`${text}\n`);
    };
    return {
      heading: (text: string) => line(`\n${bold(text)}`),
      row(name: string, value: string, passed?: boolean) {
        const mark = passed === undefined ? '' : passed ? 'ok: ' : warn('FAILED: ');
        line(`  ${dim(name.padEnd(23))} ${mark}${value}`);
      },
    };
  }
}

function stopwatch(): () => number {
  const start = performance.now();
  return () => performance.now() - start;
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function spreadOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

/** Two drawn films that differ (the swap), a blank picture and noise. */
async function controlImages(
  encode: (bytes: Uint8Array) => Promise<EncodedImage>,
): Promise<readonly (readonly [string, EncodedImage])[]> {
  const [{ drawPhantom }, { default: sharp }] = await Promise.all([import('../../engine/phantom.ts'), import('sharp')]);
  const raw = { width: CONTROL_SIDE, height: CONTROL_SIDE, channels: 1 } as const;
  const picture = (value: (index: number) => number) =>
    sharp(
      Uint8Array.from({ length: CONTROL_SIDE ** 2 }, (_, index) => value(index)),
      { raw },
    )
      .png()
      .toBuffer();
  return [
    ['drawn, cloudy', await encode(await drawPhantom({ kind: 'edema' }))],
    ['drawn, clear', await encode(await drawPhantom({ kind: 'normal' }))],
    ['blank', await encode(await picture(() => 0))],
    ['noise', await encode(await picture((index) => (index * 2654435761) >>> 24))],
  ];
}
