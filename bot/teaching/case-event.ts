// What an event means for a case, whatever surface it came from: a slash command, words, a button, an edit.
import type { Attachment, InboundEvent } from '../contract.ts';
import { isForget } from '../routing.ts';
import { verbOf } from './verbs.ts';

export type CaseRequest =
  | { kind: 'command'; verb: string; argument: string; attachments: readonly Attachment[] }
  | { kind: 'words'; message: string; text: string; hasFiles: boolean; toBot: boolean }
  /** A button of ours. */
  | { kind: 'button'; action: string }
  | { kind: 'deleted'; message: string | null }
  | { kind: 'forget' }
  /** A button or command of the plain conversation. */
  | { kind: 'plain' };

/** Platforms without slash commands in threads (Slack's cannot carry films) have `case new …` as words to the bot. */
const TYPED = /^\s*\/?case\s+([a-z-]+)\b\s*([\s\S]*)$/i;

const OPENING: ReadonlySet<string> = new Set(['new', 'open']);
const QUIZ: ReadonlySet<string> = new Set(['quiz']);

/** A command or button of ours, also where there is no case. */
export function isCaseCommand(event: InboundEvent): boolean {
  if (event.kind === 'command') return event.name === 'case';
  if (event.kind === 'action') return event.action.startsWith('case-');
  if (event.kind !== 'message' || !(event.mentionsBot || event.place.isDirect)) return false;
  return verbOf(TYPED.exec(event.text)?.[1] ?? '') !== undefined;
}

/** The thread will belong to a case once this has run. */
export function opensCase(event: InboundEvent): boolean {
  return isVerbOf(event, OPENING);
}

/** A quiz will run in the direct message once this has run. */
export function startsQuiz(event: InboundEvent): boolean {
  return isVerbOf(event, QUIZ);
}

function isVerbOf(event: InboundEvent, verbs: ReadonlySet<string>): boolean {
  if (!isCaseCommand(event)) return false;
  const request = requestOf(event);
  return request.kind === 'command' && verbs.has(request.verb);
}

export function requestOf(event: InboundEvent): CaseRequest {
  if (isForget(event)) return { kind: 'forget' };
  switch (event.kind) {
    case 'command': {
      if (event.name !== 'case') return { kind: 'plain' };
      const [, verb = 'help', argument = ''] = /^\s*([a-z-]+)\s*([\s\S]*)$/i.exec(event.argument) ?? [];
      return { kind: 'command', verb: verb.toLowerCase(), argument, attachments: event.attachments };
    }
    case 'message': {
      const [, verb = '', argument = ''] = TYPED.exec(event.text) ?? [];
      if (verbOf(verb) !== undefined)
        return { kind: 'command', verb: verb.toLowerCase(), argument, attachments: event.attachments };
      const toBot = event.mentionsBot || event.place.isDirect;
      return { kind: 'words', message: event.id, text: event.text, hasFiles: event.attachments.length > 0, toBot };
    }
    case 'edit':
      return { kind: 'words', message: event.message, text: event.text, hasFiles: false, toBot: false };
    case 'delete':
      return { kind: 'deleted', message: event.message };
    case 'action':
      return event.action.startsWith('case-') ? { kind: 'button', action: event.action } : { kind: 'plain' };
  }
}
