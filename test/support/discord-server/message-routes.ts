// Messages, threads and channels of the local REST API, with Discord's limits and refusals.
import { checkMessage } from './message-limits.ts';
import { channelJson, type Links, messageJson } from './payloads.ts';
import { pingsIn } from './rendering.ts';
import { Refusal, type RestRequest } from './rest-request.ts';
import type { DiscordStore, StoredChannel, StoredFile, StoredMessage } from './store.ts';

export interface Around {
  store: DiscordStore;
  links: Links;
  /** Largest file that Discord takes. */
  maxUploadBytes: number;
  changed(name: string, message: StoredMessage): void;
  channelChanged(name: string, channel: StoredChannel): void;
}

const NONCE_LIFE_MS = 180_000;

export function channelOf({ store }: Around, id: string): StoredChannel {
  const channel = store.channels.get(id);
  if (channel === undefined) throw new Refusal(404, 10_003, 'Unknown Channel');
  return channel;
}

export function need(around: Around, channel: StoredChannel, permission: string): void {
  const parent = channel.parent_id === undefined ? undefined : around.store.channels.get(channel.parent_id);
  const isDenied =
    around.store.guildDenied.has(permission) || channel.denied.has(permission) || parent?.denied.has(permission);
  if (channel.type === 1 || !isDenied) return;
  if (permission === 'ViewChannel') throw new Refusal(403, 50_001, 'Missing Access');
  throw new Refusal(403, 50_013, 'Missing Permissions');
}

export function filesOf(around: Around, request: RestRequest, channel: string, before: StoredFile[]): StoredFile[] {
  const { body, files } = request;
  const described = body.attachments ?? [...files.keys()].map((id) => ({ id }));
  const kept =
    body.attachments === undefined ? before : before.filter((file) => described.some(({ id }) => id === file.id));
  const added = [...files].map(([number, file]): StoredFile => {
    if (file.bytes.byteLength > around.maxUploadBytes) throw new Refusal(413, 40_005, 'Request entity too large');
    const about = described.find(({ id }) => String(id) === number) as { description?: string } | undefined;
    return {
      id: around.store.snowflake(),
      channel,
      filename: file.name,
      content_type: file.type,
      bytes: file.bytes,
      ...(about?.description === undefined ? {} : { description: about.description }),
      downloads: 0,
    };
  });
  return [...kept, ...added];
}

export function newMessage(around: Around, request: RestRequest, channel: string): StoredMessage {
  const { store } = around;
  const { body } = request;
  const message: StoredMessage = {
    id: store.snowflake(),
    channel_id: channel,
    type: body.message_reference === undefined ? 0 : 19,
    author: { id: store.bot.id, username: 'CXR-LLaVA', bot: true },
    content: body.content ?? '',
    edited_timestamp: null,
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    files: filesOf(around, request, channel, []),
    components: body.components ?? [],
    flags: body.flags ?? 0,
    pinged: pingsIn(body),
    ...(body.nonce === undefined ? {} : { nonce: body.nonce }),
    ...(body.message_reference === undefined
      ? {}
      : { message_reference: { message_id: body.message_reference.message_id, channel_id: channel } }),
  };
  checkMessage(message);
  store.messages.set(message.id, message);
  return message;
}

export function changeMessage(around: Around, request: RestRequest, message: StoredMessage): void {
  const { body } = request;
  const files = filesOf(around, request, message.channel_id, message.files);
  const changed = { ...message, content: body.content ?? message.content, files };
  if (body.components !== undefined) changed.components = body.components;
  checkMessage(changed);
  Object.assign(message, changed, { edited_timestamp: new Date().toISOString(), thinking: false });
  message.pinged = [...message.pinged, ...pingsIn(body)];
}

function post(around: Around, request: RestRequest, id: string): unknown {
  const { store } = around;
  const channel = channelOf(around, id);
  need(around, channel, 'ViewChannel');
  need(around, channel, channel.type === 11 ? 'SendMessagesInThreads' : 'SendMessages');
  if (request.files.size > 0) need(around, channel, 'AttachFiles');
  if (channel.locked) throw new Refusal(403, 160_005, 'Thread is locked');
  if (channel.recipient !== undefined && channel.denied.has('DirectMessages')) {
    throw new Refusal(403, 50_007, 'Cannot send messages to this user');
  }
  const { nonce, message_reference: reference } = request.body;
  if (reference !== undefined) {
    if (channel.denied.has('ReadMessageHistory'))
      throw new Refusal(403, 160_002, 'Cannot reply without permission to read message history');
    if (!store.messages.has(reference.message_id)) delete request.body.message_reference;
  }
  if (nonce !== undefined && request.body.enforce_nonce === true) {
    const since = BigInt(Date.now() - NONCE_LIFE_MS - 1_420_070_400_000) << 22n;
    const same = store.in(id).find((each) => each.nonce === nonce && BigInt(each.id) > since);
    if (same !== undefined) return messageJson(store, same, around.links);
  }
  // Writing in an archived thread opens it.
  channel.archived = false;
  const message = newMessage(around, request, id);
  around.changed('MESSAGE_CREATE', message);
  return messageJson(store, message, around.links);
}

function history(around: Around, request: RestRequest, id: string): unknown {
  const channel = channelOf(around, id);
  need(around, channel, 'ViewChannel');
  need(around, channel, 'ReadMessageHistory');
  const before = request.query.get('before');
  const after = request.query.get('after');
  const limit = Number(request.query.get('limit') ?? 50);
  const all = around.store
    .in(id)
    .filter((message) => message.onlyFor === undefined && (before === null || BigInt(message.id) < BigInt(before)))
    .filter((message) => after === null || BigInt(message.id) > BigInt(after));
  const page = after === null ? all.slice(-limit) : all.slice(0, limit);
  return page.reverse().map((message) => messageJson(around.store, message, around.links));
}

function single(around: Around, request: RestRequest, channelId: string, id: string): unknown {
  const { store, links } = around;
  const channel = channelOf(around, channelId);
  need(around, channel, 'ViewChannel');
  const message = store.messages.get(id);
  if (message === undefined || message.channel_id !== channelId || message.onlyFor !== undefined)
    throw new Refusal(404, 10_008, 'Unknown Message');
  if (request.method === 'GET') {
    need(around, channel, 'ReadMessageHistory');
    return messageJson(store, message, links);
  }
  if (channel.archived) throw new Refusal(400, 50_083, 'Thread is archived');
  if (message.author.id !== store.bot.id)
    throw new Refusal(403, 50_005, 'Cannot edit a message authored by another user');
  if (request.method === 'DELETE') {
    store.messages.delete(id);
    return undefined;
  }
  if (channel.locked) throw new Refusal(403, 160_005, 'Thread is locked');
  if (request.files.size > 0) need(around, channel, 'AttachFiles');
  changeMessage(around, request, message);
  around.changed('MESSAGE_UPDATE', message);
  return messageJson(store, message, links);
}

function beginThread(around: Around, request: RestRequest, channelId: string, id: string): unknown {
  const { store } = around;
  const channel = channelOf(around, channelId);
  need(around, channel, 'ViewChannel');
  need(around, channel, 'CreatePublicThreads');
  if (!store.messages.has(id)) throw new Refusal(404, 10_008, 'Unknown Message');
  if (store.channels.has(id)) throw new Refusal(400, 160_004, 'A thread has already been created for this message');
  const guild = channel.guild_id === undefined ? {} : { guild_id: channel.guild_id };
  const name = request.body.name ?? '';
  const thread = store.addChannel({ id, type: 11, parent_id: channelId, owner_id: store.bot.id, name, ...guild });
  around.channelChanged('THREAD_CREATE', thread);
  return channelJson(thread);
}

function changeChannel(around: Around, request: RestRequest, id: string): unknown {
  const channel = channelOf(around, id);
  if (request.method === 'PATCH') {
    if (channel.locked) need(around, channel, 'ManageThreads');
    channel.archived = request.body.archived ?? channel.archived;
  }
  need(around, channel, 'ViewChannel');
  return channelJson(channel);
}

function directChannel(around: Around, request: RestRequest): unknown {
  const user = request.body.recipient_id ?? '';
  const known = [...around.store.channels.values()].find((channel) => channel.recipient === user);
  return channelJson(known ?? around.store.addChannel({ id: around.store.snowflake(), type: 1, recipient: user }));
}

function guildMember({ store }: Around, _request: RestRequest, guild: string, user: string): unknown {
  if (guild !== store.guild) throw new Refusal(404, 10_004, 'Unknown Guild');
  const { id, username, roles } = store.personOf(user);
  return { user: { id, username }, roles, nick: null };
}

type Handler = (around: Around, request: RestRequest, ...ids: string[]) => unknown;

export const MESSAGE_ROUTES: readonly [string, RegExp, Handler][] = [
  ['POST', /^\/channels\/(\d+)\/messages$/, (around, request, id) => post(around, request, id ?? '')],
  ['GET', /^\/channels\/(\d+)\/messages$/, (around, request, id) => history(around, request, id ?? '')],
  [
    'GET PATCH DELETE',
    /^\/channels\/(\d+)\/messages\/(\d+)$/,
    (around, request, channel, id) => single(around, request, channel ?? '', id ?? ''),
  ],
  [
    'POST',
    /^\/channels\/(\d+)\/messages\/(\d+)\/threads$/,
    (around, request, channel, id) => beginThread(around, request, channel ?? '', id ?? ''),
  ],
  ['GET PATCH', /^\/channels\/(\d+)$/, (around, request, id) => changeChannel(around, request, id ?? '')],
  ['POST', /^\/users\/@me\/channels$/, directChannel],
  [
    'GET',
    /^\/guilds\/(\d+)\/members\/(\d+)$/,
    (around, request, guild, user) => guildMember(around, request, guild ?? '', user ?? ''),
  ],
];
