// Vicuna v1's chat format as token ids, for LLaVA-1.5 bundles. Source: LLaVA's conversation.py (conv_vicuna_v1) and tokenizer_image_token, which tokenises the text before and after `<image>` apart.
import { type ChatFormat, type ChatTokenizer, imageItem, questionText } from './chat-format.ts';

/** The roles' names are plain text to the tokenizer, so a person could write them. */
const ROLES = /\b(USER|ASSISTANT):/g;

export function createVicunaFormat(tokenizer: ChatTokenizer): ChatFormat {
  const { tokenize, tokenizeAfterSpecial = tokenize, bos, eos, imageTokenCount } = tokenizer;
  const close = tokenize('ASSISTANT:');
  const asked = (question: string): string => questionText(question).replace(ROLES, '$1 :');

  const opening = (systemPrompt: string | undefined, image = true): number[] => [
    bos,
    ...tokenize(`${systemPrompt === undefined ? '' : `${systemPrompt} `}USER:${image ? ' ' : ''}`),
  ];
  const body = (image: number | undefined, question: string): number[] =>
    image === undefined
      ? [...tokenize(asked(question)), ...close]
      : [
          ...Array.from({ length: imageTokenCount }, (_, index) => imageItem(image, index)),
          ...tokenize(`\n${asked(question)}`),
          ...close,
        ];

  return {
    opening,
    first: (systemPrompt, image, question) => [...opening(systemPrompt, image !== undefined), ...body(image, question)],
    following: (image, question) => [
      eos,
      ...tokenizeAfterSpecial(image === undefined ? 'USER:' : 'USER: '),
      ...body(image, question),
    ],
  };
}
