// The public interface of the engine: image in, conversation out; it knows no chat platform. Change it only together with its users.

/** How an answer is sampled; the bundle's values are the defaults (the paper's best: temperature 0.4, top-p 0.8). */
export interface Sampling {
  /** ≥ 0; 0 is greedy. */
  temperature: number;
  /** Nucleus mass in (0, 1]. */
  topP: number;
  /** Most tokens of one answer, ≥ 1. */
  maxTokens: number;
  /** Unsigned 32-bit seed; the same seed, bundle and conversation give the same answer. */
  seed?: number;
}

/** One finding of the bundle's list as the encoder sees it on one image. */
export interface Finding {
  /** Stable identifier, e.g. `effusion`. */
  name: string;
  /** For people, e.g. `pleural effusion`. */
  label: string;
  /** False where the bundle does not assess this finding, in general or on this image (a child's film, say). */
  assessed: boolean;
  /** Calibrated probability in [0, 1]; null where not assessed. */
  probability: number | null;
  /** The probability from which the finding counts as present, in [0, 1]; null where not assessed. */
  threshold: number | null;
}

/** Single-channel picture, row by row, 8 bit. */
export interface GreyImage {
  width: number;
  height: number;
  /** width × height bytes, 0 black … 255 white. */
  pixels: Uint8Array;
}

/** Attention over the encoder's input square, row by row; values ≥ 0, sum 1. */
export interface AttentionMap {
  width: number;
  height: number;
  values: Float32Array;
}

export interface DecodeOptions {
  maxBytes?: number;
  maxPixels?: number;
  maxFrames?: number;
}

export interface EncodeOptions {
  /** Read on although the gate says that this is no chest radiograph. */
  force?: boolean;
  signal?: AbortSignal;
}

/** What the encoder makes of one image. Holds the display pixels for the caller's picture; they are never stored by the engine. */
export interface EncodedImage {
  /** Size of the uploaded image in pixels. */
  width: number;
  height: number;
  /** File kind as recognised from the bytes: png, jpeg, webp, tiff or dicom. */
  kind: string;
  isChestRadiograph: boolean;
  /** P(chest radiograph) in [0, 1]; null when the bundle has no gate. */
  gateScore: number | null;
  findings: Finding[];
  /** Float32 [n, width of the language model], row by row: already projected. */
  imageTokens: Float32Array;
  /** n above. */
  imageTokenCount: number;
  attention: AttentionMap | null;
  /** Grey picture for display, longest side ≤ 1024 px. */
  display: GreyImage;
  /** Where the encoder's square input lies on `display`, in display pixels (may reach outside it when the bundle pads). */
  inputSquare: { left: number; top: number; side: number };
  encodeMs: number;
  warnings: string[];
}

export interface Turn {
  /** Caller's idempotency key, if one was given to `ask`. */
  key?: string;
  question: string;
  answer: string;
  answerTokenIds: number[];
  /** Tokens of the whole prompt that the answer was conditioned on, image tokens included. */
  promptTokens: number;
  /** Those of them that had to be evaluated for this turn; the rest was in the KV cache. */
  evaluatedTokens: number;
  answerTokens: number;
  msToFirstToken: number;
  tokensPerSecond: number;
  stopReason: 'end' | 'length' | 'aborted';
  /** Index into the conversation's images when this turn brought a new one. */
  image?: number;
}

export interface AskOptions extends Partial<Sampling> {
  signal?: AbortSignal;
  /** If a stored turn has this key its recorded answer is returned and nothing is evaluated: asking twice is asking once. */
  key?: string;
  /** Index of an image added by `addImage` that enters the dialogue with this question. */
  image?: number;
  /** Grammar constraint: the answer must be `Yes` or `No`, optionally JSON by schema. */
  grammar?: { kind: 'yes-no' } | { kind: 'json-schema'; schema: Record<string, unknown> };
}

/** Text pieces as they are generated; `turn` settles when the answer is complete and stored. An aborted answer is stored with what was said. */
export interface AnswerStream extends AsyncIterable<string> {
  readonly turn: Promise<Turn>;
}

export interface Confirmation {
  finding: string;
  answer: 'yes' | 'no';
  /** P(yes) / (P(yes) + P(no)) of the answer's first token, in [0, 1]. */
  probability: number;
}

/** What is kept of one image in a conversation; no pixels. */
export interface ConversationImage {
  width: number;
  height: number;
  kind: string;
  findings: Finding[];
}

export interface Conversation {
  readonly id: string;
  readonly images: readonly ConversationImage[];
  readonly turns: readonly Turn[];
  /** The next film of the same conversation; returns its index for `AskOptions.image`. With a key already seen it returns the earlier index. Throws `context-full` beyond the bundle's `maxImages`. */
  addImage(image: EncodedImage, key?: string): Promise<number>;
  /** Asks and remembers. One answer at a time per conversation: a second call waits for the first. Throws CxrError. */
  ask(question: string, options?: AskOptions): AnswerStream;
  /** The paper's confirmation ("Respond with yes or no. Is there any …?") under a yes/no grammar; not added to the transcript. */
  confirm(finding: string, options?: { signal?: AbortSignal }): Promise<Confirmation>;
  /** Forgets the turn with this key and all after it (an edited or repeated question). Returns how many turns left. */
  rewind(key: string): Promise<number>;
  /** Frees the sequence; the stored conversation stays. */
  close(): Promise<void>;
}

export interface BundleInfo {
  name: string;
  version: string;
  license: string;
  intendedUse: string;
  /** SHA-256 over the manifest's own hashes: identifies the weights. */
  hash: string;
  findings: readonly { name: string; label: string; assessed: boolean; threshold: number | null }[];
  sampling: Sampling;
}

export interface ConversationSummary {
  id: string;
  bundle: string;
  turns: number;
  images: number;
  createdAt: string;
  updatedAt: string;
}

export interface Engine {
  readonly bundle: BundleInfo;
  /** Decodes, gates and encodes. Throws CxrError with an `image-…` code when the bytes are refused. Pixels are not kept. */
  encode(image: Uint8Array, options?: EncodeOptions): Promise<EncodedImage>;
  /** Starts a conversation about an image; `id` defaults to a new UUID. An id that exists already is resumed as it is. */
  start(image: EncodedImage, options?: { id?: string; systemPrompt?: string }): Promise<Conversation>;
  /** Rebuilds a stored conversation from soft token and transcript. Throws `conversation-unknown` or `bundle-mismatch`. */
  resume(id: string): Promise<Conversation>;
  list(): Promise<ConversationSummary[]>;
  /** Removes everything stored of a conversation; true if there was something. */
  forget(id: string): Promise<boolean>;
  close(): Promise<void>;
}
