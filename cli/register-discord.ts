// Registers the bot's commands with Discord and prints the link that invites it: npm run discord:register [-- --guild ID].
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { registerWithDiscord } from '../adapters/discord/register.ts';
import { loadConfig } from '../bot/config.ts';
import { CxrError, toCxrError } from '../engine/error.ts';
import { exitCodeOf } from './exit-code.ts';

const program = new Command('discord:register')
  .description('Registers /cxr, /case and "Read this X-ray" with Discord, and prints the link that invites the bot.')
  .option('--guild <id>', 'only in this server, at once; otherwise everywhere, which Discord may take an hour to show')
  .action(async ({ guild }: { guild?: string }) => {
    if (existsSync('.env')) process.loadEnvFile('.env');
    const { discord } = loadConfig(process.env);
    if (discord === null) throw new CxrError('config-invalid', 'DISCORD_TOKEN is not set; see .env.example.');
    if (guild !== undefined && !/^\d{15,21}$/.test(guild)) {
      throw new CxrError(
        'usage',
        'That is no server id; switch on developer mode in Discord and copy the id from its menu.',
      );
    }
    const { names, invite } = await registerWithDiscord(discord, guild ?? null);
    process.stdout.write(
      `Registered ${guild === undefined ? 'everywhere' : `in server ${guild}`}: ${names.join(', ')}\n`,
    );
    process.stdout.write(`Invite the bot with exactly the permissions that it needs:\n${invite}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  const told = toCxrError(error);
  process.stderr.write(`${told.message}\n`);
  process.exit(exitCodeOf(told));
}
