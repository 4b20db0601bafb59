// The Discord adapter: builds its parts and offers them as the Adapter of bot/contract.ts. It translates; it decides nothing.
import { Routes } from 'discord.js';
import Keyv from 'keyv';
import type { Adapter, Attachment, InboundEvent, Log, Place, Reply, ReplyOptions } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import { aborted, type ReadOptions, tooLarge } from '../shared/download.ts';
import { createOpenedReplies, mayHaveBegun } from '../shared/opened-replies.ts';
import { createRecent } from '../shared/recent.ts';
import { createDraftThrottle } from '../shared/throttle.ts';
import { readReference } from './attachments.ts';
import { createChannels } from './channels.ts';
import { type Connection, createConnection } from './connection.ts';
import { createDestinations } from './destinations.ts';
import { createDiscordApi, discordCode } from './discord-api.ts';
import {
  allowedFileHosts,
  DEFAULT_API_URL,
  DEFAULT_MAX_FILE_BYTES,
  DEFAULT_MAX_WAITING,
  DEFAULT_TIMING,
  type DiscordConfig,
} from './discord-config.ts';
import { downloadFile } from './file-download.ts';
import { createForms } from './forms.ts';
import { createHeldFiles } from './held-files.ts';
import type { DiscordIdentity } from './inbound-message.ts';
import type { InteractionAnswer } from './interaction-answer.ts';
import { createListeners, type Listeners } from './listeners.ts';
import { createMembers } from './members.ts';
import { createMemory } from './memory.ts';
import { application, commandList, self as selfPayload } from './payloads.ts';
import { inviteLink } from './permissions.ts';
import { createReply } from './reply.ts';
import { findReply } from './reply-search.ts';

interface Origin {
  author: string;
  at: number;
  interaction: InteractionAnswer | null;
}

const START_ATTEMPTS = 6;
/** For all attachments together whose bytes wait to be read. */
const MAX_HELD_BYTES = 256_000_000;
/** What may be a film; the core refuses other kinds of files by their type alone. */
const MAY_BE_FILM = /^image\/(?!svg)|^application\/(octet-stream|dicom)$/;
/** https://docs.discord.com/developers/resources/application#application-object-application-flags */
const MESSAGE_CONTENT_FLAGS = (1 << 18) | (1 << 19);

export function createDiscordAdapter(config: DiscordConfig, log: Log): Adapter {
  const timing = { ...DEFAULT_TIMING, ...config.timing };
  const apiUrl = config.apiUrl ?? DEFAULT_API_URL;
  const { requestTimeoutMs, retryDelayMs } = timing;
  const api = createDiscordApi({ token: config.token, apiUrl, requestTimeoutMs, retryDelayMs, log });
  const channels = createChannels(api);
  const members = createMembers(api, log);
  const memory = createMemory(config.store ?? new Keyv(), log);
  const forms = createForms(api, memory, log);
  const held = createHeldFiles({ maxTotalBytes: MAX_HELD_BYTES, heldForMs: timing.heldForMs, log });
  const source = { api, hosts: allowedFileHosts(config), retryDelayMs, log };
  const maxFileBytes = config.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES;
  const throttle = createDraftThrottle({
    intervalMs: timing.editIntervalMs,
    onError: (error) => log.warn({ err: error }, 'a draft was not shown'),
  });
  const origins = createRecent<Origin>(10_000);
  /** Links of files that were given to a slash command, until the core has read them. */
  const commandUrls = createRecent<string>(1_000);
  let identity: DiscordIdentity = { userId: '', applicationId: '', ownRoles: () => new Set() };
  let seesContent = false;
  let startedAt = Date.now();
  let connection: Connection | null = null;
  let listeners: Listeners | null = null;

  /** Who we are; and, in the log, what is missing for full use. */
  async function introduce(): Promise<void> {
    try {
      const me = selfPayload.parse(await api.call('GET', Routes.user(), { attempts: START_ATTEMPTS }));
      const app = application.parse(await api.call('GET', '/applications/@me'));
      seesContent = (app.flags & MESSAGE_CONTENT_FLAGS) !== 0;
      identity = {
        userId: me.id,
        applicationId: app.id,
        ownRoles: (guild) => connection?.ownRoles(guild) ?? new Set(),
      };
      log.info({ invite: inviteLink(app.id) }, 'the bot can be invited with this link');
    } catch (error) {
      if (discordCode(error) === null) throw error;
      throw new CxrError('config-invalid', 'Discord refused DISCORD_TOKEN; it must be the token of the bot user.', {
        cause: error,
      });
    }
    if (!seesContent) {
      log.warn(
        {},
        'the MESSAGE_CONTENT intent is off: uploads and questions are seen only in direct messages, with a mention, by /cxr read and by "Read this X-ray"; switch it on under Bot in the developer portal',
      );
    }
    const global = await api.call('GET', Routes.applicationCommands(identity.applicationId)).catch(() => null);
    if (commandList.safeParse(global).data?.length === 0) {
      log.warn(
        {},
        'no commands are registered everywhere; unless you registered them for one server, run npm run discord:register',
      );
    }
  }

  function remember(
    event: InboundEvent,
    interaction: InteractionAnswer | null,
    urls: ReadonlyMap<string, string>,
  ): void {
    origins.set(event.id, { author: event.author.id, at: event.at, interaction });
    for (const [id, url] of urls) commandUrls.set(id, url);
    if (event.kind !== 'message' || event.author.isBot) return;
    for (const file of event.attachments) {
      if (file.size > maxFileBytes || !MAY_BE_FILM.test(file.mediaType)) continue;
      held.take(file.id, file.size, (signal) => downloadFile(source, file, { maxBytes: file.size, signal }, null));
    }
  }

  async function open(place: Place, options: ReplyOptions, post: string): Promise<Reply> {
    const ref = post.slice(0, 8);
    const origin = options.answers === undefined ? undefined : origins.get(options.answers);
    const isPrivate = options.privateTo !== undefined && !place.isDirect;
    const destinations = createDestinations({
      api,
      channels,
      place,
      author: origin?.author ?? null,
      interaction: origin?.interaction ?? null,
      privateTo: options.privateTo ?? null,
      keepPlace: () => memory.keepPlace(post, place),
      log,
    });
    const search = !isPrivate && mayHaveBegun(origin, startedAt);
    const found = search ? await findReply(api, place.thread, ref, identity.userId) : [];
    return createReply({ post, ref, destinations, found, throttle, keepForms: forms.keep, lane: place.thread, log });
  }

  async function read(attachment: Attachment, options: ReadOptions): Promise<Uint8Array> {
    if (options.signal.aborted) throw aborted();
    if (attachment.size > options.maxBytes) throw tooLarge(options.maxBytes);
    const taken = await held.give(attachment.id);
    if (options.signal.aborted) throw aborted();
    if (taken !== null && taken.byteLength > options.maxBytes) throw tooLarge(options.maxBytes);
    if (taken !== null) return taken;
    const url = readReference(attachment) === null ? (commandUrls.get(attachment.id) ?? null) : null;
    return downloadFile(source, attachment, options, url);
  }

  return {
    name: 'discord',
    canBePrivate: true,
    async start(receive) {
      startedAt = Date.now();
      await introduce();
      const incoming = createListeners({
        api,
        channels,
        members,
        memory,
        self: () => identity,
        seesContent: () => seesContent,
        forms,
        receive,
        remember,
        dropFile: held.drop,
        timing,
        maxWaiting: config.maxWaiting ?? DEFAULT_MAX_WAITING,
        log,
      });
      listeners = incoming;
      connection = createConnection({
        token: config.token,
        apiUrl,
        messageContent: seesContent,
        rebuildAfterMs: timing.rebuildAfterMs,
        dispatch: incoming.dispatch,
        onNewSession: incoming.catchUp,
        log,
      });
      await connection.start();
    },
    async stop() {
      await listeners?.close();
      await connection?.stop();
      await throttle.close();
      held.clear();
      await memory.flush();
      api.close();
    },
    reply: createOpenedReplies(open),
    read,
    health: () => connection?.state() ?? { ready: false, detail: 'not started' },
  };
}
