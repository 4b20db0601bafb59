// What a person sees of a message: text with Slack's escapes undone, whom it would ping and what it would make clickable.
import type { StoredMessage } from './store.ts';

interface TextObject {
  type: string;
  text: string;
  verbatim?: boolean;
}

interface AnyBlock {
  type: string;
  text?: TextObject;
  elements?: (TextObject & Record<string, unknown>)[];
}

export function blocksOf(message: Pick<StoredMessage, 'blocks'>): AnyBlock[] {
  return (message.blocks ?? []) as AnyBlock[];
}

/** The text objects that are drawn, in order. */
function texts(message: StoredMessage): TextObject[] {
  const blocks = blocksOf(message);
  if (blocks.length === 0) {
    return [{ type: message.streaming_state === undefined ? 'mrkdwn' : 'markdown', text: message.text }];
  }
  return blocks.flatMap((block) => {
    if (block.type === 'context') return block.elements ?? [];
    return block.text === undefined ? [] : [block.text];
  });
}

export function renderText(message: StoredMessage): string {
  return texts(message)
    .map((piece) => piece.text)
    .join('\n')
    .replaceAll('\u200b', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** People, groups and channels that the message notifies (https://docs.slack.dev/messaging/formatting-message-text). */
export function pingsOf(message: StoredMessage): string[] {
  const everywhere = [message.text, ...texts(message).map((piece) => piece.text)].join('\n');
  const pings = [...everywhere.matchAll(/<([@!#][^<>]*)>/g)].map((match) => match[1] ?? '');
  for (const piece of texts(message)) {
    if (piece.type === 'markdown') pings.push(...(piece.text.match(/@(?:channel|here|everyone)\b/g) ?? []));
  }
  return pings;
}

/** Everything that would be clickable: explicit links, Markdown links, and addresses that Slack finds on its own. */
export function linksOf(message: StoredMessage): string[] {
  return texts(message).flatMap((piece) => {
    const links = [...piece.text.matchAll(/<((?:https?|mailto):[^<>|]*)(?:\|[^<>]*)?>/g)].map(
      (match) => match[1] ?? '',
    );
    if (piece.type === 'markdown') {
      links.push(...[...piece.text.matchAll(/\[[^\]]*\]\(([^)]*)\)/g)].map((match) => match[1] ?? ''));
    }
    if (piece.type === 'markdown' || piece.verbatim !== true) {
      links.push(
        ...(piece.text.match(
          /(?<![\w.@])(?:https?:\/\/)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|example)\b/gi,
        ) ?? []),
      );
    }
    return links;
  });
}

export interface DrawnButton {
  label: string;
  actionId: string;
  value: string;
  type: string;
  needsConfirmation: boolean;
}

/** Buttons of a message, feedback buttons included, in the order in which they are drawn. */
export function buttonsOf(message: Pick<StoredMessage, 'blocks' | 'streamBlocks'>): DrawnButton[] {
  return [...blocksOf(message), ...blocksOf({ blocks: message.streamBlocks ?? [] })].flatMap((block) => {
    if (block.type !== 'actions' && block.type !== 'context_actions') return [];
    return (block.elements ?? []).flatMap((element) => {
      const actionId = String(element.action_id);
      if (element.type === 'feedback_buttons') {
        return [element.positive_button, element.negative_button].map((choice) => {
          const { text, value } = choice as { text: { text: string }; value: string };
          return { label: text.text, actionId, value, type: 'feedback_buttons', needsConfirmation: false };
        });
      }
      const label = (element.text as unknown as { text: string }).text;
      return [
        {
          label,
          actionId,
          value: String(element.value),
          type: 'button',
          needsConfirmation: element.confirm !== undefined,
        },
      ];
    });
  });
}
