// What an adapter's test gives to the conformance suite; how to write one stands at the top of conformance.ts.
import type { ActionName, Adapter } from '../../../bot/contract.ts';

export interface SeenPost {
  /** What `Reply.post` names. */
  id: string;
  /** Platform messages that carry the reply, in order, as rendered. */
  parts: readonly string[];
  /** True while a person can see that this is not finished. */
  unfinished: boolean;
  controls: readonly { action: string; label: string }[];
  pictures: readonly { name: string; bytes: Uint8Array }[];
  files: readonly { name: string; bytes: Uint8Array }[];
}

/** A form as it stands before a person; a platform that asks one question after the other shows the first. */
export interface SeenForm {
  title: string;
  fields: readonly { label: string; options: readonly string[]; required: boolean }[];
}

export interface PostOptions {
  thread?: string;
  text?: string;
  files?: readonly { name: string; mediaType: string; bytes: Uint8Array }[];
  by?: 'person' | 'other-person' | 'other-bot';
  mention?: 'bot' | 'other';
  direct?: boolean;
}

export type PlatformFault = 'rate-limit' | 'server-error' | 'slow' | 'disconnect';

export interface AdapterHarness {
  adapter(): Promise<Adapter>;
  crash(adapter: Adapter): Promise<void>;
  post(options: PostOptions): Promise<{ thread: string; message: string }>;
  seen(thread: string): Promise<readonly SeenPost[]>;
  pings(): Promise<readonly string[]>;
  links(): Promise<readonly string[]>;
  /** The person changes the text of an earlier message. */
  edit?(message: string, text: string): Promise<void>;
  /** The person deletes an earlier message. */
  remove?(message: string): Promise<void>;
  /** The person presses a button under a reply. */
  press?(thread: string, post: string, action: ActionName): Promise<void>;
  /** The person presses a button that carries a form; what opens before them, or null if nothing does. */
  openForm?(thread: string, post: string, action: ActionName): Promise<SeenForm | null>;
  /** The person fills in the form that opened last, by the labels of its fields, and sends it; false if the platform keeps it open. */
  submitForm?(answers: Readonly<Record<string, string>>): Promise<boolean>;
  /** The same submission reaches the adapter once more. */
  resubmitForm?(): Promise<void>;
  /** What the person was told beside the replies, alone: oldest first. */
  told?(): Promise<readonly string[]>;
  /** The person uses a slash command. */
  command?(name: string, argument: string): Promise<void>;
  /** The platform delivers the latest event once more, unchanged. */
  redeliver?(): Promise<void>;
  /** True where there is one person and the bot and nobody else: no mentions, no other bots. */
  alone?: boolean;
  /** True where a crash takes everything seen with it (a terminal): replies cannot be continued. */
  forgetsOnCrash?: boolean;
  /** True where an unfinished reply can carry buttons. */
  stopOnDrafts?: boolean;
  /** True where one upload arrives as two events on this platform; `post` with files then sends both. */
  twice?: boolean;
  /** True once the platform takes the event of this message as delivered. */
  acknowledged?(message: string): Promise<boolean>;
  /** The next answer of the platform to the bot is this fault (once). */
  fault?(fault: PlatformFault): Promise<void>;
  /** How many writes (posts, edits) the bot made so far. */
  writes?(): Promise<number>;
  close(): Promise<void>;
}
