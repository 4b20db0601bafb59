// What the adapter reads of Discord's payloads, checked as it comes in; everything else in them is left alone.
// Source: https://docs.discord.com/developers/resources/message and …/interactions/receiving-and-responding
import { z } from 'zod';

const snowflake = z.string().regex(/^\d+$/);
const user = z.object({
  id: snowflake,
  bot: z.boolean().optional(),
  username: z.string().optional(),
  global_name: z.string().nullish(),
});
export const member = z.object({
  roles: z.array(snowflake).optional(),
  user: user.optional(),
  nick: z.string().nullish(),
});

export const attachment = z.object({
  id: snowflake,
  filename: z.string(),
  size: z.number(),
  url: z.string(),
  content_type: z.string().nullish(),
  description: z.string().nullish(),
});

const snapshot = z.object({ message: z.object({ attachments: z.array(attachment).optional() }) });
const reference = z.object({
  message_id: snowflake.nullish(),
  channel_id: snowflake.nullish(),
  type: z.number().nullish(),
});

export const message = z.object({
  id: snowflake,
  channel_id: snowflake,
  guild_id: snowflake.nullish(),
  type: z.number().default(0),
  content: z.string().default(''),
  author: user.optional(),
  member: member.nullish(),
  webhook_id: snowflake.nullish(),
  edited_timestamp: z.string().nullish(),
  mentions: z.array(user).default([]),
  mention_roles: z.array(snowflake).default([]),
  mention_everyone: z.boolean().default(false),
  attachments: z.array(attachment).default([]),
  message_reference: reference.nullish(),
  message_snapshots: z.array(snapshot).nullish(),
  referenced_message: z
    .object({ id: snowflake, author: user.optional(), message_reference: reference.nullish() })
    .nullish(),
  components: z.unknown().optional(),
});

export const messages = z.array(message);
export const deletedMessage = z.object({ id: snowflake, channel_id: snowflake, guild_id: snowflake.nullish() });
export const deletedMessages = z.object({
  ids: z.array(snowflake),
  channel_id: snowflake,
  guild_id: snowflake.nullish(),
});
export const channel = z.object({
  id: snowflake,
  type: z.number(),
  parent_id: snowflake.nullish(),
  last_message_id: snowflake.nullish(),
  /** Of a thread: who began it. */
  owner_id: snowflake.nullish(),
});
export const guildChannels = z.object({
  id: snowflake,
  channels: z.array(channel).default([]),
  threads: z.array(channel).default([]),
});
export const created = z.object({ id: snowflake, attachments: z.array(attachment).default([]) });
export const deferred = z.object({ resource: z.object({ message: z.object({ id: snowflake }) }).nullish() });
export const self = z.object({ id: snowflake, username: z.string() });
/** Flags 1 << 18 and 1 << 19: the message content intent is switched on. */
export const application = z.object({ id: snowflake, flags: z.number().default(0) });
export const commandList = z.array(z.object({ id: snowflake, name: z.string() }));

type Option = {
  name: string;
  type: number;
  value?: string | number | boolean | undefined;
  options?: Option[] | undefined;
};
const option: z.ZodType<Option> = z.lazy(() =>
  z.object({
    name: z.string(),
    type: z.number(),
    value: z.union([z.string(), z.number(), z.boolean()]).optional(),
    options: z.array(option).optional(),
  }),
);

export const interaction = z.object({
  id: snowflake,
  application_id: snowflake,
  /** 2 command, 3 button, 5 form. */
  type: z.number(),
  token: z.string(),
  guild_id: snowflake.nullish(),
  channel: channel.nullish(),
  channel_id: snowflake.nullish(),
  member: member.nullish(),
  user: user.nullish(),
  message: message.nullish(),
  data: z
    .object({
      name: z.string().optional(),
      /** 1 slash command, 3 on a message. */
      type: z.number().optional(),
      options: z.array(option).optional(),
      target_id: snowflake.optional(),
      custom_id: z.string().optional(),
      /** What was filled in, each in its label; https://docs.discord.com/developers/components/reference#label */
      components: z
        .array(
          z.object({
            component: z
              .object({ custom_id: z.string(), value: z.string().optional(), values: z.array(z.string()).optional() })
              .optional(),
          }),
        )
        .optional(),
      resolved: z
        .object({
          messages: z.record(z.string(), message.partial({ channel_id: true })).optional(),
          attachments: z.record(z.string(), attachment).optional(),
        })
        .optional(),
    })
    .optional(),
});

export type DiscordMember = z.infer<typeof member>;
export type DiscordMessage = z.infer<typeof message>;
export type DiscordAttachment = z.infer<typeof attachment>;
export type DiscordInteraction = z.infer<typeof interaction>;
export type CommandOption = Option;
