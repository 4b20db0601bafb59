// The one error type of the engine, the bot and the command line: a stable code for programs and one plain sentence for people.

export type CxrErrorCode =
  // Refused input: the person can mend it.
  | 'image-empty'
  | 'image-too-large'
  | 'image-too-many-pixels'
  | 'image-truncated'
  | 'image-corrupt'
  | 'image-animated'
  | 'image-unsupported'
  | 'image-not-chest'
  | 'question-empty'
  | 'question-too-long'
  // Broken or mismatched parts: the operator can mend it.
  | 'bundle-missing'
  | 'bundle-invalid'
  | 'bundle-hash'
  | 'bundle-mismatch'
  | 'checkpoint-invalid'
  | 'backend-unavailable'
  | 'config-invalid'
  | 'store-failed'
  // Conversations and flow.
  | 'conversation-unknown'
  | 'conversation-closed'
  | 'context-full'
  | 'aborted'
  | 'overloaded'
  | 'rate-limited'
  | 'not-allowed'
  | 'platform-failed'
  | 'attachment-unavailable'
  | 'attachment-unsupported'
  | 'usage'
  | 'internal';

/** An error whose `message` is one plain sentence that may be shown to a person; `cause` and `detail` are for the operator's log only. */
export class CxrError extends Error {
  readonly code: CxrErrorCode;
  /** Facts for the operator's log line; never users' text, file names or patient data. */
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(
    code: CxrErrorCode,
    sentence: string,
    options: { cause?: unknown; detail?: Record<string, unknown> } = {},
  ) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CxrError';
    this.code = code;
    this.detail = options.detail ?? {};
  }
}

/** Returns `error` if it is a CxrError already, otherwise wraps it as `internal` with a sentence that gives nothing away. */
export function toCxrError(error: unknown): CxrError {
  if (error instanceof CxrError) return error;
  return new CxrError('internal', 'Something went wrong on our side; the operator can see the details in the log.', {
    cause: error,
  });
}
