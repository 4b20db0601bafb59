// What comes from the gateway, handed to the core in order per channel; interactions go their own, quicker way, because Discord waits for them.
import type { z } from 'zod';
import type { InboundEvent, Log, Place, Receive, Taken } from '../../bot/contract.ts';
import { createRecent } from '../shared/recent.ts';
import { allAttachments } from './attachments.ts';
import { createCatchUp, type Missed } from './catch-up.ts';
import type { Channels } from './channels.ts';
import type { DiscordApi } from './discord-api.ts';
import type { DiscordTiming } from './discord-config.ts';
import type { Forms } from './forms.ts';
import {
  type DiscordIdentity,
  isElsewhere,
  isWrittenByOthers,
  toDeleteEvent,
  toEditEvent,
  toFileDeletion,
  toMessageEvent,
} from './inbound-message.ts';
import type { InteractionAnswer } from './interaction-answer.ts';
import { createInteractionListener } from './interaction-listener.ts';
import { createLanes, type Subject } from './lanes.ts';
import type { Members } from './members.ts';
import type { DiscordMemory } from './memory.ts';
import { createPatience } from './patience.ts';
import {
  channel as channelPayload,
  deletedMessage,
  deletedMessages,
  guildChannels,
  interaction as interactionPayload,
  message as messagePayload,
} from './payloads.ts';
import { type ChannelFacts, snowflakeAt } from './thread-id.ts';

export interface ListenerParts {
  api: DiscordApi;
  channels: Channels;
  members: Members;
  memory: DiscordMemory;
  self(): DiscordIdentity;
  /** False where messages come without their text unless they are direct or mention the bot. */
  seesContent(): boolean;
  forms: Forms;
  receive: Receive;
  /** Before an event goes to the core: what its answer will need. */
  remember(event: InboundEvent, interaction: InteractionAnswer | null, urls: ReadonlyMap<string, string>): void;
  dropFile(id: string): void;
  timing: DiscordTiming;
  maxWaiting: number;
  log: Log;
}

export interface Listeners {
  dispatch(name: string, payload: unknown): void;
  /** A new session: what came between it and the last thing heard, also by an earlier process, has to be asked for. */
  catchUp(): void;
  /** Takes nothing more and resolves when what came before is with the core. */
  close(): Promise<void>;
}

/** The id that a message would have had at the time of the edit; null if it is none. */
function editOf({ edited_timestamp: at }: z.infer<typeof messagePayload>): string | null {
  return at == null ? null : snowflakeAt(Date.parse(at));
}

export function createListeners(parts: ListenerParts): Listeners {
  const { api, channels, memory, log, timing } = parts;
  const closing = new AbortController();
  const patience = createPatience({ retryDelayMs: timing.retryDelayMs, closing: closing.signal, log });
  const lanes = createLanes({ memory, patience, maxWaiting: parts.maxWaiting, log });
  const catchUp = createCatchUp({
    api,
    memory,
    members: parts.members,
    patience,
    self: () => parts.self().userId,
    maxAgeMs: timing.catchUpMs,
    log,
  });
  const onInteraction = createInteractionListener({ ...parts, deliver: (event) => deliver(event, false) });
  /** Attachments that a message had, to see which were taken out of it. */
  const filesOf = createRecent<readonly string[]>(5_000);

  /** Who presses or commands is told at once when it cannot be kept, and does it again; words wait until they can be. */
  function deliver(event: InboundEvent, endless = true): Promise<Taken> {
    return patience.until(() => parts.receive(event), { what: event.kind, endless });
  }

  async function onMessage(payload: z.infer<typeof messagePayload>, facts: ChannelFacts): Promise<Taken> {
    if (facts.isDirect) memory.metIn(facts.id);
    const taken = await takeMessage(payload, facts);
    memory.heard(payload.id);
    return taken;
  }

  async function takeMessage(payload: z.infer<typeof messagePayload>, facts: ChannelFacts): Promise<Taken> {
    if (!isWrittenByOthers(payload, parts.self())) return 'ignored';
    const event = toMessageEvent(payload, facts, parts.self());
    // What a message had when it was first seen: an edit is compared with it.
    if (filesOf.get(payload.id) === undefined) {
      filesOf.set(
        payload.id,
        event.attachments.map((file) => file.id),
      );
    }
    parts.remember(event, null, new Map());
    if (isElsewhere(event, payload, facts)) {
      await patience.until(() => memory.keepPlace(payload.id, event.place), { what: 'place', endless: true });
    }
    return deliver(event);
  }

  /** Fetched later: its words may be known in the form that they had before an edit, or not at all. */
  async function onMissed({ message, isOld, isEdited }: Missed, facts: ChannelFacts): Promise<void> {
    if (isOld || ((await onMessage(message, facts)) === 'known' && isEdited)) await onUpdate(message, facts);
  }

  /** Only in a channel itself is there anything to know: a thread and a direct conversation are one place. */
  async function keptPlace(message: string, facts: ChannelFacts): Promise<Place | null> {
    if (facts.isDirect || facts.parent !== null) return null;
    return patience.until(() => memory.placeOf(message), { what: 'place', endless: true });
  }

  async function onUpdate(payload: z.infer<typeof messagePayload>, facts: ChannelFacts): Promise<void> {
    if (!isWrittenByOthers(payload, parts.self())) return;
    const place = payload.edited_timestamp == null ? null : await keptPlace(payload.id, facts);
    const event = toEditEvent(payload, facts, parts.self(), place);
    // An edit that we may not read says nothing, not that the text is empty now.
    const isHidden = !parts.seesContent() && !facts.isDirect && payload.content === '';
    if (event === null || isHidden) return;
    const before = filesOf.get(payload.id);
    const now = allAttachments(payload).map((file) => file.id);
    filesOf.set(payload.id, now);
    for (const file of (before ?? []).filter((id) => !now.includes(id))) {
      parts.dropFile(file);
      await deliver(toFileDeletion(file, payload, facts, place));
    }
    await deliver(event);
  }

  async function onDelete(deleted: z.infer<typeof deletedMessage>, facts: ChannelFacts): Promise<void> {
    for (const file of filesOf.get(deleted.id) ?? []) parts.dropFile(file);
    await deliver(toDeleteEvent(deleted, facts, await keptPlace(deleted.id, facts)));
  }

  /** Null, with a line in the log, for a payload that is not what Discord documents. */
  function checked<S extends z.ZodType>(schema: S, payload: unknown, what: string): z.infer<S> | null {
    const result = schema.safeParse(payload);
    if (result.success) return result.data;
    const issues = result.error.issues.map((issue) => issue.path.join('.'));
    log.error({ what, issues }, 'unexpected payload from Discord');
    return null;
  }

  function inOrder(
    where: { channel_id: string; guild_id?: string | null | undefined },
    subject: Subject,
    take: (facts: ChannelFacts) => Promise<unknown>,
  ): void {
    lanes.add(where.channel_id, subject, async () => {
      const facts = await channels.facts(where.channel_id, where.guild_id ?? null);
      if (facts !== null) await take(facts);
    });
  }

  function onDeleted(deleted: z.infer<typeof deletedMessage>): void {
    inOrder(deleted, { key: `deleted ${deleted.id}`, at: null }, (facts) => onDelete(deleted, facts));
  }

  const handlers: Record<string, (payload: unknown) => void> = {
    READY: () => catchUp.begin(),
    MESSAGE_CREATE(payload) {
      const message = checked(messagePayload, payload, 'message');
      if (message !== null) inOrder(message, { key: message.id, at: message.id }, (facts) => onMessage(message, facts));
    },
    MESSAGE_UPDATE(payload) {
      const message = checked(messagePayload, payload, 'edited message');
      if (message === null) return;
      const subject = { key: `edited ${message.id} ${message.edited_timestamp ?? ''}`, at: editOf(message) };
      inOrder(message, subject, (facts) => onUpdate(message, facts));
    },
    MESSAGE_DELETE(payload) {
      const deleted = checked(deletedMessage, payload, 'deleted message');
      if (deleted !== null) onDeleted(deleted);
    },
    MESSAGE_DELETE_BULK(payload) {
      const deleted = checked(deletedMessages, payload, 'deleted messages');
      for (const id of deleted?.ids ?? []) {
        if (deleted !== null) onDeleted({ ...deleted, id });
      }
    },
    INTERACTION_CREATE(payload) {
      const interaction = checked(interactionPayload, payload, 'interaction');
      if (interaction !== null) void lanes.watch(onInteraction(interaction));
    },
    GUILD_CREATE: learnMany,
    THREAD_LIST_SYNC(payload) {
      learnMany({ ...(payload as object), id: (payload as { guild_id?: string }).guild_id });
    },
    CHANNEL_CREATE: learn,
    CHANNEL_UPDATE: learn,
    THREAD_CREATE: learn,
    THREAD_UPDATE: learn,
    CHANNEL_DELETE: forget,
    THREAD_DELETE: forget,
  };

  /** A server that is not available right now is listed without its channels. */
  function learnMany(payload: unknown): void {
    const guild = guildChannels.safeParse(payload).data;
    const all = [...(guild?.channels ?? []), ...(guild?.threads ?? [])];
    for (const channel of all) channels.learn(channel);
    if (guild !== undefined) catchUp.listed(guild.id, all);
  }
  function learn(payload: unknown): void {
    const channel = checked(channelPayload, payload, 'channel');
    if (channel !== null) channels.learn(channel);
  }
  function forget(payload: unknown): void {
    const channel = checked(channelPayload, payload, 'deleted channel');
    if (channel !== null) channels.forget(channel.id);
  }

  async function fetchMissed(): Promise<void> {
    let messages = 0;
    for await (const missed of catchUp.missed()) {
      messages += 1;
      const { message, isOld } = missed;
      const subject = { key: `missed ${message.id}`, at: isOld ? editOf(message) : message.id };
      inOrder(message, subject, (facts) => onMissed(missed, facts));
    }
    if (messages > 0) log.info({ messages }, 'looked at what was written while nothing was heard');
  }

  return {
    catchUp: () => void lanes.watch(fetchMissed()),
    dispatch(name, payload) {
      if (!closing.signal.aborted) handlers[name]?.(payload);
    },
    async close() {
      closing.abort();
      await lanes.settled();
    },
  };
}
