// `cxr encode`: the encoder alone, over many images in one process; the language model is never loaded.
import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { openBundle } from '../../engine/bundle.ts';
import type { EncodedImage } from '../../engine/engine.ts';
import { CxrError, toCxrError } from '../../engine/error.ts';
import { addBundleOptions, type BundleFlags } from '../engine-flags.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { checkTarget, fileTrouble } from '../file-trouble.ts';
import { readImageFile } from '../image-file.ts';
import { abortOnInterrupt } from '../interrupt.ts';
import { findingLines, styleFor } from '../report-text.ts';
import { createStatusLine } from '../status-line.ts';

interface EncodeFlags extends BundleFlags {
  tokens?: string;
  json: boolean;
}

export function addEncodeCommand(program: Command): void {
  const command = program
    .command('encode')
    .description('run only the encoder: findings and image tokens of any number of images')
    .argument('<image...>', 'PNG, JPEG, WebP, TIFF or DICOM files')
    .option('--tokens <file>', 'write the image tokens (float32, little endian, row by row, image by image)')
    .option('--json', 'print one JSON line for each image', false);
  addBundleOptions(command).action((paths: string[], flags: EncodeFlags) => encode(paths, flags));
}

async function encode(paths: readonly string[], flags: EncodeFlags): Promise<void> {
  const { signal, release } = abortOnInterrupt();
  const status = createStatusLine();
  if (flags.tokens !== undefined) await checkTarget(flags.tokens, paths);
  const [{ createEncoder }, bundle] = await Promise.all([import('../../engine/encoder.ts'), openBundle(flags.bundle)]);
  const encoder = await createEncoder(bundle, { backend: flags.backend });
  const tokens = flags.tokens === undefined ? undefined : await open(flags.tokens, 'w');
  try {
    for (const [index, path] of paths.entries()) {
      if (signal.aborted) throw new CxrError('aborted', 'The reading was stopped.');
      status.set(`Encoding ${index + 1} of ${paths.length}`);
      try {
        // The gate's verdict is part of the result here, so nothing is refused for it.
        const image = await encoder.encode(await readImageFile(path), { force: true, signal });
        status.set(null);
        if (tokens !== undefined) await tokens.writeFile(littleEndian(image.imageTokens));
        process.stdout.write(flags.json ? jsonLine(path, image) : text(path, image));
      } catch (error) {
        status.set(null);
        const shown = toCxrError(error);
        if (shown.code === 'aborted' || exitCodeOf(shown) === EXIT.brokenBundle || fileTrouble(error) !== null)
          throw error;
        process.exitCode = exitCodeOf(shown);
        if (flags.json) process.stdout.write(`${JSON.stringify(failure(path, shown.message))}\n`);
        else process.stderr.write(`${path}: ${shown.message}\n`);
      }
    }
  } finally {
    status.set(null);
    release();
    await tokens?.close();
    await encoder.close();
  }
}

function jsonLine(file: string, { isChestRadiograph, gateScore, findings }: EncodedImage): string {
  const line = {
    file,
    isChestRadiograph,
    gateScore,
    findings: findings.map(({ name, label, assessed, probability }) => ({ name, label, assessed, probability })),
  };
  return `${JSON.stringify(line)}\n`;
}

function failure(file: string, error: string) {
  return { file, isChestRadiograph: false, gateScore: null, findings: [], error };
}

function text(file: string, image: EncodedImage): string {
  const style = styleFor(process.stdout);
  const gate = image.isChestRadiograph ? '' : ' (does not look like a chest radiograph)';
  const lines = [style.bold(`${file}${gate}`), ...findingLines(image.findings, style)];
  return `${lines.join('\n')}\n\n`;
}

/** The file format is little endian whatever the machine is. */
function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setFloat32(index * 4, value, true);
  return bytes;
}
