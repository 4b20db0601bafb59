// Where a reply may go, best first: its thread, the channel in answer to the question, the person; the next one where a way is closed.
import { Routes } from 'discord.js';
import type { Log, Place } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import {
  type Carried,
  type Carrier,
  channelCarrier,
  directCarrier,
  isClosed,
  type Outgoing,
  PlaceGone,
} from './carrier.ts';
import type { Channels } from './channels.ts';
import { CODE, type DiscordApi, discordCode } from './discord-api.ts';
import type { InteractionAnswer } from './interaction-answer.ts';
import { decodeThread } from './thread-id.ts';

export interface Destinations {
  create(message: Outgoing, nonce: string): Promise<Carried & { carrier: Carrier }>;
}

interface Step {
  open(): Promise<Carrier>;
  channel: string | null;
  /** In the person's direct conversation. */
  isDirect?: true;
}

export interface DestinationParts {
  api: DiscordApi;
  channels: Channels;
  place: Place;
  /** Who asked, if known. */
  author: string | null;
  interaction: InteractionAnswer | null;
  /** The answer is for this person alone. */
  privateTo: string | null;
  /** Called before a private answer goes into a direct conversation: its buttons may be pressed as soon as it stands there. */
  keepPlace(): Promise<void>;
  log: Log;
}

/** A day without talk archives a thread; it opens again when somebody writes. */
const ARCHIVE_AFTER_MINUTES = 1_440;
const IN_THREAD = 'The answer is in the thread below.';
const SETTLED = 'The answer is in this channel.';
const NOT_PRIVATE =
  'I have an answer for one person alone, but could not send it: please allow direct messages from this server, and ask again.';

export function createDestinations(parts: DestinationParts): Destinations {
  const { log } = parts;
  const isPrivate = parts.privateTo !== null && !parts.place.isDirect;
  const steps = isPrivate ? privateSteps(parts) : openSteps(parts);
  let at = 0;
  let current: Carrier | null = null;

  async function create(message: Outgoing, nonce: string): Promise<Carried & { carrier: Carrier }> {
    for (;;) {
      const step = steps[at];
      if (step === undefined) return exhausted(nonce);
      try {
        current ??= await step.open();
        if (isPrivate && step.isDirect === true) await parts.keepPlace();
        return { ...(await current.create(message, nonce)), carrier: current };
      } catch (error) {
        if (!isClosed(error, message)) throw error;
        if (parts.channels.isGone(step.channel ?? '')) throw new PlaceGone('the thread was deleted', { cause: error });
        log.warn({ code: discordCode(error), way: at }, 'an answer takes another way: this one is closed');
        at += 1;
        current = null;
      }
    }
  }

  /** A private answer never becomes a public one: there it only says that it could not be given. */
  async function exhausted(nonce: string): Promise<Carried & { carrier: Carrier }> {
    if (isPrivate) {
      const open = createDestinations({ ...parts, privateTo: null, interaction: null });
      return open.create({ content: NOT_PRIVATE, components: [] }, `n${nonce}`.slice(0, 25));
    }
    at = 0;
    throw new CxrError('platform-failed', 'I may not write in that channel; please ask a server admin to let me.');
  }

  return { create };
}

function privateSteps({ api, author, interaction, privateTo }: DestinationParts): Step[] {
  const direct: Step = { channel: null, isDirect: true, open: () => directCarrier(api, privateTo ?? '') };
  // An interaction's own private answer is seen by who pressed or commanded, which need not be the person meant.
  return interaction === null || author !== privateTo
    ? [direct]
    : [{ channel: null, open: async () => interaction.privateCarrier }, direct];
}

function openSteps(parts: DestinationParts): Step[] {
  const { api, channels, place, author, interaction } = parts;
  const { channel, thread } = decodeThread(place.thread);
  const inChannel: Step = {
    channel,
    async open() {
      await interaction?.settle(SETTLED);
      return channelCarrier(api, channel, thread);
    },
  };
  if (place.isDirect) return [inChannel];
  const direct: Step[] = author === null ? [] : [{ channel: null, open: () => directCarrier(api, author) }];
  if (thread === null) return [inChannel, ...direct];
  const inThread: Step = {
    channel: thread,
    async open() {
      await interaction?.settle(IN_THREAD);
      await openThread(api, channels, channel, thread);
      return channelCarrier(api, thread);
    },
  };
  return [inThread, inChannel, ...direct];
}

/** A thread begun at a message has the message's id. Throws PlaceGone where the message went before its thread was opened. */
async function openThread(api: DiscordApi, channels: Channels, channel: string, thread: string): Promise<void> {
  if (channels.isGone(thread)) throw new PlaceGone('the thread was deleted');
  if (channels.isKnown(thread)) return;
  try {
    await api.call('POST', Routes.threads(channel, thread), {
      body: { name: threadName(new Date()), auto_archive_duration: ARCHIVE_AFTER_MINUTES },
    });
  } catch (error) {
    const code = discordCode(error);
    if (code === CODE.unknownMessage) {
      // A thread of its own, without a first message, or one whose first message was deleted later.
      if (await exists(api, thread)) return;
      throw new PlaceGone('the message was deleted', { cause: error });
    }
    if (code !== CODE.threadExists) throw error;
  }
  if (!channels.isKnown(thread)) channels.learn({ id: thread, type: 11, parent_id: channel });
}

async function exists(api: DiscordApi, thread: string): Promise<boolean> {
  try {
    await api.call('GET', Routes.channel(thread));
    return true;
  } catch (error) {
    if (discordCode(error) === CODE.unknownChannel) return false;
    throw error;
  }
}

/** Never the file's name: it may name the patient, and thread names are seen by everybody in the channel. */
function threadName(now: Date): string {
  return `CXR-LLaVA, ${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
