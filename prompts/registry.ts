// Every prompt of the project in one list, with source, version and hash: results name the hash, so that nobody compares answers to different questions.
import { createHash } from 'node:crypto';
import { CANDIDATE_PROMPTS } from './candidates.ts';
import { labellingPrompt } from './labelling.ts';
import {
  confirmationPrompt,
  DIFFERENTIAL_QUESTION,
  EXAMINATION_QUESTION,
  PROMPT_NAMES,
  REPORT_PROMPTS,
} from './paper.ts';
import { PREPARATION_SYSTEM, qaPrompt, refinePrompt } from './preparation.ts';
import { PUBLISHED_SYSTEM_PROMPTS } from './published.ts';

export interface RegisteredPrompt {
  name: string;
  /** What it is used for. */
  use: 'report' | 'dialogue' | 'system' | 'labelling' | 'preparation';
  /** The text; a part that is filled in stands in braces. */
  text: string;
  source: string;
  version: string;
  /** First twelve hex digits of the SHA-256 of the text. */
  hash: string;
}

const PAPER = 'Lee et al., CXR-LLaVA, Table 2 and Figures 2–3, word for word';
const CONTRACT = "ours, with the contract of the paper's supplement";

function registered(
  name: string,
  use: RegisteredPrompt['use'],
  text: string,
  source: string,
  version = '1',
): RegisteredPrompt {
  return { name, use, text, source, version, hash: createHash('sha256').update(text).digest('hex').slice(0, 12) };
}

/** All prompts, reports first. `confirm` asks the same first question as `specific`. */
export const PROMPTS: readonly RegisteredPrompt[] = [
  ...PROMPT_NAMES.map((name) => registered(name, 'report', REPORT_PROMPTS[name], PAPER)),
  ...Object.entries(CANDIDATE_PROMPTS).map(([name, text]) => registered(name, 'report', text, 'ours, a candidate')),
  registered('confirmation', 'dialogue', confirmationPrompt('{finding}'), PAPER),
  registered('differential', 'dialogue', DIFFERENTIAL_QUESTION, PAPER),
  registered('examination', 'dialogue', EXAMINATION_QUESTION, PAPER),
  registered(
    'cxr-llava-system',
    'system',
    PUBLISHED_SYSTEM_PROMPTS.llama2,
    'published CXR-LLaVA v2 code, word for word',
  ),
  registered(
    'vicuna-system',
    'system',
    PUBLISHED_SYSTEM_PROMPTS.vicuna,
    'Vicuna v1, as LLaVA-1.5 has it, word for word',
  ),
  registered('preparation-system', 'system', PREPARATION_SYSTEM, 'ours'),
  registered('label', 'labelling', labellingPrompt('{report}'), CONTRACT),
  registered('refine', 'preparation', refinePrompt('{report}'), CONTRACT),
  registered('generate-qa', 'preparation', qaPrompt('{report}'), CONTRACT),
];

/** Texts of the report prompts by name. */
export function reportPromptTexts(): Record<string, string> {
  return Object.fromEntries(PROMPTS.filter((prompt) => prompt.use === 'report').map(({ name, text }) => [name, text]));
}
