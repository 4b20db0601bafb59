// `cxr convert`: a published checkpoint becomes a bundle; shows progress on a terminal, stops cleanly on Ctrl-C and goes on next time.
import { type Command, Option } from 'commander';
import {
  type ConvertProgress,
  convertCheckpoint,
  ENCODER_FORMATS,
  type EncoderFormat,
} from '../../engine/convert/convert.ts';
import { QUANTIZATION_NAMES, quantizationName } from '../../engine/convert/mixture.ts';
import { PUBLISHED_SYSTEM_PROMPTS } from '../../prompts/published.ts';

interface ConvertFlags {
  out: string;
  quantize: string;
  encoder: EncoderFormat;
  name?: string;
  bundleVersion?: string;
  license?: string;
  source?: string;
  context?: string;
  language?: string;
  vision?: string;
  chat?: 'llama2' | 'vicuna';
}

const BAR_WIDTH = 30;
const STAGES: Readonly<Record<ConvertProgress['stage'], string>> = {
  encoder: 'encoder.onnx ',
  language: 'language.gguf',
  hashes: 'hashes       ',
};

/** One line that is redrawn on a terminal; silent elsewhere. */
function createProgressBar(stream: NodeJS.WriteStream): { show(progress: ConvertProgress): void; end(): void } {
  let last = '';
  return {
    show({ stage, doneBytes, totalBytes }) {
      if (!stream.isTTY) return;
      const part = totalBytes === 0 ? 1 : doneBytes / totalBytes;
      const filled = Math.round(part * BAR_WIDTH);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
      const line = `${STAGES[stage]} ${bar} ${Math.floor(part * 100)} %`;
      if (line === last) return;
      last = line;
      stream.write(`\r\u001b[K${line}`);
    },
    end() {
      if (last !== '') stream.write('\r\u001b[K');
    },
  };
}

export function addConvertCommand(program: Command): void {
  program
    .command('convert')
    .description('turn a published checkpoint (CXR-LLaVA v2 or v1, LLaVA-1.5 with LLaMA-2) into a bundle')
    .argument('<checkpoint>', 'folder with config.json, *.safetensors and tokenizer.model')
    .requiredOption('--out <folder>', 'the bundle; must not exist yet')
    .addOption(
      new Option('--quantize <format>', 'number format of the language model')
        .choices(QUANTIZATION_NAMES)
        .default('q4_0'),
    )
    .addOption(
      new Option(
        '--encoder <format>',
        'number format of the image encoder; int8 is faster on a CPU and a little less exact',
      )
        .choices(ENCODER_FORMATS)
        .default('float32'),
    )
    .option('--language <path>', 'the language model where the checkpoint does not hold it: a folder, or a .gguf file')
    .option('--vision <folder>', 'the CLIP vision tower where the checkpoint does not hold it')
    .addOption(
      new Option('--chat <format>', "how the model is asked, where it is not the layout's own").choices([
        'llama2',
        'vicuna',
      ]),
    )
    .option('--name <name>', 'name of the bundle')
    .option('--bundle-version <version>', 'version of the bundle')
    .option('--license <text>', 'licence of the weights, where it is not the published one')
    .option('--source <text>', 'where the checkpoint comes from, for the manifest')
    .option('--context <tokens>', 'longest prompt and answer together, in tokens')
    .action(async (checkpoint: string, flags: ConvertFlags) => {
      const bar = createProgressBar(process.stderr);
      const stop = new AbortController();
      const onInterrupt = (): void => stop.abort();
      process.once('SIGINT', onInterrupt);
      try {
        const { manifest, layout, resumed } = await convertCheckpoint({
          checkpoint,
          ...(flags.language === undefined ? {} : { language: flags.language }),
          ...(flags.vision === undefined ? {} : { vision: flags.vision }),
          outDir: flags.out,
          quantization: quantizationName(flags.quantize),
          encoderFormat: flags.encoder,
          ...(flags.name === undefined ? {} : { name: flags.name }),
          ...(flags.bundleVersion === undefined ? {} : { version: flags.bundleVersion }),
          ...(flags.license === undefined ? {} : { license: flags.license }),
          ...(flags.source === undefined ? {} : { source: flags.source }),
          ...(flags.context === undefined ? {} : { contextTokens: Number(flags.context) }),
          ...(flags.chat === undefined ? {} : { chat: flags.chat }),
          systemPrompts: PUBLISHED_SYSTEM_PROMPTS,
          onProgress: bar.show,
          signal: stop.signal,
        });
        bar.end();
        const tokens = manifest.language.imageTokenIds.length;
        process.stdout.write(
          `${resumed ? 'Continued an interrupted conversion. ' : ''}Wrote ${flags.out}: ${layout}, ${flags.quantize}, encoder in ${flags.encoder}, ${tokens} image token${tokens === 1 ? '' : 's'}.\nLicence: ${manifest.license}\nNext: cxr bundle check ${flags.out}\n`,
        );
      } finally {
        bar.end();
        process.off('SIGINT', onInterrupt);
      }
    });
}
