// The message in a channel at which a case's thread begins, when the case was opened by a slash command.
import { channelCarrier, isClosed } from './carrier.ts';
import type { DiscordApi } from './discord-api.ts';
import type { InteractionAnswer } from './interaction-answer.ts';

const BELOW = 'A teaching case opens in the thread below.';
const NO_PLACE =
  'I may not write in this channel, so no case can be opened here; please ask a server admin to let me, or open it in a thread.';

/** The id of the message; null where the bot may not write, and the person has been told. */
export async function beginCase(
  api: DiscordApi,
  channel: string,
  interaction: string,
  answer: InteractionAnswer,
): Promise<string | null> {
  try {
    const message = { content: BELOW, components: [] };
    return (await channelCarrier(api, channel).create(message, `c${interaction}`)).id;
  } catch (error) {
    if (!isClosed(error)) throw error;
    await answer.privateCarrier.create({ content: NO_PLACE, components: [] }, '');
    return null;
  }
}
