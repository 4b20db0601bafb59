// Grammars that constrain an answer (llama.cpp's GBNF): yes or no, and JSON by schema.
import type { GbnfJsonBasicSchema, LlamaGrammar, LlamaGrammarEvaluationState } from 'node-llama-cpp';
import type { AskOptions } from './engine.ts';
import type { LanguageModel } from './language-model.ts';

export const YES = 'Yes';
export const NO = 'No';
/** The optional space is the one that SentencePiece puts in front of a word. */
const YES_NO_GRAMMAR = `root ::= " "? ("${YES}" | "${NO}")`;

export interface Grammars {
  /** A fresh state for one answer. */
  state(grammar: NonNullable<AskOptions['grammar']>): Promise<LlamaGrammarEvaluationState>;
}

export function createGrammars({ model, runtime }: LanguageModel): Grammars {
  const yesNo = once(() => runtime.llama.createGrammar({ grammar: YES_NO_GRAMMAR }));

  // The package's type describes the schemas it can turn into a grammar; whether this is one is decided at run time.
  const forSchema = (schema: Record<string, unknown>): Promise<LlamaGrammar> =>
    runtime.llama.createGrammarForJsonSchema(schema as Readonly<GbnfJsonBasicSchema>);

  return {
    async state(grammar) {
      const { LlamaGrammarEvaluationState } = await import('node-llama-cpp');
      return new LlamaGrammarEvaluationState({
        model,
        grammar: grammar.kind === 'yes-no' ? await yesNo() : await forSchema(grammar.schema),
      });
    },
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
