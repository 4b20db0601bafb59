// LLaMA-2's chat format as token ids. Source: Meta's llama repository (generation.py, chat_completion) and the published CXR-LLaVA chat template, whose image stands as "<image>\n" before the question.

/** Token ids ≥ 0, and negative numbers for image vectors (`imageItem`). */
export type PromptItem = number;

const MAX_IMAGE_TOKENS = 4096;

/** The prompt item of vector `index` of image `image` of a conversation. */
export function imageItem(image: number, index: number): PromptItem {
  return -1 - (image * MAX_IMAGE_TOKENS + index);
}

/** Which image an item belongs to; null for a token. */
export function imageOfItem(item: PromptItem): number | null {
  return item < 0 ? Math.floor((-1 - item) / MAX_IMAGE_TOKENS) : null;
}

export interface ChatFormat {
  /** `<s>[INST] <<SYS>>…<</SYS>>`, up to where the first image or question follows: the same for every conversation of a system prompt. */
  opening(systemPrompt: string | undefined): PromptItem[];
  /** From `<s>[INST]` or the system prompt on: image if there is one, question, `[/INST]`. */
  first(systemPrompt: string | undefined, image: number | undefined, question: string): PromptItem[];
  /** `</s><s>[INST] … [/INST]`: what follows the previous answer. */
  following(image: number | undefined, question: string): PromptItem[];
}

export interface ChatTokenizer {
  /** Plain text → ids, never special ids, with SentencePiece's space prefix. */
  tokenize(text: string): number[];
  /** The same for text that directly follows a special token, where the tokenizer differs there. */
  tokenizeAfterSpecial?(text: string): number[];
  bos: number;
  eos: number;
  imageTokenCount: number;
}

/** Markers of the chat format that are plain text to the tokenizer, so a person could write them. */
const MARKERS = /\[(\/?)INST\]|<<(\/?)SYS>>/gi;

/** What a person wrote, so that it can only ever be a question: no markers of the format, no control characters, no outer space. */
export function questionText(question: string): string {
  return question
    .replace(/\r\n?/g, '\n')
    .replace(/[\p{Cc}\p{Cs}]/gu, (character) => (character === '\n' ? '\n' : ' '))
    .replace(MARKERS, (marker) =>
      marker.startsWith('[') ? `[ ${marker.slice(1, -1)} ]` : `< <${marker.slice(2, -2)}> >`,
    )
    .trim();
}

export function createChatFormat(tokenizer: ChatTokenizer): ChatFormat {
  const { tokenize, tokenizeAfterSpecial = tokenize, bos, eos, imageTokenCount } = tokenizer;
  const close = tokenize('[/INST]');
  const openBare = tokenizeAfterSpecial('[INST]');
  const openBeforeImage = tokenizeAfterSpecial('[INST] ');

  const imageItems = (image: number) => Array.from({ length: imageTokenCount }, (_, index) => imageItem(image, index));
  /** The published tokenizer puts a space before each run of text, so also before the line break that follows the image. */
  const afterImage = (question: string) => tokenize(`\n${questionText(question)}`);

  const opening = (systemPrompt: string | undefined, image = true) => [
    bos,
    ...(systemPrompt === undefined
      ? image
        ? openBeforeImage
        : openBare
      : tokenizeAfterSpecial(`[INST] <<SYS>>\n${systemPrompt}\n<</SYS>>\n\n`)),
  ];
  const body = (image: number | undefined, question: string) =>
    image === undefined
      ? [...tokenize(questionText(question)), ...close]
      : [...imageItems(image), ...afterImage(question), ...close];

  return {
    opening,
    first: (systemPrompt, image, question) => [...opening(systemPrompt, image !== undefined), ...body(image, question)],
    following: (image, question) => [
      eos,
      bos,
      ...(image === undefined ? openBare : openBeforeImage),
      ...body(image, question),
    ],
  };
}
