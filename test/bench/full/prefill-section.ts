// v2's long prefill: which number format, batch and attention is fastest on this CPU, against PyTorch in bfloat16 on the same cores.
import { rm } from 'node:fs/promises';
import { decodeSeconds, loadBare, prefillSeconds, promptIds } from './bare.ts';
import { benchLanguage } from './models.ts';
import { type Section, secondsText } from './section.ts';
import { type BenchFormat, SHAPES } from './shapes.ts';
import { runTorch } from './torch.ts';

const TEXT_TOKENS = 60;

export const prefillSection: Section = async ({ dir, shape, threads, log }) => {
  const model = SHAPES[shape].v2;
  const total = TEXT_TOKENS + model.imageTokens;
  const rows: string[][] = [];
  const data: Record<string, unknown> = { tokens: total };
  const formats: BenchFormat[] = ['q4_0', 'q4_k_m', 'q8_0'];
  for (const format of formats) {
    log(`${model.label}: ${format}`);
    const path = await benchLanguage(dir, 'v2', model, format);
    const bare = await loadBare(path, threads);
    for (const [batchSize, flashAttention] of format === 'q4_0'
      ? ([
          [512, false],
          [512, true],
          [total, true],
        ] as const)
      : ([[512, true]] as const)) {
      const { sequence, close } = await bare.open({ contextSize: total + 64, batchSize, flashAttention });
      const prefill = await prefillSeconds(sequence, promptIds(total));
      const decode = await decodeSeconds(sequence, promptIds(2)[1] as never, shape === 'true' ? 8 : 32);
      await close();
      rows.push([
        format,
        String(batchSize),
        flashAttention ? 'flash' : 'plain',
        secondsText(prefill),
        `${secondsText(decode)}/token`,
      ]);
      data[`${format}-${batchSize}-${flashAttention ? 'flash' : 'plain'}`] = { prefill, decode };
    }
    await bare.close();
    // The large formats are not needed by other sections.
    if (format !== 'q4_0' && shape === 'true') await rm(path, { force: true });
  }
  log('PyTorch');
  const { hidden, layers, heads, feedForward } = model.language;
  const torch = await runTorch('torch_llama.py', [hidden, layers, heads, feedForward, total, threads].map(String));
  rows.push([
    `PyTorch ${torch?.version ?? ''} bfloat16, as published`,
    '',
    '',
    torch?.bfloat16 === undefined ? 'not installed' : secondsText(torch.bfloat16),
    '',
  ]);
  data.torch = torch;
  return {
    tables: [
      {
        caption: `${model.label}: prefill of ${total} tokens, then decoding`,
        head: ['format', 'batch', 'attention', 'prefill', 'decoding'],
        rows,
      },
    ],
    data,
  };
};
