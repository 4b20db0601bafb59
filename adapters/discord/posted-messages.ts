// The Discord messages that carry one reply: brought in line with what it should say by posting, editing and deleting.
import { type Carried, type Carrier, isClosed, type Outgoing } from './carrier.ts';
import type { Destinations } from './destinations.ts';
import { CODE, discordCode } from './discord-api.ts';
import type { DiscordAttachment } from './payloads.ts';

export interface PostedMessages {
  /** Makes the messages say exactly `wanted`, in order; surplus ones are deleted. */
  show(wanted: readonly Outgoing[]): Promise<void>;
  /** What hangs on the first message. */
  attachments(): readonly DiscordAttachment[];
  count(): number;
}

interface Message {
  carrier: Carrier;
  id: string;
  /** What it says, as sent; empty where unknown. */
  shown: string;
  attachments: readonly DiscordAttachment[];
}

export function createPostedMessages(options: {
  ref: string;
  destinations: Destinations;
  found: readonly (Carried & { carrier: Carrier })[];
}): PostedMessages {
  const { ref, destinations } = options;
  const messages: Message[] = options.found.map((each) => ({ ...each, shown: '' }));
  /** A message that was deleted is posted anew: as another one, not as the deleted one repeated. */
  let generation = 0;

  async function post(wanted: Outgoing, index: number): Promise<Message> {
    const carried = await destinations.create(wanted, `${ref}-${index}-${generation}`);
    return { ...carried, shown: shownOf(wanted) };
  }

  async function edit(message: Message, wanted: Outgoing, index: number): Promise<Message> {
    const hasFiles = wanted.attachments !== undefined;
    if (message.shown === shownOf(wanted) && !hasFiles) return message;
    try {
      const carried = await message.carrier.edit(message.id, wanted);
      return { ...message, attachments: carried.attachments, shown: shownOf(wanted) };
    } catch (error) {
      if (discordCode(error) !== CODE.unknownMessage && !isClosed(error, wanted)) throw error;
      generation += 1;
      return post(wanted, index);
    }
  }

  async function remove({ carrier, id }: Message): Promise<void> {
    try {
      await carrier.remove(id);
    } catch (error) {
      if (discordCode(error) !== CODE.unknownMessage && !isClosed(error)) throw error;
    }
  }

  return {
    async show(wanted) {
      for (const [index, content] of wanted.entries()) {
        const message = messages[index];
        messages[index] = message === undefined ? await post(content, index) : await edit(message, content, index);
      }
      for (let last = messages.at(-1); last !== undefined && messages.length > wanted.length; last = messages.at(-1)) {
        await remove(last);
        messages.pop();
      }
    },
    attachments: () => messages[0]?.attachments ?? [],
    count: () => messages.length,
  };
}

function shownOf({ content, components }: Outgoing): string {
  return JSON.stringify([content, components]);
}
