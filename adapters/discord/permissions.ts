// The permissions that the bot asks a server for, exactly these, and the link that invites it with them.
import { OAuth2Scopes, PermissionFlagsBits } from 'discord.js';

/** Seeing channels, answering in them and in threads, opening threads, pictures, and finding its own answers again after a crash. */
export const REQUIRED_PERMISSIONS = [
  'ViewChannel',
  'SendMessages',
  'SendMessagesInThreads',
  'CreatePublicThreads',
  'AttachFiles',
  'ReadMessageHistory',
] as const;

/** https://docs.discord.com/developers/topics/oauth2#bot-authorization-flow */
export function inviteLink(applicationId: string): string {
  const bits = REQUIRED_PERMISSIONS.reduce((all, name) => all | PermissionFlagsBits[name], 0n);
  const link = new URL('https://discord.com/oauth2/authorize');
  link.searchParams.set('client_id', applicationId);
  link.searchParams.set('scope', `${OAuth2Scopes.Bot} ${OAuth2Scopes.ApplicationsCommands}`);
  link.searchParams.set('permissions', String(bits));
  return link.href;
}
