// What Discord wants for an interaction: deferred within three seconds, answered through its token for 15 minutes, never left "thinking".
import { Routes } from 'discord.js';
import type { Log } from '../../bot/contract.ts';
import { bodyOf, type Carrier, EPHEMERAL, SUPPRESS_EMBEDS, WayClosed } from './carrier.ts';
import { type DiscordApi, discordCode } from './discord-api.ts';
import { created, type DiscordInteraction, deferred } from './payloads.ts';

/** `public`: everybody sees that the command was used, and a thread begins at its answer. `button`: the message it hangs on stays as it is. */
export type DeferKind = 'private' | 'public' | 'button';

export interface InteractionAnswer {
  kind: DeferKind;
  /** Defers, once; the id of the public answer, or null. Never throws: a late deferral only costs the private answer. */
  defer(): Promise<string | null>;
  /** Takes the "thinking" away, because the answer stands elsewhere; `sentence` is what the public answer says instead. */
  settle(sentence: string): Promise<void>;
  /** Messages that only this person sees. Throws WayClosed once Discord takes no more. */
  privateCarrier: Carrier;
}

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type */
const DEFER_COMMAND = 5;
const DEFER_BUTTON = 6;
const ORIGINAL = '@original';

export function createInteractionAnswer(
  interaction: Pick<DiscordInteraction, 'id' | 'token' | 'application_id'>,
  kind: DeferKind,
  options: { api: DiscordApi; lifeMs: number; log: Log },
): InteractionAnswer {
  const { api, log } = options;
  const { id, token, application_id } = interaction;
  const expiresAt = Date.now() + options.lifeMs;
  let deferring: Promise<string | null> | null = null;
  let isDeferred = false;
  /** The deferred answer still says "thinking". */
  let isThinking = false;
  let settling: Promise<void> | null = null;

  async function sendDeferral(): Promise<string | null> {
    const data = kind === 'private' ? { flags: EPHEMERAL } : {};
    const body = kind === 'button' ? { type: DEFER_BUTTON } : { type: DEFER_COMMAND, data };
    try {
      const route = Routes.interactionCallback(id, token);
      const answer = await api.call('POST', route, {
        body,
        auth: false,
        query: { with_response: 'true' },
        attempts: 3,
      });
      isDeferred = true;
      isThinking = kind !== 'button';
      if (kind !== 'public') return null;
      return deferred.safeParse(answer).data?.resource?.message.id ?? (await originalId());
    } catch (error) {
      log.warn({ err: error, code: discordCode(error) }, 'an interaction could not be deferred in time');
      return null;
    }
  }

  async function originalId(): Promise<string> {
    const route = Routes.webhookMessage(application_id, token, ORIGINAL);
    return created.parse(await api.call('GET', route, { auth: false })).id;
  }

  const defer = (): Promise<string | null> => {
    deferring ??= sendDeferral();
    return deferring;
  };

  async function open(): Promise<void> {
    // Whoever is answered has been deferred, or is being: the answer must not overtake the deferral.
    await defer();
    if (!isDeferred || Date.now() > expiresAt) throw new WayClosed('the interaction is over');
  }

  return {
    kind,
    defer,
    async settle(sentence) {
      await defer();
      settling ??= (async () => {
        if (!isThinking || Date.now() > expiresAt) return;
        isThinking = false;
        const route = Routes.webhookMessage(application_id, token, ORIGINAL);
        try {
          if (kind === 'private') await api.call('DELETE', route, { auth: false });
          else await api.call('PATCH', route, { auth: false, body: bodyOf({ content: sentence, components: [] }) });
        } catch (error) {
          log.warn({ err: error }, 'the mark of a waiting command could not be taken away');
        }
      })();
      await settling;
    },
    privateCarrier: {
      async create(message) {
        await open();
        if (isThinking && kind === 'private') {
          isThinking = false;
          return this.edit(ORIGINAL, message);
        }
        const answer = await api.call('POST', Routes.webhook(application_id, token), {
          auth: false,
          query: { wait: 'true' },
          body: { ...bodyOf(message), flags: EPHEMERAL | SUPPRESS_EMBEDS },
          files: message.files ?? [],
        });
        return created.parse(answer);
      },
      async edit(message, content) {
        await open();
        const route = Routes.webhookMessage(application_id, token, message);
        const body = bodyOf(content);
        return created.parse(await api.call('PATCH', route, { auth: false, body, files: content.files ?? [] }));
      },
      async remove(message) {
        await open();
        await api.call('DELETE', Routes.webhookMessage(application_id, token, message), { auth: false });
      },
    },
  };
}
