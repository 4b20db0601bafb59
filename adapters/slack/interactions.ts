// Buttons, the slash command and the message shortcut as the core's events.

import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { ActionEvent, Attachment, CommandEvent, Form } from '../../bot/contract.ts';
import { readControl } from './controls.ts';
import type { Submission, viewSubmission } from './form-view.ts';
import type { blockActions, messageShortcut, slashCommand } from './payloads.ts';
import { messageId, placeOf, timeOf } from './thread-id.ts';

/** Commands about a case. Slack's slash commands carry no thread: they mean the case in which the bot last answered this person here. */
const ABOUT_A_CASE = new Set(['forget', 'again', 'stop', 'confirm', 'status']);

/** `/cxr settings language de` → command `settings` with argument `language de`; without a word it is `help`. */
export async function toCommandEvent(
  command: z.infer<typeof slashCommand>,
  space: string,
  lastThread: (channel: string, user: string) => Promise<string | null>,
): Promise<CommandEvent> {
  const [, word, argument] = /^\s*(\S*)\s*([\s\S]*)$/.exec(command.text ?? '') ?? [];
  const name = (word || 'help').toLowerCase();
  const threadTs = ABOUT_A_CASE.has(name) ? await lastThread(command.channel_id, command.user_id) : null;
  return {
    kind: 'command',
    id: `slack:command:${command.trigger_id}`,
    place: placeOf(command.channel_id, threadTs, command.team_id ?? space),
    author: { id: command.user_id, isBot: false, ...(command.user_name == null ? {} : { name: command.user_name }) },
    at: Date.now(),
    name,
    argument: (argument ?? '').trim(),
    attachments: [],
  };
}

/** "Read this X-ray" on a message; the answer goes into that message's thread. */
export function toShortcutEvent(
  shortcut: z.infer<typeof messageShortcut>,
  attachments: readonly Attachment[],
  space: string,
): CommandEvent {
  const { channel, message, user } = shortcut;
  return {
    kind: 'command',
    id: `slack:shortcut:${shortcut.trigger_id}`,
    place: placeOf(channel.id, message.thread_ts ?? message.ts, shortcut.team?.id ?? space),
    author: { id: user.id, isBot: false, ...(user.name == null ? {} : { name: user.name }) },
    at: shortcut.action_ts == null ? Date.now() : timeOf(shortcut.action_ts),
    name: 'read',
    argument: '',
    attachments,
    target: messageId(channel.id, message.ts),
  };
}

/** The form that the pressed button opens; null for a plain one. */
export function formAsked(body: z.infer<typeof blockActions>): Form | null {
  const [pressed] = body.actions;
  return pressed === undefined ? null : (readControl(pressed)?.form ?? null);
}

/** A form that was sent. Slack names no sending of its own: the same words from the same opened form are one event, however often they come. */
export function toFormEvent(
  body: z.infer<typeof viewSubmission>,
  { press }: Submission,
  fields: Record<string, string>,
): ActionEvent {
  const words = createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 16);
  return {
    kind: 'action',
    id: `slack:form:${body.view.id}:${words}`,
    ...press,
    author: { id: body.user.id, isBot: false },
    at: Date.now(),
    fields,
  };
}

/** One event per pressed button that is ours; null for anything else. */
export function toActionEvent(body: z.infer<typeof blockActions>, space: string): ActionEvent | null {
  const [pressed] = body.actions;
  const control = pressed === undefined ? null : readControl(pressed);
  if (pressed === undefined || control === null) return null;
  // A button on the App Home has no channel: its answer becomes a section of that page.
  const inHome = body.container?.view_id != null;
  const channel = inHome ? `home-${body.user.id}` : (body.channel?.id ?? body.container?.channel_id);
  const ts = inHome ? 'status' : (body.message?.ts ?? body.container?.message_ts);
  if (channel == null || ts == null) return null;
  const threadTs = inHome ? 'status' : (body.message?.thread_ts ?? body.container?.thread_ts ?? ts);
  return {
    kind: 'action',
    id: `slack:action:${channel}:${ts}:${pressed.action_ts}:${body.user.id}`,
    place: placeOf(channel, control.topLevel && !inHome ? null : threadTs, body.team?.id ?? space),
    author: { id: body.user.id, isBot: false },
    at: timeOf(pressed.action_ts),
    action: control.action,
    post: control.post,
    ...(control.value === undefined ? {} : { value: control.value }),
  };
}
