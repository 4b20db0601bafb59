// Everything that Slack can send, registered with Bolt: each listener checks the payload, translates it and hands it to the core.
import type { App } from '@slack/bolt';
import type { z } from 'zod';
import type { ActionEvent, InboundEvent, Log, Place, Receive } from '../../bot/contract.ts';
import type { Recent } from '../shared/recent.ts';
import { toAttachments } from './attachments.ts';
import { messageOfSharedFile } from './file-shared.ts';
import { listenToForms } from './form-listeners.ts';
import type { HomeView } from './home-view.ts';
import { fileDeletion, type SlackIdentity, toMessageEvents } from './inbound-message.ts';
import { formAsked, toActionEvent, toCommandEvent, toShortcutEvent } from './interactions.ts';
import { createNames } from './names.ts';
import {
  assistantThreadStartedEvent,
  blockActions,
  eventBody,
  fileDeletedEvent,
  fileSharedEvent,
  homeOpenedEvent,
  messageEvent,
  messageShortcut,
  slashCommand,
} from './payloads.ts';
import type { SlackApi } from './slack-api.ts';
import { placeOf } from './thread-id.ts';

export interface ListenerParts {
  api: SlackApi;
  self: SlackIdentity;
  receive: Receive;
  home: HomeView;
  /** Files of messages that came in, and where they are. */
  seenFiles: Recent<Place>;
  /** Who asked, and where a command may be answered, by event id. */
  remember(event: InboundEvent, origin: { teamId: string; responseUrl: string | null }): void;
  /** Says one sentence to the person who did this, alone; never throws. */
  tell(event: ActionEvent, sentence: string): Promise<void>;
  /** Thread in which the bot last answered this person in this channel. */
  lastThread(channel: string, user: string): Promise<string | null>;
  fileSharedGraceMs: number;
  log: Log;
}

const SUGGESTED_PROMPTS = [
  { title: 'How do I start?', message: 'How do I have a chest X-ray read?' },
  { title: 'What can you see?', message: 'Which findings do you assess, and which not?' },
  { title: 'How sure are you?', message: 'How reliable are your drafts?' },
];

export function registerListeners(app: App, parts: ListenerParts): void {
  const { api, self, receive, log } = parts;
  const names = createNames(api, log);

  async function deliver(
    events: readonly InboundEvent[],
    teamId: string,
    responseUrl: string | null = null,
  ): Promise<void> {
    for (const event of events) {
      parts.remember(event, { teamId, responseUrl });
      if (event.kind === 'message') for (const file of event.attachments) parts.seenFiles.set(file.id, event.place);
      await receive(await names.named(event));
    }
  }

  /** Null, with a line in the log, for a payload that is not what Slack documents: it is acknowledged, or it would come for ever. */
  function checked<S extends z.ZodType>(schema: S, payload: unknown, what: string): z.infer<S> | null {
    const result = schema.safeParse(payload);
    if (result.success) return result.data;
    log.error(
      { what, issues: result.error.issues.map((issue) => issue.path.join('.')) },
      'unexpected payload from Slack',
    );
    return null;
  }

  async function onMessage(payload: unknown, space: string): Promise<void> {
    const event = checked(messageEvent, payload, 'message');
    if (event === null) return;
    await deliver(await toMessageEvents(event, { self, space, api }), space);
  }

  async function onFileShared(payload: unknown, space: string): Promise<void> {
    const event = checked(fileSharedEvent, payload, 'file_shared');
    if (event === null || event.user_id === self.userId) return;
    const message = await messageOfSharedFile(event, {
      api,
      seenFiles: parts.seenFiles,
      graceMs: parts.fileSharedGraceMs,
    });
    if (message !== null) await onMessage(message, space);
  }

  async function onFileDeleted(payload: unknown, space: string): Promise<void> {
    const event = checked(fileDeletedEvent, payload, 'file_deleted');
    if (event === null) return;
    const known = parts.seenFiles.get(event.file_id);
    const places =
      known === undefined ? (event.channel_ids ?? []).map((channel) => placeOf(channel, null, space)) : [known];
    await deliver(
      places.map((place) => fileDeletion(event.file_id, place, event.event_ts, '')),
      space,
    );
  }

  async function onHomeOpened(payload: unknown, space: string): Promise<void> {
    const event = checked(homeOpenedEvent, payload, 'app_home_opened');
    if (event === null || (event.tab != null && event.tab !== 'home')) return;
    await deliver(await parts.home.open(event.user, event.event_ts, space), space);
  }

  async function onAssistantThread(payload: unknown): Promise<void> {
    const event = checked(assistantThreadStartedEvent, payload, 'assistant_thread_started');
    if (event === null) return;
    const { channel_id, thread_ts } = event.assistant_thread;
    const title = 'Upload a chest X-ray here, or ask:';
    // A convenience: not worth a redelivery if Slack does not take it.
    await api
      .call(
        'assistant.threads.setSuggestedPrompts',
        { channel_id, thread_ts, title, prompts: SUGGESTED_PROMPTS },
        { attempts: 2 },
      )
      .catch((error: unknown) => log.warn({ err: error }, 'suggested prompts were not shown'));
  }

  app.event(/^[a-z_]+$/, async ({ body }) => {
    const envelope = checked(eventBody, body, 'event');
    if (envelope === null) return;
    const space = envelope.team_id ?? self.teamId;
    const { event } = envelope;
    if (event.type === 'message' || event.type === 'app_mention') await onMessage(event, space);
    else if (event.type === 'file_shared') await onFileShared(event, space);
    else if (event.type === 'file_deleted') await onFileDeleted(event, space);
    else if (event.type === 'app_home_opened') await onHomeOpened(event, space);
    else if (event.type === 'assistant_thread_started') await onAssistantThread(event);
  });

  app.command(/^\/[\w-]+$/, async ({ body, ack }) => {
    const command = checked(slashCommand, body, 'command');
    if (command !== null) {
      const event = await toCommandEvent(command, self.teamId, parts.lastThread);
      await deliver([event], command.team_id ?? self.teamId, command.response_url ?? null);
    }
    await ack();
  });

  app.shortcut('read_xray', async ({ body, ack }) => {
    const shortcut = checked(messageShortcut, body, 'shortcut');
    if (shortcut !== null) {
      const event = toShortcutEvent(shortcut, await toAttachments(shortcut.message.files ?? [], api), self.teamId);
      await deliver([event], event.place.space, shortcut.response_url ?? null);
    }
    await ack();
  });

  const { openForm } = listenToForms(app, { api, deliver, checked, tell: parts.tell, log });

  app.action(/^cxr:/, async ({ body, ack }) => {
    const pressed = checked(blockActions, body, 'action');
    const event = pressed === null ? null : toActionEvent(pressed, self.teamId);
    if (pressed !== null && event !== null) {
      const form = formAsked(pressed);
      const responseUrl = pressed.response_url ?? null;
      if (form === null) await deliver([event], event.place.space, responseUrl);
      else {
        parts.remember(event, { teamId: event.place.space, responseUrl });
        await openForm(form, event, pressed.trigger_id ?? '');
      }
    }
    await ack();
  });
}
