// What an adapter and the conversation core say to each other; nothing here knows a platform. Additions only: every adapter depends on it.

/** Who wrote something. Ids are the platform's; names are for display in the same thread and are never logged. */
export interface Author {
  id: string;
  name?: string;
  isBot: boolean;
  /** Platform role ids, for the allowlists. */
  roles?: readonly string[];
}

/** Where something happened. `thread` is `{adapter}:{channel}:{thread}`; only its adapter encodes and decodes it. */
export interface Place {
  thread: string;
  channel: string;
  /** Workspace or guild; empty where the platform has none. */
  space: string;
  /** Nobody has to be addressed: what is said is for the bot. It does not promise that one person alone reads there (the page); `ReplyOptions.privateTo` does. */
  isDirect: boolean;
}

/** A file offered by a person; nothing is downloaded before the core asks for it. */
export interface Attachment {
  /** Stable on the platform: the same upload seen through two events has the same id. */
  id: string;
  name: string;
  mediaType: string;
  /** Bytes as declared by the platform; the real size is checked while reading. */
  size: number;
  /** JSON by which the adapter finds the bytes again after a crash; null if the platform cannot serve them twice. */
  reference: string | null;
}

interface InboundBase {
  /** Unique per platform event subject: a redelivery carries the same id. */
  id: string;
  place: Place;
  author: Author;
  /** Unix time in milliseconds at the platform. */
  at: number;
}

export interface MessageEvent extends InboundBase {
  kind: 'message';
  text: string;
  attachments: readonly Attachment[];
  mentionsBot: boolean;
  mentionsOthers: boolean;
}
/** A button or its word, or the form behind a button; `post` is the reply it hangs on. */
export interface ActionEvent extends InboundBase {
  kind: 'action';
  action: ActionName;
  post: string;
  value?: string;
  /** What was filled in, by the names of the form's fields: people's own text, trimmed; blank fields are left out. */
  fields?: Readonly<Record<string, string>>;
}
/** A slash command, shortcut or context-menu command; `name` without the slash, e.g. `help`, `status`, `forget`, `settings`, `read`, `case`. */
export interface CommandEvent extends InboundBase {
  kind: 'command';
  name: string;
  argument: string;
  attachments: readonly Attachment[];
  /** The message that a shortcut or context-menu command was used on. */
  target?: string;
}
export interface EditEvent extends InboundBase {
  kind: 'edit';
  /** Id of the edited MessageEvent. */
  message: string;
  text: string;
}
export interface DeleteEvent extends InboundBase {
  kind: 'delete';
  /** Id of the deleted MessageEvent, or null when a single attachment was deleted. */
  message: string | null;
  attachment?: string;
}

export type InboundEvent = MessageEvent | ActionEvent | CommandEvent | EditEvent | DeleteEvent;

export type ActionName =
  | 'again'
  | 'stop'
  | 'confirm'
  | 'helpful'
  | 'not-helpful'
  | 'forget'
  | 'help'
  | `case-${string}`;

/** A button under a reply. */
export interface Control {
  action: ActionName;
  label: string;
  value?: string;
  style?: 'primary' | 'danger';
  /** It cannot be undone: the platform asks once more before the press counts. */
  asksFirst?: true;
  /** Pressing opens this form, which the core does not hear of; submitting it is the ActionEvent, with `fields`. */
  form?: Form;
}

/**
 * Questions that a person answers in one go. The limits are the strictest of all platforms, and adapters throw a RangeError beyond them
 * (adapters/shared/form.ts): 5 fields, title and submit label of 24 characters, 1,500 characters in all as JSON.
 */
export interface Form {
  title: string;
  fields: readonly FormField[];
  /** Left to the platform where it has a word of its own (Discord). */
  submitLabel: string;
}

export interface FormField {
  /** Key in `ActionEvent.fields`: lower-case letters, digits and hyphens, at most 30. */
  name: string;
  /** At most 45 characters. */
  label: string;
  kind: 'choice' | 'text';
  /** Of a choice: 1 to 25 different ones of at most 75 characters; the chosen one comes back word for word. */
  options?: readonly string[];
  required?: boolean;
  /** Of a text, in characters; at most and by default 3,000. */
  maxLength?: number;
}

/** One finished or unfinished piece of what the bot says. Text is a small Markdown subset (bold, lists, code); adapters escape the rest. */
export interface ReplyContent {
  text: string;
  /** The text holds a model's words: adapters that label posts call it a draft. */
  isDraft?: true;
  /** What the thread is about from now on, for adapters that list conversations by a title (the web page). */
  title?: string;
  controls?: readonly Control[];
  /** Finishing again without `pictures` keeps those already shown; an empty list takes them away (a deleted image). */
  pictures?: readonly { png: Uint8Array; name: string; alt: string }[];
  /** Files for people to keep (exports). */
  files?: readonly { bytes: Uint8Array; name: string; mediaType: string }[];
  /** For adapters that draw their own panel (the web page); others post `pictures`. */
  film?: Film;
  /** True in the answer to a forgetting that left the place itself standing (one person's answers in a case): an adapter that keeps conversations keeps this one. */
  keepsPlace?: boolean;
}

/** One radiograph as an adapter with a viewer of its own shows it: display pixels only, no DICOM attributes. */
export interface Film {
  /** Index of the image in the conversation. */
  image: number;
  /** Grey PNG, longest side ≤ 1024 px. */
  png: Uint8Array;
  /** RGBA PNG of the attention map, of the size of `png`; null where the bundle gives none. */
  overlay: Uint8Array | null;
  findings: readonly FilmFinding[];
}

export interface FilmFinding {
  name: string;
  label: string;
  assessed: boolean;
  /** In [0, 1]; null where not assessed. */
  probability: number | null;
  threshold: number | null;
}

/** A reply that grows: every call carries the whole text so far. The adapter throttles, splits and rolls over as its platform demands. */
export interface Reply {
  /** Platform id of the (first) message that carries the reply: what ActionEvent.post names. */
  readonly post: string;
  /** Shows an unfinished draft, visibly marked as such. May be coalesced; never throws for throttling. `controls` (stop) where the platform can show them on a draft. */
  update(text: string, controls?: readonly Control[]): Promise<void>;
  /** Shows the whole final content, nothing truncated. */
  finish(content: ReplyContent): Promise<void>;
  /** One plain sentence instead of, or below, what was said so far. */
  fail(sentence: string): Promise<void>;
}

export interface ReplyOptions {
  /** Idempotency key: opening a reply with a key that was already used in this thread continues that reply, also after a crash. */
  key: string;
  /** Id of the event that is answered. */
  answers?: string;
  /** Only this person shall see it, where the platform can (`Adapter.canBePrivate`); otherwise it is posted as usual. */
  privateTo?: string;
}

/** `known`: an event with this id had been taken in before, perhaps by an earlier process; `ignored`: it is none of the bot's. */
export type Taken = 'accepted' | 'known' | 'ignored';

/** Takes an event in; resolves once it is journalled, and only then may the adapter acknowledge it to its platform. */
export type Receive = (event: InboundEvent) => Promise<Taken>;

/** One chat platform. It translates; it decides nothing. */
export interface Adapter {
  readonly name: string;
  /** Resolves once events come and answers can be given. Throws `config-invalid` for what only the operator can mend; after anything else it is called again. */
  start(receive: Receive): Promise<void>;
  /** Takes no new events, delivers what is in flight, then resolves. */
  stop(): Promise<void>;
  reply(place: Place, options: ReplyOptions): Promise<Reply>;
  /** The bytes of an attachment, at most `maxBytes` (throws `image-too-large` while reading, before keeping more). */
  read(attachment: Attachment, options: { maxBytes: number; signal: AbortSignal }): Promise<Uint8Array>;
  /** True if a reply with `privateTo` is seen by that person alone or not shown at all, never by others. */
  readonly canBePrivate?: boolean;
  /** True if the platform takes a forgotten thread away with everything in it; elsewhere its messages stay. */
  readonly removesForgotten?: boolean;
  /** Shows the reply `post` without its buttons, as no longer part of the conversation; absent where the platform cannot. */
  outdate?(place: Place, post: string): Promise<void>;
  /** State for /healthz and /readyz. */
  health(): { ready: boolean; detail?: string };
}

/** A way of using the bot beyond plain reading (teaching cases): is offered each event before the plain conversation sees it. */
export interface Mode {
  readonly name: string;
  /**
   * True for an event that belongs to this mode although the plain rules might leave it alone or treat it otherwise (talk in a case's thread,
   * `/case new` with images). Asked before the journal: cheap, no effects. The core shows no receipt for such an event; the mode answers it.
   */
  concerns?(event: InboundEvent): Promise<boolean>;
  /** True if this mode took the event; it has then answered it completely through `context`. */
  handle(event: InboundEvent, context: ModeContext): Promise<boolean>;
  /** Called once turns can run, which wait for their platform where that cannot be reached yet: for what is due without an event (a timer). Never throws. */
  start?(): Promise<void>;
  stop?(): void;
}

export interface ModeContext {
  reply(place: Place, options: ReplyOptions): Promise<Reply>;
  read(attachment: Attachment): Promise<Uint8Array>;
  /** Aborted by stop, forget and shutdown. */
  signal: AbortSignal;
  /** The mode said that the event concerns it: the plain rules alone might have left it. */
  isConcerned: boolean;
}

/** The logger that adapters and modes are given: facts first, then a constant sentence. Never users' text, file names or people's names. */
export interface Log {
  debug(facts: object, sentence: string): void;
  info(facts: object, sentence: string): void;
  warn(facts: object, sentence: string): void;
  error(facts: object, sentence: string): void;
}
