// Registers the commands for the composition root of `npm run discord:register`, and says how the bot is invited.
import type { Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import { commandDefinitions, registerCommands } from './commands.ts';
import { createDiscordApi, discordCode } from './discord-api.ts';
import { DEFAULT_API_URL, DEFAULT_TIMING, type DiscordConfig } from './discord-config.ts';
import { application } from './payloads.ts';
import { inviteLink } from './permissions.ts';

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** `guild`: in one server only; null everywhere. Throws `config-invalid` where Discord refuses the token or the server. */
export async function registerWithDiscord(
  config: DiscordConfig,
  guild: string | null,
): Promise<{ names: string[]; invite: string }> {
  const { requestTimeoutMs, retryDelayMs } = { ...DEFAULT_TIMING, ...config.timing };
  const apiUrl = config.apiUrl ?? DEFAULT_API_URL;
  const api = createDiscordApi({ token: config.token, apiUrl, requestTimeoutMs, retryDelayMs, log: SILENT });
  try {
    const { id } = application.parse(await api.call('GET', '/applications/@me'));
    await registerCommands(api, id, guild);
    return { names: commandDefinitions().map(({ name }) => name), invite: inviteLink(id) };
  } catch (error) {
    const code = discordCode(error);
    if (code === null) throw error;
    const sentence =
      code === 401
        ? 'Discord refused DISCORD_TOKEN; it must be the token of the bot user.'
        : `Discord refused to register the commands (${code}); is the bot in that server?`;
    throw new CxrError('config-invalid', sentence, { cause: error });
  } finally {
    api.close();
  }
}
