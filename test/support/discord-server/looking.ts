// What a person sees of the bot's replies in a channel or thread of the local Discord.
import type { SeenPost } from '../../adapters/conformance.ts';
import { buttonsOf, renderText } from './rendering.ts';
import type { DiscordStore, StoredMessage } from './store.ts';

const MARK = /\n?-# (Draft, still being written … )?ref ([0-9a-f]{8})$/;

export interface SeenReply extends SeenPost {
  ref: string;
  messages: readonly StoredMessage[];
}

/** Replies oldest first; `posts` gives a reply's whole name by its short one. */
export function repliesIn(
  store: DiscordStore,
  channel: string,
  posts: ReadonlyMap<string, string> = new Map(),
): SeenReply[] {
  const groups = new Map<string, StoredMessage[]>();
  for (const message of store.in(channel)) {
    if (message.author.id !== store.bot.id) continue;
    const ref = MARK.exec(message.content)?.[2];
    if (ref !== undefined) groups.set(ref, [...(groups.get(ref) ?? []), message]);
  }
  return [...groups].map(([ref, messages]) => {
    const files = messages.flatMap((message) => message.files);
    const shown = files.map((file) => ({ name: file.filename, bytes: file.bytes }));
    return {
      ref,
      messages,
      id: posts.get(ref) ?? ref,
      parts: messages.map((message) => renderText(message.content.replace(MARK, ''))),
      unfinished: messages.some((message) => MARK.exec(message.content)?.[1] !== undefined),
      controls: messages
        .flatMap(buttonsOf)
        .map((button) => ({ label: button.label, action: button.id.split(':')[1] ?? '' })),
      pictures: shown.filter((file) => file.name.endsWith('.png')),
      files: shown.filter((file) => !file.name.endsWith('.png')),
    };
  });
}
