// Slash commands, the message command, buttons and the forms behind them as the core's events.
import type { ActionEvent, Author, CommandEvent } from '../../bot/contract.ts';
import { described, toAttachments } from './attachments.ts';
import { CASE_IMAGES } from './commands.ts';
import { readControl } from './controls.ts';
import type { CommandOption, DiscordAttachment, DiscordInteraction } from './payloads.ts';
import { type ChannelFacts, messageId, placeOf, timeOf } from './thread-id.ts';

const COMMAND = 2;
const BUTTON = 3;
const SLASH = 1;
const ON_MESSAGE = 3;

export interface ReadCommand {
  event: CommandEvent;
  /** Links of the files given to it, by attachment id. */
  urls: ReadonlyMap<string, string>;
}

export function isSlashCommand({ type, data }: DiscordInteraction): boolean {
  return type === COMMAND && (data?.type ?? SLASH) === SLASH;
}
export function isMessageCommand({ type, data }: DiscordInteraction): boolean {
  return type === COMMAND && data?.type === ON_MESSAGE;
}
export function isButton({ type }: DiscordInteraction): boolean {
  return type === BUTTON;
}

/**
 * Commands in a channel that get a thread of their own. `answer`: `/cxr read`, at its public answer. `message`: a new case, at a message of the
 * bot, because Discord shows what was typed into a publicly answered command, and a teacher types the expected findings.
 */
export function opensThread({ data }: DiscordInteraction, channel: ChannelFacts): 'answer' | 'message' | null {
  if (channel.parent !== null || channel.isDirect) return null;
  const options = data?.options ?? [];
  if (data?.name === 'cxr') return options[0]?.name === 'read' ? 'answer' : null;
  if (data?.name !== 'case') return null;
  const verb = String(options.find(({ name }) => name === 'do')?.value ?? '')
    .trim()
    .toLowerCase();
  const hasFilm = options.some(({ name }) => CASE_IMAGES.includes(name));
  return (verb === 'new' && hasFilm) || /^open(\s|$)/.test(verb) ? 'message' : null;
}

/** `/cxr settings name:language value:de` → command `settings` with argument `language de`; `/case do:new text:…` → `case`, `new …`. */
export function toCommandEvent(
  interaction: DiscordInteraction,
  channel: ChannelFacts,
  root: string | null,
): ReadCommand | null {
  const { data } = interaction;
  const top = data?.options ?? [];
  const [sub] = top;
  const isCase = data?.name === 'case';
  if (data?.name !== 'cxr' && !isCase) return null;
  const options = isCase ? top : (sub?.options ?? []);
  const files = [...CASE_IMAGES]
    .map((name) => options.find((option) => option.name === name)?.value)
    .map((id) => (typeof id === 'string' ? data?.resolved?.attachments?.[id] : undefined))
    .filter((file): file is DiscordAttachment => file !== undefined);
  const name = isCase ? 'case' : (sub?.name ?? 'help');
  return {
    event: {
      ...baseOf(interaction, channel, root),
      kind: 'command',
      name,
      argument: argumentOf(options),
      attachments: files.map(described),
    },
    urls: new Map(files.map((file) => [file.id, file.url])),
  };
}

/** Words of the options in the order in which Discord shows them; attachments are told apart by their type. */
function argumentOf(options: readonly CommandOption[]): string {
  const ATTACHMENT = 11;
  const order = ['do', 'name', 'prompt', 'value', 'text'];
  return options
    .filter((option) => option.type !== ATTACHMENT && option.value !== undefined)
    .toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
    .map((option) => String(option.value))
    .join(' ')
    .trim();
}

/** "Read this X-ray" on a message; the answer goes into that message's thread. */
export function toMessageCommandEvent(interaction: DiscordInteraction, channel: ChannelFacts): CommandEvent | null {
  const target = interaction.data?.target_id;
  const message = target === undefined ? undefined : interaction.data?.resolved?.messages?.[target];
  if (target === undefined || message === undefined) return null;
  return {
    ...baseOf(interaction, channel, target),
    kind: 'command',
    name: 'read',
    argument: '',
    attachments: toAttachments({ ...message, channel_id: channel.id }),
    target: messageId(channel.id, target),
  };
}

/** Null for a button that is not ours. `fields`: what was filled in, where it was a form. */
export function toActionEvent(
  interaction: DiscordInteraction,
  channel: ChannelFacts,
  fields?: Record<string, string>,
): ActionEvent | null {
  const control = readControl(interaction.data?.custom_id ?? '');
  if (control === null) return null;
  const root = interaction.message?.message_reference?.message_id ?? null;
  return {
    ...baseOf(interaction, channel, root),
    kind: 'action',
    action: control.action,
    post: control.post,
    ...(control.value === undefined ? {} : { value: control.value }),
    ...(fields === undefined ? {} : { fields }),
  };
}

function baseOf(interaction: DiscordInteraction, channel: ChannelFacts, root: string | null) {
  return {
    id: `discord:interaction:${interaction.id}`,
    place: placeOf(channel, root, interaction.guild_id ?? ''),
    author: authorOf(interaction),
    at: timeOf(interaction.id),
  };
}

function authorOf({ member, user }: DiscordInteraction): Author {
  const person = member?.user ?? user;
  const name = member?.nick ?? person?.global_name ?? person?.username;
  return {
    id: person?.id ?? '',
    isBot: person?.bot === true,
    ...(name == null ? {} : { name }),
    ...(member?.roles === undefined ? {} : { roles: member.roles }),
  };
}
