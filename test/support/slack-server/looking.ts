// What a person reads in a thread of the local Slack, reply by reply, for tests of the whole bot.
import { refOf } from './harness.ts';
import { buttonsOf, renderText } from './rendering.ts';
import type { SlackServer } from './slack-server.ts';
import type { StoredMessage } from './store.ts';

export interface ReadReply {
  text: string;
  finished: boolean;
  buttons: string[];
  pictures: number;
  messages: StoredMessage[];
}

const DRAFT = /Draft [0-9a-f]{8}, still being written …/;

/** The bot's replies in the thread, oldest first; messages of one reply joined. */
export function readThread(server: SlackServer, channel: string, threadTs: string): ReadReply[] {
  const groups = new Map<string, StoredMessage[]>();
  for (const message of server.store.thread(channel, threadTs)) {
    if (message.bot_id !== server.store.bot.bot) continue;
    const ref = refOf(message) ?? message.ts;
    groups.set(ref, [...(groups.get(ref) ?? []), message]);
  }
  return [...groups.values()].map((messages) => {
    const texts = messages.filter((message) => message.files.length === 0);
    return {
      text: texts.map(renderText).join('\n\n'),
      finished:
        texts.length > 0 &&
        texts.every((message) => message.streaming_state !== 'in_progress' && !DRAFT.test(renderText(message))),
      buttons: texts.flatMap(buttonsOf).map((button) => button.label),
      pictures: messages.flatMap((message) => message.files).filter((file) => !file.deleted).length,
      messages,
    };
  });
}
