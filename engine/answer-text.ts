// Turns generated ids into text piece by piece: nothing is shown before its UTF-8 is whole, and the pieces together are the answer.
import type { LanguageModel } from './language-model.ts';

/** What the tokenizer shows for bytes that are no whole character yet. */
const INCOMPLETE = '\ufffd';
/** A character has at most four bytes, so at most four byte tokens can be pending for good reason. */
const MAX_PENDING = 4;

export interface AnswerText {
  /** The text that this id adds; '' while a character is incomplete. */
  push(id: number): string;
  /** What is still pending at the end. */
  end(): string;
  readonly text: string;
}

export function createAnswerText(language: Pick<LanguageModel, 'detokenize'>): AnswerText {
  const shown: number[] = [];
  let pending: number[] = [];
  let text = '';

  function show(): string {
    const piece = language.detokenize(pending, shown.slice(-8));
    shown.push(...pending);
    pending = [];
    const added = text === '' ? piece.trimStart() : piece;
    text += added;
    return added;
  }

  return {
    push(id) {
      pending.push(id);
      const incomplete = language.detokenize(pending).endsWith(INCOMPLETE);
      return incomplete && pending.length < MAX_PENDING ? '' : show();
    },
    end: () => (pending.length === 0 ? '' : show()),
    get text() {
      return text;
    },
  };
}
