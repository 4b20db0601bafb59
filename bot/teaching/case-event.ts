// What an event means for a case, whatever surface it came from: a slash command, words, a button, an edit.
import type { Attachment, InboundEvent } from '../contract.ts';
import { isForget } from '../routing.ts';

export type CaseRequest =
  | { kind: 'command'; verb: string; argument: string; attachments: readonly Attachment[] }
  | { kind: 'words'; message: string; text: string; hasFiles: boolean; toBot: boolean }
  | { kind: 'confirm' | 'drop'; answer: string }
  | { kind: 'deleted'; message: string | null }
  | { kind: 'forget' }
  /** A button or command of the plain conversation. */
  | { kind: 'plain' };

/** Platforms without slash commands in threads (Slack's cannot carry films) have `case new …` as words to the bot. */
const TYPED = /^\s*\/?case\s+([a-z-]+)\b\s*([\s\S]*)$/i;
const VERBS = new Set([
  'new',
  'findings',
  'answer',
  'hint',
  'reveal',
  'export',
  'close',
  'observe',
  'forget-me',
  'help',
]);

export function isCaseCommand(event: InboundEvent): boolean {
  if (event.kind === 'command') return event.name === 'case';
  if (event.kind !== 'message' || !(event.mentionsBot || event.place.isDirect)) return false;
  return VERBS.has(TYPED.exec(event.text)?.[1]?.toLowerCase() ?? '');
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
      const isTyped = VERBS.has(verb.toLowerCase());
      if (isTyped) return { kind: 'command', verb: verb.toLowerCase(), argument, attachments: event.attachments };
      const toBot = event.mentionsBot || event.place.isDirect;
      return { kind: 'words', message: event.id, text: event.text, hasFiles: event.attachments.length > 0, toBot };
    }
    case 'edit':
      return { kind: 'words', message: event.message, text: event.text, hasFiles: false, toBot: false };
    case 'delete':
      return { kind: 'deleted', message: event.message };
    case 'action':
      if (event.action === 'case-confirm') return { kind: 'confirm', answer: event.value ?? '' };
      if (event.action === 'case-drop') return { kind: 'drop', answer: event.value ?? '' };
      return { kind: 'plain' };
  }
}
