// What a study asks of each image: the paper's prompts, runs, sampling sweep and the controls without the image, as a list of conditions.
import { createHash } from 'node:crypto';
import { hash32 } from '../metrics/random.ts';

export type ImageSource = 'real' | 'blank' | 'noise' | 'swapped';

/** A question put to each image `runs` times. */
export interface Condition {
  /** Unique in a plan, e.g. `specific`, `sweep t0.4 p0.8`, `control swapped`. */
  id: string;
  prompt: string;
  question: string;
  temperature: number;
  topP: number;
  runs: number;
  /** Ask the confirmation question for these findings after the report; empty for none. */
  confirm: readonly string[];
  source: ImageSource;
  /** Only the first so many images of the seeded order; all when absent. */
  images?: number;
}

export interface Plan {
  seed: number;
  /** Rounds of each bootstrap; default 1,000. */
  bootstrapRounds?: number;
  conditions: readonly Condition[];
}

export interface PlanOptions {
  cohort: 'adult' | 'pediatric';
  /** Report prompts by name: text of the first question. */
  prompts: Readonly<Record<string, string>>;
  runs: number;
  temperature: number;
  topP: number;
  seed: number;
  confirm: readonly string[];
  sweep: boolean;
  /** Images of the sweep and of the controls; all when absent. */
  sweepImages?: number;
  controlImages?: number;
  controls: boolean;
  bootstrapRounds?: number;
}

/** The paper's five findings, in its order. */
export const PAPER_FINDINGS = ['atelectasis', 'cardiomegaly', 'consolidation', 'edema', 'effusion'] as const;
/** Supplementary Table 4. */
export const SWEEP_TEMPERATURES = [0, 0.2, 0.4, 0.6, 0.8, 1] as const;
export const SWEEP_TOP_PS = [0.2, 0.5, 0.8] as const;

export function sweepId(temperature: number, topP: number): string {
  return `sweep t${temperature} p${topP}`;
}

/**
 * The paper's conditions for a cohort. Adults: basic, specific, and the specific report's confirmations (asked on the same report, as
 * the paper's multi-turn prediction does). Children: specific with and without the note. `prompts` names what is asked.
 */
export function planStudy(options: PlanOptions): Plan {
  const { prompts, temperature, topP, runs } = options;
  const rounds = options.bootstrapRounds === undefined ? {} : { bootstrapRounds: options.bootstrapRounds };
  const conditions: Condition[] = Object.entries(prompts).map(([prompt, question]) => ({
    id: prompt,
    prompt,
    question,
    temperature,
    topP,
    runs,
    confirm: prompt === 'specific' && options.cohort === 'adult' ? options.confirm : [],
    source: 'real',
  }));
  const main = prompts.specific === undefined ? Object.entries(prompts)[0] : (['specific', prompts.specific] as const);
  if (!main) return { seed: options.seed, ...rounds, conditions };
  const [prompt, question] = main;
  if (options.controls) {
    for (const source of ['real', 'blank', 'noise', 'swapped'] as const) {
      conditions.push({
        ...{ id: `control ${source}`, prompt, question, temperature: 0, topP: 1, runs: 1, confirm: [], source },
        ...(options.controlImages === undefined ? {} : { images: options.controlImages }),
      });
    }
  }
  if (options.sweep && options.cohort === 'adult') {
    for (const sweepTopP of SWEEP_TOP_PS) {
      for (const sweepTemperature of SWEEP_TEMPERATURES) {
        conditions.push({
          ...{ id: sweepId(sweepTemperature, sweepTopP), prompt, question, runs, confirm: [], source: 'real' as const },
          ...{ temperature: sweepTemperature, topP: sweepTopP },
          ...(options.sweepImages === undefined ? {} : { images: options.sweepImages }),
        });
      }
    }
  }
  return { seed: options.seed, ...rounds, conditions };
}

/** Sampling seed of one answer, from the study's seed and what is asked: independent of order, workers and interruptions. */
export function answerSeed(seed: number, image: string, condition: string, run: number): number {
  return hash32(`${seed}\n${image}\n${condition}\n${run}`);
}

/** First twelve hex digits of the SHA-256 of a prompt's text. */
export function promptHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
