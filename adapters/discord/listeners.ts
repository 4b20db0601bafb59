// What comes from the gateway, handed to the core in order per channel; interactions go their own, quicker way, because Discord waits for them.
import { setTimeout as sleep } from 'node:timers/promises';
import { Routes } from 'discord.js';
import type { z } from 'zod';
import type { ActionEvent, InboundEvent, Log, Receive } from '../../bot/contract.ts';
import { createRecent } from '../shared/recent.ts';
import { allAttachments } from './attachments.ts';
import { beginCase } from './case-opening.ts';
import { createCatchUp } from './catch-up.ts';
import type { Channels } from './channels.ts';
import { type DiscordApi, discordCode } from './discord-api.ts';
import type { DiscordTiming } from './discord-config.ts';
import {
  type DiscordIdentity,
  isWrittenByOthers,
  toDeleteEvent,
  toEditEvent,
  toFileDeletion,
  toMessageEvent,
} from './inbound-message.ts';
import { createInteractionAnswer, type DeferKind, type InteractionAnswer } from './interaction-answer.ts';
import {
  isButton,
  isMessageCommand,
  isSlashCommand,
  opensThread,
  toActionEvent,
  toCommandEvent,
  toMessageCommandEvent,
} from './interactions.ts';
import {
  channel as channelPayload,
  type DiscordInteraction,
  deletedMessage,
  deletedMessages,
  guildChannels,
  interaction as interactionPayload,
  member as memberPayload,
  message as messagePayload,
} from './payloads.ts';
import { type ChannelFacts, channelFacts } from './thread-id.ts';

export interface ListenerParts {
  api: DiscordApi;
  channels: Channels;
  self(): DiscordIdentity;
  /** False where messages come without their text unless they are direct or mention the bot. */
  seesContent(): boolean;
  receive: Receive;
  /** Before an event goes to the core: what its answer will need. */
  remember(event: InboundEvent, interaction: InteractionAnswer | null, urls: ReadonlyMap<string, string>): void;
  dropFile(id: string): void;
  timing: DiscordTiming;
  log: Log;
}

export interface Listeners {
  dispatch(name: string, payload: unknown): void;
  /** A new session: what came between it and the old one has to be asked for. */
  catchUp(): void;
  /** Takes nothing more and resolves when what came before is with the core. */
  close(): Promise<void>;
}

/** Discord delivers once: an event that the core could not keep is offered again after these, in units of the retry delay. */
const RECEIVE_RETRIES = [2, 10, 30];

export function createListeners(parts: ListenerParts): Listeners {
  const { api, channels, log, timing } = parts;
  const lanes = new Map<string, Promise<void>>();
  const underWay = new Set<Promise<void>>();
  const closing = new AbortController();
  const catchUp = createCatchUp(api, log);
  /** Attachments that a message had, to see which were taken out of it. */
  const filesOf = createRecent<readonly string[]>(5_000);

  async function deliver(event: InboundEvent): Promise<void> {
    for (const units of [...RECEIVE_RETRIES, null]) {
      try {
        await parts.receive(event);
        return;
      } catch (error) {
        if (units === null || closing.signal.aborted) throw error;
        log.warn({ err: error, kind: event.kind }, 'the core did not take an event; offering it again');
        await sleep(units * timing.retryDelayMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }

  async function onMessage(payload: z.infer<typeof messagePayload>, facts: ChannelFacts): Promise<void> {
    if (!isWrittenByOthers(payload, parts.self())) return;
    const event = toMessageEvent(payload, facts, parts.self());
    filesOf.set(
      payload.id,
      event.attachments.map((file) => file.id),
    );
    parts.remember(event, null, new Map());
    await deliver(event);
  }

  async function onUpdate(payload: z.infer<typeof messagePayload>, facts: ChannelFacts): Promise<void> {
    if (!isWrittenByOthers(payload, parts.self())) return;
    const event = toEditEvent(payload, facts, parts.self());
    // An edit that we may not read says nothing, not that the text is empty now.
    const isHidden = !parts.seesContent() && !facts.isDirect && payload.content === '';
    if (event === null || isHidden) return;
    const before = filesOf.get(payload.id);
    const now = allAttachments(payload).map((file) => file.id);
    filesOf.set(payload.id, now);
    for (const file of (before ?? []).filter((id) => !now.includes(id))) {
      parts.dropFile(file);
      await deliver(toFileDeletion(file, payload, facts));
    }
    await deliver(event);
  }

  async function onDelete(deleted: z.infer<typeof deletedMessage>, facts: ChannelFacts): Promise<void> {
    for (const file of filesOf.get(deleted.id) ?? []) parts.dropFile(file);
    await deliver(toDeleteEvent(deleted, facts));
  }

  async function onInteraction(payload: DiscordInteraction): Promise<void> {
    const id = payload.channel?.id ?? payload.channel_id;
    if (id == null) return;
    const facts =
      payload.channel == null ? await channels.facts(id, payload.guild_id ?? null) : channelFacts(payload.channel);
    if (facts === null) return;
    const answerAs = (kind: DeferKind): InteractionAnswer =>
      createInteractionAnswer(payload, kind, { api, lifeMs: timing.interactionLifeMs, log });
    if (isSlashCommand(payload)) {
      const opens = opensThread(payload, facts);
      const answer = answerAs(opens === 'answer' ? 'public' : 'private');
      // Where a thread is to begin comes first: at the deferred answer, or at a message of ours.
      let root: string | null = null;
      if (opens !== null) root = await answer.defer();
      if (opens === 'message') {
        root = await beginCase(api, facts.id, payload.id, answer);
        if (root === null) return;
      }
      const command = toCommandEvent(payload, facts, root);
      if (command !== null) await deliverInTime(command.event, answer, command.urls);
    } else if (isMessageCommand(payload)) {
      const event = toMessageCommandEvent(payload, facts);
      if (event !== null) await deliverInTime(event, answerAs('private'), new Map());
    } else if (isButton(payload)) {
      const event = toActionEvent(payload, facts);
      if (event === null) return;
      const isElsewhere = payload.guild_id == null && !event.place.isDirect;
      await deliverInTime(isElsewhere ? await asMember(event) : event, answerAs('button'), new Map());
    }
  }

  /** In a direct message Discord leaves out the roles that the person has in the server of the button's place; the allowlists need them. */
  async function asMember(event: ActionEvent): Promise<ActionEvent> {
    const asked = api.call('GET', Routes.guildMember(event.place.space, event.author.id), { attempts: 1 });
    const late = sleep(timing.deferWithinMs / 2).then(() => null);
    const found = await Promise.race([asked, late]).catch((error: unknown) => {
      log.warn({ err: error, code: discordCode(error) }, 'the roles of a person could not be asked for');
      return null;
    });
    const { roles } = memberPayload.safeParse(found).data ?? {};
    return roles === undefined ? event : { ...event, author: { ...event.author, roles } };
  }

  /** Deferred once the core has it, and at the latest when Discord must be told. */
  async function deliverInTime(
    event: InboundEvent,
    answer: InteractionAnswer,
    urls: ReadonlyMap<string, string>,
  ): Promise<void> {
    parts.remember(event, answer, urls);
    const delivering = deliver(event);
    await Promise.race([delivering.catch(() => undefined), sleep(timing.deferWithinMs)]);
    await answer.defer();
    await delivering;
  }

  /** Null, with a line in the log, for a payload that is not what Discord documents. */
  function checked<S extends z.ZodType>(schema: S, payload: unknown, what: string): z.infer<S> | null {
    const result = schema.safeParse(payload);
    if (result.success) return result.data;
    const issues = result.error.issues.map((issue) => issue.path.join('.'));
    log.error({ what, issues }, 'unexpected payload from Discord');
    return null;
  }

  function watch(job: Promise<void>): Promise<void> {
    const done = job
      .catch((error: unknown) => log.error({ err: error }, 'an event from Discord was not taken in'))
      .finally(() => underWay.delete(done));
    underWay.add(done);
    return done;
  }

  function inOrder(
    subject: { channel_id: string; guild_id?: string | null | undefined },
    take: (facts: ChannelFacts) => Promise<void>,
  ): void {
    const lane = subject.channel_id;
    const before = lanes.get(lane) ?? Promise.resolve();
    const taking = watch(
      before.then(async () => {
        const facts = await channels.facts(lane, subject.guild_id ?? null);
        if (facts !== null) await take(facts);
      }),
    );
    lanes.set(lane, taking);
    void taking.then(() => {
      if (lanes.get(lane) === taking) lanes.delete(lane);
    });
  }

  const handlers: Record<string, (payload: unknown) => void> = {
    MESSAGE_CREATE(payload) {
      const message = checked(messagePayload, payload, 'message');
      if (message === null) return;
      catchUp.saw(message.channel_id, message.id, message.guild_id ?? null);
      inOrder(message, (facts) => onMessage(message, facts));
    },
    MESSAGE_UPDATE(payload) {
      const message = checked(messagePayload, payload, 'edited message');
      if (message !== null) inOrder(message, (facts) => onUpdate(message, facts));
    },
    MESSAGE_DELETE(payload) {
      const deleted = checked(deletedMessage, payload, 'deleted message');
      if (deleted !== null) inOrder(deleted, (facts) => onDelete(deleted, facts));
    },
    MESSAGE_DELETE_BULK(payload) {
      const deleted = checked(deletedMessages, payload, 'deleted messages');
      for (const id of deleted?.ids ?? []) {
        if (deleted !== null) inOrder(deleted, (facts) => onDelete({ ...deleted, id }, facts));
      }
    },
    INTERACTION_CREATE(payload) {
      const interaction = checked(interactionPayload, payload, 'interaction');
      if (interaction !== null) void watch(onInteraction(interaction));
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
    for (const channel of [...(guild?.channels ?? []), ...(guild?.threads ?? [])]) channels.learn(channel);
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
    for await (const message of catchUp.missed()) handlers.MESSAGE_CREATE?.(message);
  }

  return {
    catchUp: () => void watch(fetchMissed()),
    dispatch(name, payload) {
      if (!closing.signal.aborted) handlers[name]?.(payload);
    },
    async close() {
      closing.abort();
      await Promise.all(underWay);
    },
  };
}
