// A model that turns text into JSON of a given shape: the bundle itself, or any endpoint that speaks the OpenAI protocol.

export interface JsonTask {
  system: string;
  /** Question, then answers and corrections in turn; starts and ends with the user. */
  messages: readonly { role: 'user' | 'assistant'; content: string }[];
  /** JSON schema of the answer. */
  schema: Record<string, unknown>;
  schemaName: string;
  /** ≥ 0; 0 is greedy. */
  temperature: number;
  seed: number;
  signal?: AbortSignal;
}

export interface TextModel {
  /** For results: what answered. */
  readonly name: string;
  /** The answer's text; that it fits the schema is the caller's to check. Throws CxrError. */
  complete(task: JsonTask): Promise<string>;
  close(): Promise<void>;
}
