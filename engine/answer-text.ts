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

/** The pieces of ids already met: asking llama.cpp for each token again would cost a tiny model a twentieth of its speed. */
const knownPieces = new WeakMap<object, Map<number, string>>();

export function createAnswerText(language: Pick<LanguageModel, 'detokenize' | 'tokenize'>): AnswerText {
  const pieces = knownPieces.get(language) ?? new Map<number, string>();
  knownPieces.set(language, pieces);
  let pending: number[] = [];
  let text = '';

  /** Text of ids as it reads behind a word: without one, the tokenizer takes the first space away. */
  function behindAWord(ids: readonly number[]): string {
    return language.detokenize(ids, language.tokenize('a'));
  }

  function pieceOf(id: number): string {
    const known = pieces.get(id);
    if (known !== undefined) return known;
    const piece = behindAWord([id]);
    pieces.set(id, piece);
    return piece;
  }

  function add(piece: string): string {
    const added = text === '' ? piece.trimStart() : piece;
    text += added;
    return added;
  }

  return {
    push(id) {
      if (pending.length === 0) {
        const piece = pieceOf(id);
        if (!piece.endsWith(INCOMPLETE)) return add(piece);
      }
      pending.push(id);
      const piece = behindAWord(pending);
      if (piece.endsWith(INCOMPLETE) && pending.length < MAX_PENDING) return '';
      pending = [];
      return add(piece);
    },
    end() {
      if (pending.length === 0) return '';
      const piece = behindAWord(pending);
      pending = [];
      return add(piece);
    },
    get text() {
      return text;
    },
  };
}
