// `cxr prompts`: the list of all prompts, and the laboratory that compares them on a data set.
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { CxrError } from '../../engine/error.ts';
import { rankingTable, rankPrompts } from '../../evaluation/prompt-ranking.ts';
import { renderTable } from '../../evaluation/report/table.ts';
import { promptHash } from '../../evaluation/study/plan.ts';
import { createStudyProgress } from '../../evaluation/study/progress.ts';
import { PROMPTS, reportPromptTexts } from '../../prompts/registry.ts';
import { bundleOption } from '../engine-flags.ts';
import { decimal, wholeNumber } from '../number-option.ts';

interface TestFlags {
  prompts?: string[];
  promptFile?: string;
  runs: number;
  temperature: number;
  topP: number;
  seed: number;
  limit?: number;
  workers?: number;
  bundle: string;
  out: string;
}

const promptFileSchema = z.record(z.string().regex(/^[a-z0-9][a-z0-9-]*$/), z.string().min(1).max(4000));

function promptsOf(flags: TestFlags): Record<string, string> {
  const known = reportPromptTexts();
  let own: Record<string, string> = {};
  if (flags.promptFile !== undefined) {
    const parsed = existsSync(flags.promptFile)
      ? promptFileSchema.safeParse(parseYaml(readFileSync(flags.promptFile, 'utf8')))
      : null;
    if (!parsed?.success)
      throw new CxrError('usage', `${flags.promptFile} must be YAML that maps prompt names to their texts.`);
    own = parsed.data;
  }
  const all = { ...known, ...own };
  // `confirm` asks the same first question as `specific`.
  const names = flags.prompts ?? [
    ...Object.keys(known).filter((name) => name !== 'confirm' && name !== 'pediatric'),
    ...Object.keys(own),
  ];
  return Object.fromEntries(
    names.map((name) => {
      const text = all[name];
      if (text === undefined)
        throw new CxrError('usage', `There is no report prompt "${name}"; there are ${Object.keys(all).join(', ')}.`);
      return [name, text];
    }),
  );
}

function showList(full: boolean): void {
  const line = ({ name, use, version, hash, source, text }: (typeof PROMPTS)[number]) =>
    `${name.padEnd(20)} ${use.padEnd(12)} v${version}  ${hash}  ${source}${full ? `\n    ${text.replaceAll('\n', '\n    ')}\n` : ''}`;
  process.stdout.write(`${PROMPTS.map(line).join('\n')}\n`);
}

export function addPromptsCommand(program: Command): void {
  const prompts = program.command('prompts').description('all prompts, and which of them works best on a data set');
  prompts
    .command('list')
    .description('name, use, version, hash and source of every prompt')
    .option('--full', 'with their texts', false)
    .action(({ full }: { full: boolean }) => showList(full));
  prompts
    .command('test')
    .description('ask several report prompts and say which wins, by how much, and whether that is more than noise')
    .argument('<dataset...>', 'as for cxr eval')
    .option('--prompts <name...>', 'which (default: all report prompts for adults, and those of --prompt-file)')
    .option('--prompt-file <file>', 'YAML of your own prompts: name: text')
    .option('--runs <count>', 'answers per image and prompt', wholeNumber(1), 1)
    .option('--temperature <value>', 'sampling temperature', decimal(0, 5), 0.4)
    .option('--top-p <value>', 'nucleus mass', decimal(0.01, 1), 0.8)
    .option('--seed <number>', 'the same seed gives the same numbers', wholeNumber(0), 1)
    .option('--limit <count>', 'only so many images of each data set', wholeNumber(1))
    .option('--workers <count>', 'processes with an engine each', wholeNumber(0))
    .addOption(bundleOption())
    .option('--out <folder>', 'results; a stopped run is continued there', 'prompt-results')
    .action(async (datasets: string[], flags: TestFlags) => {
      const texts = promptsOf(flags);
      if (Object.keys(texts).length < 2) throw new CxrError('usage', 'Name at least two prompts to compare.');
      const { evaluate } = await import('../../evaluation/evaluate.ts');
      const progress = createStudyProgress(process.stderr);
      const { bundle, out, prompts: _, promptFile: __, ...rest } = flags;
      const { results } = await evaluate({
        ...rest,
        ...{ datasets, bundleDir: bundle, outDir: out, galleryImages: 0, prompts: { adult: texts, pediatric: texts } },
        ...{ confirm: [], sweep: false, controls: false, uncertain: 'present', onProgress: progress.show },
      });
      progress.end();
      const hashes = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, promptHash(text)]));
      for (const result of results.datasets) {
        const ranking = rankPrompts(result);
        process.stdout.write(
          ranking
            ? `${renderTable(rankingTable(result, ranking, hashes))}\n\n`
            : `${result.dataset}: no figure for any prompt.\n`,
        );
      }
    });
}
