// The bot's commands as Discord registers them: /cxr, /case, and "Read this X-ray" on a message.
import {
  ApplicationCommandType,
  ContextMenuCommandBuilder,
  InteractionContextType,
  type RESTPostAPIApplicationCommandsJSONBody,
  Routes,
  SlashCommandBuilder,
} from 'discord.js';
import type { DiscordApi } from './discord-api.ts';

export const READ_MESSAGE_COMMAND = 'Read this X-ray';
const CONTEXTS = [InteractionContextType.Guild, InteractionContextType.BotDM];
/** Table 2 of the paper; the core checks the word. */
const PROMPTS = ['basic', 'specific', 'confirm', 'pediatric'];
const SETTINGS = ['prompt', 'language', 'read'];
export const CASE_IMAGES = ['image', 'image2', 'image3', 'image4'];

const choices = (names: readonly string[]): { name: string; value: string }[] =>
  names.map((name) => ({ name, value: name }));

export function commandDefinitions(): RESTPostAPIApplicationCommandsJSONBody[] {
  const cxr = new SlashCommandBuilder()
    .setName('cxr')
    .setDescription('Draft a chest X-ray report and talk about it. Not a diagnosis.')
    .setContexts(CONTEXTS)
    .addSubcommand((read) =>
      read
        .setName('read')
        .setDescription('Read a chest X-ray')
        .addAttachmentOption((image) =>
          image
            .setName('image')
            .setDescription('PNG, JPEG, WebP, TIFF or DICOM, without patient data')
            .setRequired(true),
        )
        .addStringOption((prompt) =>
          prompt
            .setName('prompt')
            .setDescription('How the report is asked for')
            .addChoices(...choices(PROMPTS)),
        ),
    )
    .addSubcommand((help) => help.setName('help').setDescription('What I can do'))
    .addSubcommand((status) => status.setName('status').setDescription('Which models run, and what waits'))
    .addSubcommand((forget) => forget.setName('forget').setDescription('Remove this case from my memory'))
    .addSubcommand((settings) =>
      settings
        .setName('settings')
        .setDescription('Show or change the settings of this channel')
        .addStringOption((name) =>
          name
            .setName('name')
            .setDescription('Which setting')
            .addChoices(...choices(SETTINGS)),
        )
        .addStringOption((value) => value.setName('value').setDescription('Its new value').setMaxLength(50)),
    );
  const teaching = new SlashCommandBuilder()
    .setName('case')
    .setDescription('Teaching cases')
    .setContexts(CONTEXTS)
    .addStringOption((action) =>
      action.setName('do').setDescription('new, quiz, reveal … (help shows all)').setRequired(true).setMaxLength(100),
    )
    .addStringOption((text) => text.setName('text').setDescription('What belongs to it').setMaxLength(6_000));
  for (const name of CASE_IMAGES) {
    teaching.addAttachmentOption((image) => image.setName(name).setDescription('An image of the case'));
  }
  const onMessage = new ContextMenuCommandBuilder()
    .setName(READ_MESSAGE_COMMAND)
    .setType(ApplicationCommandType.Message)
    .setContexts(CONTEXTS);
  return [cxr.toJSON(), teaching.toJSON(), onMessage.toJSON()];
}

/** Replaces all commands of the application: in one server at once, or everywhere (Discord may take an hour to show them). */
export async function registerCommands(api: DiscordApi, applicationId: string, guild: string | null): Promise<void> {
  const route =
    guild === null ? Routes.applicationCommands(applicationId) : Routes.applicationGuildCommands(applicationId, guild);
  await api.call('PUT', route, { body: commandDefinitions() });
}
