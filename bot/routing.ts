// Decides which events are for the bot at all; everything else is not even journalled, because what people say to each other is not ours to keep.
import type { InboundEvent, MessageEvent } from './contract.ts';
import type { ChannelSettings } from './settings.ts';
import { controlOf } from './words.ts';

export interface RoutingFacts {
  settings: ChannelSettings;
  /** The bot has answered in this thread. */
  isOurThread: boolean;
  /** The edited or deleted message was accepted by the bot, or its upload was read. */
  isKnownSubject: boolean;
}

/** True if the plain conversation takes the event. */
export function isForBot(event: InboundEvent, facts: RoutingFacts): boolean {
  if (event.author.isBot) return false;
  switch (event.kind) {
    case 'action':
    case 'command':
      return true;
    case 'edit':
    case 'delete':
      return facts.isKnownSubject;
    case 'message':
      return isMessageForBot(event, facts);
  }
}

function isMessageForBot(event: MessageEvent, { settings, isOurThread }: RoutingFacts): boolean {
  if (event.text.trim() === '' && event.attachments.length === 0) return event.mentionsBot || event.place.isDirect;
  if (event.mentionsBot || event.place.isDirect) return true;
  if (event.mentionsOthers) return false;
  if (event.attachments.length > 0 && settings.read === 'every') return true;
  return isOurThread;
}

/** Urgent events run at once beside the thread's turn; the others wait for their turn in the thread. */
export function isUrgent(event: InboundEvent): boolean {
  const control = event.kind === 'action' ? event.action : event.kind === 'message' ? wordOf(event) : null;
  if (control !== null) return ['stop', 'help', 'helpful', 'not-helpful'].includes(control);
  return event.kind === 'command' && ['help', 'status', 'settings'].includes(event.name);
}

/** The control that a message consists of, or null. */
export function wordOf(event: MessageEvent): ReturnType<typeof controlOf> {
  return event.attachments.length > 0 ? null : controlOf(event.text);
}

const COSTLY: ReadonlySet<string> = new Set(['read', 'again', 'confirm', 'case-quiz-skip', 'case-quiz-confirm']);
/** What of `/case …` reads a film or asks the model. */
const COSTLY_IN_CASES = /^\s*(new|open|reveal|vote|quiz(?!\s+stop\b))\b/i;

/** Requests that lead to encoding or generation, or may: they are counted against the rate limit. */
export function isCounted(event: InboundEvent): boolean {
  switch (event.kind) {
    case 'message': {
      const word = wordOf(event);
      return word === null || COSTLY.has(word);
    }
    case 'action':
      // A form is words as a message is.
      return COSTLY.has(event.action) || event.fields !== undefined;
    case 'command':
      return COSTLY.has(event.name) || (event.name === 'case' && COSTLY_IN_CASES.test(event.argument));
    case 'edit':
      return true;
    case 'delete':
      return false;
  }
}

/** True if this event makes the bot forget its thread. */
export function isForget(event: InboundEvent): boolean {
  if (event.kind === 'action') return event.action === 'forget';
  if (event.kind === 'command') return event.name === 'forget';
  return event.kind === 'message' && wordOf(event) === 'forget';
}

/** The message whose deletion makes an event pointless: itself, or what a shortcut was used on. */
export function subjectOf(event: InboundEvent): string {
  return event.kind === 'command' ? (event.target ?? event.id) : event.id;
}

/** True if `later` makes `earlier` pointless: its question was edited, or it was deleted. The films of an edited message are read all the same. */
export function replaces(later: InboundEvent, earlier: InboundEvent): boolean {
  if (later.kind === 'delete') {
    if (later.message !== null) return later.message === subjectOf(earlier);
    return (
      'attachments' in earlier && earlier.attachments.length === 1 && earlier.attachments[0]?.id === later.attachment
    );
  }
  return (
    later.kind === 'edit' &&
    later.message === earlier.id &&
    !('attachments' in earlier && earlier.attachments.length > 0)
  );
}

/**
 * True if `later` does not make a mode's event pointless: one person's forgetting is not everybody's in a case, and an edit there changes an answer that
 * must have been read first. Only what was deleted is not begun any more.
 */
export function isHandledInOrder(earlier: { mode?: string }, later: InboundEvent): boolean {
  return earlier.mode !== undefined && later.kind !== 'delete';
}
