// One command registers everything and prints the invite link with exactly the permissions that the bot uses.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { registerWithDiscord } from '../../../adapters/discord/register.ts';
import { createDiscordServer, type DiscordServer } from '../../support/discord-server/discord-server.ts';

const run = promisify(execFile);
const PROGRAM = join(resolve(import.meta.dirname, '../../..'), 'dist/cli/register-discord.js');
/** View 10, send 11, attach 15, history 16, public threads 35, send in threads 38. */
const PERMISSIONS = [10, 11, 15, 16, 35, 38].reduce((all, bit) => all + 2 ** bit, 0);
let server: DiscordServer;
afterEach(() => server?.close());

test('registers /cxr, /case and the message command, everywhere or in one server', async () => {
  server = await createDiscordServer();
  const config = { token: server.store.bot.token, apiUrl: server.apiUrl };
  const { invite } = await registerWithDiscord(config, null);
  await registerWithDiscord(config, server.store.guild);
  const { id } = server.store.bot;
  expect([...server.store.commands.keys()]).toEqual([
    `/applications/${id}/commands`,
    `/applications/${id}/guilds/${server.store.guild}/commands`,
  ]);
  const commands = server.store.commands.get(`/applications/${id}/commands`) as { name: string; options?: unknown[] }[];
  expect(commands.map(({ name }) => name)).toEqual(['cxr', 'case', 'Read this X-ray']);
  const subcommands = commands[0]?.options as { name: string; options: { name: string; required?: boolean }[] }[];
  expect(subcommands.map(({ name }) => name)).toEqual(['read', 'help', 'status', 'forget', 'settings']);
  expect(subcommands[0]?.options.map(({ name, required }) => [name, required])).toEqual([
    ['image', true],
    ['prompt', false],
  ]);
  const link = new URL(invite);
  expect(link.searchParams.get('permissions')).toBe(String(PERMISSIONS));
  expect(link.searchParams.get('scope')).toBe('bot applications.commands');
  await expect(registerWithDiscord({ ...config, token: 'wrong' }, null)).rejects.toMatchObject({
    code: 'config-invalid',
  });
});

test('npm run discord:register, the program', { timeout: 120_000 }, async ({ skip }) => {
  if (!existsSync(PROGRAM)) skip('dist/ is not built: npm run build');
  server = await createDiscordServer();
  const env = { PATH: process.env.PATH, DISCORD_TOKEN: server.store.bot.token, DISCORD_API_URL: server.apiUrl };
  const { stdout } = await run(process.execPath, [PROGRAM, '--guild', server.store.guild], { env, cwd: tmpdir() });
  expect(stdout).toContain('cxr, case, Read this X-ray');
  expect(stdout).toContain(`permissions=${PERMISSIONS}`);
  const failed = await run(process.execPath, [PROGRAM], { env: { PATH: process.env.PATH }, cwd: tmpdir() }).catch(
    (error: unknown) => error,
  );
  expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('DISCORD_TOKEN is not set') });
});
