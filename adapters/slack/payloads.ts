// The parts of Slack's payloads that the adapter reads, checked before use; fields and names are Slack's (https://docs.slack.dev/reference).
import { z } from 'zod';

const text = z.string().nullish();

export const slackFile = z.object({
  id: z.string(),
  name: text,
  mimetype: text,
  size: z.number().nullish(),
  mode: text,
  file_access: text,
  is_external: z.boolean().nullish(),
  url_private: text,
  url_private_download: text,
});
export type SlackFile = z.infer<typeof slackFile>;

const plainMessage = z.object({
  subtype: text,
  user: text,
  bot_id: text,
  text,
  ts: z.string(),
  thread_ts: text,
  files: z.array(slackFile).nullish(),
  edited: z.object({ user: text, ts: z.string() }).nullish(),
  hidden: z.boolean().nullish(),
});
export type SlackMessage = z.infer<typeof plainMessage>;

export const messageEvent = plainMessage.extend({
  type: z.enum(['message', 'app_mention']),
  channel: z.string(),
  channel_type: text,
  deleted_ts: text,
  message: plainMessage.nullish(),
  previous_message: plainMessage.nullish(),
});
export type SlackMessageEvent = z.infer<typeof messageEvent>;

export const fileSharedEvent = z.object({
  file_id: z.string(),
  user_id: text,
  channel_id: z.string(),
  event_ts: text,
});
export const fileDeletedEvent = z.object({
  file_id: z.string(),
  channel_ids: z.array(z.string()).nullish(),
  event_ts: z.string(),
});
export const homeOpenedEvent = z.object({ user: z.string(), tab: text, event_ts: z.string() });
export const assistantThreadStartedEvent = z.object({
  assistant_thread: z.object({ channel_id: z.string(), thread_ts: z.string() }),
});

/** The envelope of the Events API; `event` is checked by its own schema. */
export const eventBody = z.object({ team_id: text, event: z.object({ type: z.string() }).loose() });

export const slashCommand = z.object({
  command: z.string(),
  text,
  trigger_id: z.string(),
  user_id: z.string(),
  user_name: text,
  team_id: text,
  channel_id: z.string(),
  response_url: text,
});

export const messageShortcut = z.object({
  callback_id: z.string(),
  trigger_id: z.string(),
  response_url: text,
  action_ts: text,
  team: z.object({ id: z.string() }).nullish(),
  user: z.object({ id: z.string(), name: text }),
  channel: z.object({ id: z.string() }),
  message: plainMessage,
});

export const blockActions = z.object({
  trigger_id: text,
  response_url: text,
  team: z.object({ id: z.string() }).nullish(),
  user: z.object({ id: z.string(), name: text, username: text }),
  channel: z.object({ id: z.string() }).nullish(),
  message: plainMessage.nullish(),
  container: z.object({ message_ts: text, channel_id: text, thread_ts: text, view_id: text }).nullish(),
  actions: z.array(z.object({ action_id: z.string(), value: text, action_ts: z.string(), type: z.string() })).min(1),
});

export const threadMessages = z.object({
  messages: z
    .array(
      plainMessage.extend({
        metadata: z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }).nullish(),
        streaming_state: text,
        blocks: z.array(z.unknown()).nullish(),
      }),
    )
    .default([]),
  response_metadata: z.object({ next_cursor: text }).nullish(),
});
export type ThreadMessage = z.infer<typeof threadMessages>['messages'][number];

const share = z.array(z.object({ ts: z.string(), thread_ts: text }));
export const fileInfo = z.object({
  file: slackFile.extend({
    user: text,
    shares: z
      .object({
        public: z.record(z.string(), share).nullish(),
        private: z.record(z.string(), share).nullish(),
      })
      .nullish(),
  }),
});
export const identity = z.object({ user_id: z.string(), bot_id: text, team_id: z.string() });
export const posted = z.object({ ts: z.string() });
export const uploadTicket = z.object({ upload_url: z.string(), file_id: z.string() });
/** https://docs.slack.dev/reference/methods/users.info */
export const userInfo = z.object({
  user: z.object({
    name: z.string().nullish(),
    real_name: z.string().nullish(),
    profile: z.object({ display_name: z.string().nullish() }).nullish(),
  }),
});
export const openedConversation = z.object({ channel: z.object({ id: z.string() }) });
