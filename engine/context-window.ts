// The context budget: which turns of a transcript the next prompt carries. The first turn (image and report) and turns that brought an image never leave.
import type { ChatFormat, PromptItem } from './chat-format.ts';
import { CxrError } from './error.ts';

/** The part of a turn that the prompt is made of. */
export interface PromptTurn {
  question: string;
  answerTokenIds: readonly number[];
  image?: number;
}

export interface Prompt {
  items: PromptItem[];
  /** Index of the oldest turn after the first that is still in the prompt; never falls, so that a prompt can be rebuilt from it. */
  keptFrom: number;
}

export interface Budget {
  /** Most items of prompt and answer together. */
  contextTokens: number;
  /** Most tokens of the answer. */
  maxTokens: number;
}

/** When turns have to leave, they leave until this part of the budget is used: the rest is evaluated anew once, not with every turn. */
const FILL_AFTER_LEAVING = 0.75;
/** Of the context, kept free for an answer when `maxTokens` asks for more than fits. */
const SMALLEST_ANSWER_PART = 1 / 8;

/**
 * The prompt of the next question after `turns`, of which those before `keptFrom` (but the first and those with images) have left already.
 * Throws `context-full` where the first turn and the question alone do not fit.
 */
export function buildPrompt(
  format: ChatFormat,
  conversation: { systemPrompt: string | undefined; turns: readonly PromptTurn[]; keptFrom: number },
  next: { question: string; image: number | undefined },
  { contextTokens, maxTokens }: Budget,
): Prompt {
  const { systemPrompt, turns } = conversation;
  const asked = turns.map((turn, index) => [
    ...(index === 0
      ? format.first(systemPrompt, turn.image, turn.question)
      : format.following(turn.image, turn.question)),
    ...turn.answerTokenIds,
  ]);
  const question =
    turns.length === 0
      ? format.first(systemPrompt, next.image, next.question)
      : format.following(next.image, next.question);
  const stays = (index: number, from: number) => index === 0 || index >= from || turns[index]?.image !== undefined;
  const length = (from: number) =>
    asked.reduce((sum, items, index) => (stays(index, from) ? sum + items.length : sum), question.length);

  const budget = contextTokens - Math.min(maxTokens, Math.ceil(contextTokens * SMALLEST_ANSWER_PART));
  let keptFrom = Math.min(conversation.keptFrom, turns.length);
  if (length(keptFrom) > budget) {
    while (keptFrom < turns.length && length(keptFrom) > budget * FILL_AFTER_LEAVING) keptFrom++;
  }
  if (length(keptFrom) > budget) {
    throw turns.length === 0 || question.length > budget / 2
      ? new CxrError('question-too-long', 'The question is too long for this model; please shorten it.')
      : new CxrError('context-full', 'This conversation holds too much for the model; please start a new one.');
  }
  return { items: [...asked.filter((_, index) => stays(index, keptFrom)).flat(), ...question], keptFrom };
}
