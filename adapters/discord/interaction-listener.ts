// Interactions on their way to the core: slash commands, the message command, buttons and the forms behind them; each is deferred before Discord gives it up.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionEvent, InboundEvent, Place } from '../../bot/contract.ts';
import { beginCase } from './case-opening.ts';
import { isFormButton, isFormSubmission } from './forms.ts';
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
import type { ListenerParts } from './listeners.ts';
import type { DiscordInteraction } from './payloads.ts';
import { channelFacts } from './thread-id.ts';

type InteractionParts = Pick<
  ListenerParts,
  'api' | 'channels' | 'forms' | 'members' | 'memory' | 'remember' | 'timing' | 'log'
> & {
  deliver(event: InboundEvent): Promise<unknown>;
};

export function createInteractionListener(parts: InteractionParts): (payload: DiscordInteraction) => Promise<void> {
  const { api, channels, log, timing, deliver } = parts;

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
    } else if (isFormButton(payload)) {
      await parts.forms.open(payload);
    } else if (isButton(payload) || isFormSubmission(payload)) {
      const read = isFormSubmission(payload) ? await parts.forms.read(payload) : null;
      if (read?.ok === false) return parts.forms.tell(payload, read.sentence);
      const event = toActionEvent(payload, facts, read?.fields);
      if (event === null) return;
      const home = event.place.isDirect ? await parts.memory.placeOf(event.post) : null;
      const complete = home === null ? undefined : () => atHome(event, home);
      await deliverInTime(event, answerAs('button'), new Map(), complete);
    }
  }

  /** A private answer's button, pressed in a direct message, belongs to where the answer belongs; the person's roles are those there. */
  async function atHome(event: ActionEvent, place: Place): Promise<ActionEvent> {
    const member = await parts.members.of(place.space, event.author.id);
    const author = member?.roles === undefined ? event.author : { ...event.author, roles: member.roles };
    return { ...event, place, author };
  }

  /**
   * Deferred once the core has it, and at the latest when Discord must be told. `complete` asks Discord for what the event lacks; an event never goes
   * without it for haste: somebody whose roles come late would be refused for having none.
   */
  async function deliverInTime(
    event: InboundEvent,
    answer: InteractionAnswer,
    urls: ReadonlyMap<string, string>,
    complete: () => Promise<InboundEvent> = async () => event,
  ): Promise<void> {
    parts.remember(event, answer, urls);
    const delivering = complete().then(deliver);
    await Promise.race([delivering.catch(() => undefined), sleep(timing.deferWithinMs)]);
    await answer.defer();
    await delivering;
  }

  return onInteraction;
}
