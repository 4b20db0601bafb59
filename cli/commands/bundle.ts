// `cxr bundle`: what is in a bundle (info), whether it is sound and looks at its image (check), what the published models need (memory).
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { type Bundle, readBundle } from '../../engine/bundle.ts';
import { checkBundle } from '../../engine/bundle-check.ts';
import { QUANTIZATION_NAMES } from '../../engine/convert/mixture.ts';
import { CxrError } from '../../engine/error.ts';
import { describeLanguageFile } from '../../engine/language-file.ts';
import { GPU_CHOICES, type GpuChoice } from '../../engine/llama-runtime.ts';
import { CACHE_NUMBER_BYTES, memoryNeed } from '../../engine/memory-need.ts';
import { languageBytes, PUBLISHED_SHAPES } from '../../engine/published-shapes.ts';
import { REPORT_PROMPTS } from '../../prompts/paper.ts';
import { readImageFile } from '../image-file.ts';
import { styleFor } from '../report-text.ts';
import { createStatusLine } from '../status-line.ts';

const GIB = 2 ** 30;
const CONVERSATIONS_SHOWN = [1, 4, 16];

function size(bytes: number): string {
  return bytes >= GIB / 10 ? `${(bytes / GIB).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function rows(entries: readonly (readonly [string, string])[]): string {
  const { dim } = styleFor(process.stdout);
  const width = Math.max(...entries.map(([name]) => name.length)) + 1;
  return entries.map(([name, value]) => `  ${dim(name.padEnd(width))} ${value}\n`).join('');
}

async function info(dir: string): Promise<void> {
  const bundle = await readBundle(dir);
  const { encoder, language, ...manifest } = bundle.manifest;
  const file = await describeLanguageFile(bundle.languagePath);
  const encoderBytes = await encoderBytesOf(bundle);
  const parameters = `${(file.parameters / 1e9).toFixed(file.parameters > 1e9 ? 1 : 4)} billion parameters`;
  process.stdout.write(
    rows([
      ['name', `${manifest.name} ${manifest.version}`],
      ['licence', manifest.license],
      ['intended use', manifest.intendedUse],
      ['source', manifest.source ?? 'not stated'],
      ['hash', bundle.hash],
      [
        'encoder',
        `${encoder.size} × ${encoder.size} px, ${encoder.channels === 1 ? 'grey' : 'RGB'}, ${encoder.fit}; ${size(encoderBytes)}`,
      ],
      ['findings', manifest.findings.length === 0 ? 'none' : manifest.findings.map(({ label }) => label).join(', ')],
      ['image tokens', String(language.imageTokenIds.length)],
      ['language model', `${parameters}, ${size(file.bytes)}`],
      ['number formats', file.formats.map(({ type, tensors }) => `${type} × ${tensors}`).join(', ')],
      ['context', `${language.contextTokens} tokens (trained for ${file.trainedTokens})`],
      ['chat', language.chat],
      ...CONVERSATIONS_SHOWN.map((conversations): [string, string] => [
        `memory, ${conversations} live`,
        size(
          memoryNeed({
            language: file.shape,
            languageBytes: file.bytes,
            encoderBytes,
            encoderSize: encoder.size,
            imageTokens: language.imageTokenIds.length,
            contextTokens: language.contextTokens,
            conversations,
            cacheNumberBytes: CACHE_NUMBER_BYTES.f16,
          }).total,
        ),
      ]),
    ]),
  );
}

async function encoderBytesOf({ dir, manifest }: Bundle): Promise<number> {
  const files = Object.keys(manifest.sha256).filter((file) => file !== manifest.language.file);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(dir, file))).size));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

async function check(dir: string, flags: { image: string[]; gpu: GpuChoice }): Promise<void> {
  const style = styleFor(process.stdout);
  const status = createStatusLine();
  const images = await Promise.all(
    flags.image.map(async (path) => [basename(path), await readImageFile(path)] as const),
  );
  let failed = 0;
  try {
    const steps = checkBundle(dir, { images, gpu: flags.gpu, question: REPORT_PROMPTS.basic, onStep: status.set });
    for await (const { name, passed, detail } of steps) {
      status.set(null);
      if (!passed) failed += 1;
      process.stdout.write(`  ${passed ? 'ok    ' : style.warn('FAILED')} ${style.bold(name.padEnd(16))} ${detail}\n`);
    }
  } finally {
    status.set(null);
  }
  if (failed > 0) throw new CxrError('bundle-invalid', 'The bundle is not sound; see the lines marked FAILED.');
}

/** The table of docs/models.md, as Markdown. */
function memoryTable(): string {
  const contexts = [2048, 4096];
  const heading = [
    'model',
    'format',
    'language.gguf',
    ...contexts.flatMap((tokens) => [1, 4].map((n) => `${n} × ${tokens}`)),
  ];
  const lines = [heading, heading.map(() => '---')];
  for (const { label, language, imageTokens, encoderSize, encoderParameters } of Object.values(PUBLISHED_SHAPES)) {
    for (const quantization of QUANTIZATION_NAMES) {
      const bytes = languageBytes(language, quantization);
      const needs = contexts.flatMap((contextTokens) =>
        [1, 4].map((conversations) => {
          const { total } = memoryNeed({
            language,
            languageBytes: bytes,
            encoderBytes: 4 * encoderParameters,
            encoderSize,
            imageTokens,
            contextTokens,
            conversations,
            cacheNumberBytes: CACHE_NUMBER_BYTES.f16,
          });
          return size(total);
        }),
      );
      lines.push([label, quantization, size(bytes), ...needs]);
    }
  }
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

export function addBundleCommand(program: Command): void {
  const bundle = program.command('bundle').description('look into a bundle, check it, or see what models need');
  bundle.command('info').argument('<folder>').description('what is in a bundle').action(info);
  bundle
    .command('check')
    .argument('<folder>')
    .description('hashes, shapes, tokenizer, injection of the image, and whether answers depend on it')
    .option(
      '--image <file>',
      'a radiograph to check with (may be given twice: the second is the swap); drawn films otherwise',
      (file: string, before: string[]) => [...before, file],
      [] as string[],
    )
    .option('--gpu <name>', `what the language model runs on: ${GPU_CHOICES.join(', ')}`, 'auto')
    .action(check);
  bundle
    .command('memory')
    .description('how much memory the published models need, by format and context (Markdown)')
    .action(() => {
      process.stdout.write(memoryTable());
    });
}
