// What a person would see of a message: formatting undone, links that could be clicked, people who would be pinged, buttons.
import type { Body } from './rest-request.ts';
import type { StoredMessage } from './store.ts';

const ESCAPED = /\\([^0-9A-Za-z\s])/g;
const PLACEHOLDER = '\u0000';

/** Text as shown: formatting marks gone, escaped characters as they are. */
export function renderText(content: string): string {
  const kept: string[] = [];
  const hidden = content.replace(ESCAPED, (_, character: string) => `${PLACEHOLDER}${kept.push(character) - 1};`);
  const shown = hidden.replace(/\*\*|(?<!\w)\*|\*(?!\w)/g, '');
  return shown.replace(new RegExp(`${PLACEHOLDER}(\\d+);`, 'g'), (_, index: string) => kept[Number(index)] ?? '');
}

function outsideCode(content: string): string {
  return content.replace(/```[\s\S]*?```|`[^`\n]*`/g, ' ');
}

export function linksIn(content: string): string[] {
  // An escaped character is plain text to Discord: no address runs over it.
  const plain = outsideCode(content).replace(ESCAPED, PLACEHOLDER);
  const bare = plain.match(/https?:\/\/[^\s<>]+/g) ?? [];
  const masked = [...plain.matchAll(/\[[^\]]+\]\(([^)]+)\)/g)].map((match) => match[1] ?? '');
  return [...bare, ...masked];
}

/** Whom the message notifies: mentions in its text that `allowed_mentions` lets through (all of them where it is left out). */
export function pingsIn(body: Body): string[] {
  const plain = outsideCode(body.content ?? '').replace(ESCAPED, PLACEHOLDER);
  const users = [...plain.matchAll(/<@!?(\w+)>/g)].map((match) => match[1] ?? '');
  const roles = [...plain.matchAll(/<@&(\w+)>/g)].map((match) => match[1] ?? '');
  const everyone = plain.match(/@(everyone|here)\b/g) ?? [];
  const allowed = body.allowed_mentions;
  const parses = (kind: string): boolean => allowed === undefined || (allowed.parse ?? []).includes(kind);
  return [
    ...(parses('users') ? users : users.filter((user) => allowed?.users?.includes(user))),
    ...(parses('roles') ? roles : []),
    ...(parses('everyone') ? everyone : []),
    ...(body.message_reference !== undefined && allowed?.replied_user !== false ? ['the person answered'] : []),
  ];
}

export function buttonsOf(message: StoredMessage): { label: string; id: string }[] {
  return message.components
    .flatMap((row) => row.components ?? [])
    .map((button) => ({ label: button.label ?? '', id: button.custom_id ?? '' }));
}
