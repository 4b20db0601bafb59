// Who may use the bot, and how often: allowlists of spaces, channels, users and roles, and a rate limit per person.
import { CxrError } from '../engine/error.ts';
import type { Author, InboundEvent } from './contract.ts';

export interface AccessRules {
  /** Empty lists allow everything. */
  spaces: readonly string[];
  channels: readonly string[];
  users: readonly string[];
  roles: readonly string[];
  /** Who may change settings; both empty: everybody who may use the bot. */
  adminUsers: readonly string[];
  adminRoles: readonly string[];
  /** Requests of one person a minute. */
  perMinute: number;
}

export interface Access {
  /** Throws `not-allowed` if place or person is not on the lists. */
  check(event: InboundEvent): void;
  /** Throws `not-allowed` if this person may not change settings. */
  checkAdmin(author: Author): void;
  /** Counts one request of this person; throws `rate-limited` if it is one too many. */
  count(author: Author): void;
}

const MINUTE_MS = 60_000;

export function createAccess(rules: AccessRules, now: () => number = Date.now): Access {
  const recent = new Map<string, number[]>();

  return {
    check({ place, author }) {
      const placeOk = listed(rules.spaces, place.space) && (place.isDirect || listed(rules.channels, place.channel));
      if (!placeOk)
        throw new CxrError(
          'not-allowed',
          'I am not switched on for this place; the operator decides where I read images.',
        );
      if (!allows(rules.users, rules.roles, author)) {
        throw new CxrError(
          'not-allowed',
          'You are not on the list of people I may read images for; the operator keeps that list.',
        );
      }
    },
    checkAdmin(author) {
      if (!allows(rules.adminUsers, rules.adminRoles, author)) {
        throw new CxrError('not-allowed', 'Only those whom the operator named may change my settings.');
      }
    },
    count(author) {
      const since = now() - MINUTE_MS;
      const times = (recent.get(author.id) ?? []).filter((time) => time > since);
      if (times.length >= rules.perMinute) {
        const seconds = Math.max(1, Math.ceil(((times[0] ?? 0) - since) / 1_000));
        throw new CxrError('rate-limited', `That was a lot at once: please try again in ${seconds} seconds.`);
      }
      times.push(now());
      recent.set(author.id, times);
      if (recent.size > 10_000)
        for (const [id, kept] of recent) if (kept.every((time) => time <= since)) recent.delete(id);
    },
  };
}

function listed(list: readonly string[], id: string): boolean {
  return list.length === 0 || list.includes(id);
}

function allows(users: readonly string[], roles: readonly string[], author: Author): boolean {
  if (users.length === 0 && roles.length === 0) return true;
  return users.includes(author.id) || (author.roles ?? []).some((role) => roles.includes(role));
}
