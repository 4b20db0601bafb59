// One conversation: its transcript, its turns one after another, everything stored before it counts as said.

import { createAnswerStream } from './answer-stream.ts';
import { questionText } from './chat-format.ts';
import { buildPrompt, type PromptTurn } from './context-window.ts';
import type { ConversationRecord, ConversationStore } from './conversation-store.ts';
import type { Dialogue } from './dialogue.ts';
import type { AskOptions, Confirmation, Conversation, EncodedImage, Sampling, Turn } from './engine.ts';
import { CxrError } from './error.ts';
import type { LanguageModel } from './language-model.ts';
import { createQueue } from './queue.ts';
import type { Seat, SequencePool } from './sequence-pool.ts';

export interface ConversationParts {
  language: LanguageModel;
  dialogue: Dialogue;
  pool: SequencePool;
  store: ConversationStore;
  sampling: Sampling;
  /** Most images of one conversation. */
  maxImages: number;
  /** The confirmation question for a finding's name or label. */
  confirmationQuestion(finding: string): string;
}

/** What `Conversation` offers except `close`, which is the handle's; shared by all handles of one conversation. */
export interface LiveConversation extends Omit<Conversation, 'close'> {
  /** Waits for what is running and frees the sequence. */
  retire(): Promise<void>;
  /** Stops what is running, which is then not stored, and frees the sequence. */
  abandon(): Promise<void>;
}

/** Tokens of an answer to a confirmation. */
const CONFIRMATION_TOKENS = 4;
/** No tokenizer makes fewer tokens than one for so many characters; longer questions are refused unread. */
const MAX_CHARACTERS_PER_TOKEN = 16;

export function createConversation(
  parts: ConversationParts,
  stored: ConversationRecord,
  storedImageTokens: readonly Float32Array[],
): LiveConversation {
  const { language, dialogue, pool, store } = parts;
  const { id } = stored;
  const inTurn = createQueue();
  const ended = new AbortController();
  let record = stored;
  const imageTokens = [...storedImageTokens];

  const tokensOf = (image: number) => {
    const tokens = imageTokens[image];
    if (tokens === undefined) throw new CxrError('usage', `This conversation has no image ${image}.`);
    return tokens;
  };

  async function remember(change: Partial<ConversationRecord>): Promise<void> {
    const next = { ...record, ...change, updatedAt: new Date().toISOString() };
    if (ended.signal.aborted) throw gone();
    await store.save(next);
    record = next;
  }

  async function seated<T>(signal: AbortSignal, work: (seat: Seat) => Promise<T>): Promise<T> {
    const seat = await pool.acquire(id, signal);
    try {
      return await work(seat);
    } finally {
      pool.release(id);
    }
  }

  const signalOf = (signal: AbortSignal | undefined) =>
    signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);

  function promptFor(question: string, image: number | undefined, maxTokens: number) {
    if (question.length > language.contextTokens * MAX_CHARACTERS_PER_TOKEN) {
      throw new CxrError('question-too-long', 'The question is too long for this model; please shorten it.');
    }
    if (questionText(question) === '') throw new CxrError('question-empty', 'There is no question to answer.');
    const turns: PromptTurn[] = record.turns.map(({ question, answerTokenIds, image }) =>
      image === undefined ? { question, answerTokenIds } : { question, answerTokenIds, image },
    );
    return buildPrompt(
      language.format,
      { systemPrompt: record.systemPrompt, turns, keptFrom: record.keptFrom },
      { question, image },
      { contextTokens: language.contextTokens, maxTokens },
    );
  }

  async function answer(question: string, options: AskOptions, onText: (piece: string) => void): Promise<Turn> {
    if (ended.signal.aborted) throw gone();
    const { key, grammar } = options;
    const known = key === undefined ? undefined : record.turns.find((turn) => turn.key === key);
    if (known !== undefined) {
      onText(known.answer);
      return known;
    }
    const sampling = { ...parts.sampling, ...samplingOf(options) };
    const image = options.image ?? (record.turns.length === 0 ? 0 : undefined);
    if (image !== undefined) tokensOf(image);
    const prompt = promptFor(question, image, sampling.maxTokens);
    const signal = signalOf(options.signal);
    const said = await seated(signal, (seat) =>
      dialogue.answer(seat, {
        prompt: prompt.items,
        imageTokens: tokensOf,
        sampling,
        signal,
        onText,
        ...(grammar === undefined ? {} : { grammar }),
      }),
    );
    const turn: Turn = {
      ...(key === undefined ? {} : { key }),
      question,
      ...said,
      ...(image === undefined ? {} : { image }),
    };
    await remember({ turns: [...record.turns, turn], keptFrom: prompt.keptFrom });
    return turn;
  }

  async function confirm(finding: string, signal: AbortSignal): Promise<Confirmation> {
    if (ended.signal.aborted) throw gone();
    const image = record.turns.length === 0 ? 0 : undefined;
    const prompt = promptFor(parts.confirmationQuestion(finding), image, CONFIRMATION_TOKENS);
    const probability = await seated(signal, (seat) =>
      dialogue.probabilityOfYes(seat, { prompt: prompt.items, imageTokens: tokensOf, signal }),
    );
    return { finding, answer: probability >= 0.5 ? 'yes' : 'no', probability };
  }

  async function addImage(image: EncodedImage, key: string | undefined): Promise<number> {
    if (ended.signal.aborted) throw gone();
    const known = key === undefined ? -1 : record.images.findIndex((seen) => seen.key === key);
    if (known >= 0) return known;
    checkImage(language, image);
    const index = record.images.length;
    if (index >= parts.maxImages) {
      throw new CxrError(
        'context-full',
        `This model keeps at most ${parts.maxImages} ${parts.maxImages === 1 ? 'image' : 'images'} apart in one conversation; please start a new one for the next.`,
      );
    }
    const tokens = image.imageTokens.slice();
    await store.saveImageTokens(id, index, tokens);
    await remember({ images: [...record.images, imageRecord(image, key)] });
    imageTokens[index] = tokens;
    return index;
  }

  async function rewind(key: string): Promise<number> {
    const index = record.turns.findIndex((turn) => turn.key === key);
    if (index < 0) return 0;
    const leaving = record.turns.length - index;
    await remember({ turns: record.turns.slice(0, index), keptFrom: Math.min(record.keptFrom, index) });
    return leaving;
  }

  return {
    id,
    get images() {
      return record.images.map(({ width, height, kind, findings }) => ({ width, height, kind, findings }));
    },
    get turns() {
      return record.turns as Turn[];
    },
    addImage: (image, key) => inTurn(() => addImage(image, key)),
    ask: (question, options = {}) => createAnswerStream((onText) => inTurn(() => answer(question, options, onText))),
    confirm: (finding, options = {}) => inTurn(() => confirm(finding, signalOf(options.signal))),
    rewind: (key) => inTurn(() => rewind(key)),
    retire: () =>
      inTurn(async () => {
        ended.abort();
        await pool.drop(id);
      }),
    async abandon() {
      ended.abort();
      await inTurn(() => pool.drop(id));
    },
  };
}

function gone(): CxrError {
  return new CxrError('conversation-closed', 'This conversation is closed.');
}

/** Throws `bundle-mismatch` where the image was encoded for another language model. */
export function checkImage({ slots }: LanguageModel, image: EncodedImage): void {
  if (image.imageTokenCount === slots.ids.length && image.imageTokens.length === slots.ids.length * slots.width) return;
  throw new CxrError(
    'bundle-mismatch',
    "The encoder's image tokens do not fit the language model: their number or width differs.",
    { detail: { tokens: image.imageTokenCount, values: image.imageTokens.length, width: slots.width } },
  );
}

/** What is kept of an image, besides its soft token. */
export function imageRecord(image: EncodedImage, key: string | undefined): ConversationRecord['images'][number] {
  const { width, height, kind, findings } = image;
  return { ...(key === undefined ? {} : { key }), width, height, kind, findings };
}

/** The sampling values in the options, checked. Throws `usage` naming the value. */
function samplingOf(options: AskOptions): Partial<Sampling> {
  const rules = {
    temperature: (value: number) => value >= 0,
    topP: (value: number) => value > 0 && value <= 1,
    maxTokens: (value: number) => Number.isInteger(value) && value >= 1,
    seed: (value: number) => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
  };
  const chosen: Partial<Sampling> = {};
  for (const name of Object.keys(rules) as (keyof typeof rules)[]) {
    const value = options[name];
    if (value === undefined) continue;
    if (!rules[name](value)) throw new CxrError('usage', `${name} is outside its range: ${value}.`);
    chosen[name] = value;
  }
  return chosen;
}
