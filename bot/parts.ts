// What every room of the conversation core works with; built once by core.ts, so that rooms depend on each other only through here.
import type { BundleInfo, EncodedImage, Engine } from '../engine/engine.ts';
import type { CxrError } from '../engine/error.ts';
import type { Label } from '../labeller/label.ts';
import type { Access } from './access.ts';
import type { Audit } from './audit.ts';
import type { Contact } from './contact.ts';
import type { Adapter, InboundEvent, Mode } from './contract.ts';
import type { Conversations } from './conversations.ts';
import type { Feedback } from './feedback.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { BotLog } from './log.ts';
import type { Metrics, Stage } from './metrics.ts';
import type { CreateMode } from './mode-room.ts';
import type { Phrases } from './phrases.ts';
import type { Queue } from './queue.ts';
import type { Replies } from './replies.ts';
import type { ChannelSettings, Settings } from './settings.ts';
import type { StateStore } from './store.ts';
import type { Threads } from './thread.ts';

export interface Limits {
  /** Images of one message that are read. */
  maxImages: number;
  maxImageBytes: number;
  maxQuestionChars: number;
}

/** Draws what is shown of a film (engine/panel.ts). */
export interface Pictures {
  panel(image: EncodedImage, bundle: Pick<BundleInfo, 'name' | 'version'>): Promise<Uint8Array>;
  film(image: EncodedImage): Promise<Uint8Array>;
  overlay(image: EncodedImage): Promise<Uint8Array | null>;
  /** The film with the overlay on it. */
  overlaid(image: EncodedImage): Promise<Uint8Array | null>;
}

/** What the outside gives to the core. */
export interface Supplies {
  adapters: readonly Adapter[];
  /** Ways of use beyond plain reading; offered each event first, in this order. */
  modes: readonly CreateMode[];
  /** Waits for the models; rejects with `bundle-…` while they cannot be loaded. */
  engine(): Promise<Engine>;
  pictures: Pictures;
  label(text: string): readonly Label[];
  store: StateStore;
  log: BotLog;
  limits: Limits;
  /** Told when a platform that could not be reached at start refuses what it was configured with after all. */
  refused?(error: CxrError): void;
  /** Told when a turn reaches a stage; for metrics and crash tests. */
  onStage?(stage: Stage, entry: JournalEntry): Promise<void> | void;
}

export interface Parts extends Omit<Supplies, 'modes'> {
  modes: readonly Mode[];
  journal: Journal;
  queue: Queue;
  threads: Threads;
  settings: Settings;
  access: Access;
  feedback: Feedback;
  audit: Audit;
  metrics: Metrics;
  replies: Replies;
  contact: Contact;
  conversations: Conversations;
  /** Accepted and not answered yet, by journal id. */
  open: Map<string, JournalEntry>;
  stage(stage: Stage, entry: JournalEntry): Promise<void>;
  adapter(name: string): Adapter;
}

/** One event being worked on. */
export interface Work<Event extends InboundEvent = InboundEvent> {
  entry: JournalEntry;
  event: Event;
  adapter: Adapter;
  settings: ChannelSettings;
  phrases: Phrases;
  signal: AbortSignal;
}
