// Who may talk to the reading room: host and origin checks, signed cookies, the access token, CSRF. Everything here fails closed.
import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { type BlockList, isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import { getSignedCookie, setSignedCookie } from 'hono/cookie';
import { CxrError } from '../../engine/error.ts';
import type { ConversationStore } from './conversation-store.ts';

export type RoomEnv = { Variables: { person: string } };

export interface Access {
  /** Refuses foreign Host headers (DNS rebinding) and, for anything but GET and HEAD, foreign origins. */
  guardOrigin: MiddlewareHandler<RoomEnv>;
  /** Gives every browser an unguessable, signed person id. */
  identify: MiddlewareHandler<RoomEnv>;
  /** Refuses a changing request without the CSRF token of its person. */
  requireCsrf: MiddlewareHandler<RoomEnv>;
  csrfToken(person: string): string;
  /** True where no access token is set, or the caller has shown it. */
  isLoggedIn(context: Context<RoomEnv>): Promise<boolean>;
  /** Compares in constant time; true if the token is right and the cookie was set. */
  logIn(context: Context<RoomEnv>, token: string): Promise<boolean>;
  /** Who asks, for the limits of requests and logins: the peer, or whom one of our proxies asks for. */
  clientAddress(context: Context<RoomEnv>): string;
}

const cookieAgeSeconds = 365 * 24 * 3600;
const secretSetting = 'signing-secret';

const digest = (text: string) => createHash('sha256').update(text).digest();
const sameText = (a: string, b: string) => timingSafeEqual(digest(a), digest(b));

/** False for anything that is no address. */
const isIn = (list: BlockList, address: string) =>
  isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** IPv4 as such, also where a socket for both kinds names it. */
const plainAddress = (address: string) => address.trim().replace(/^::ffff:(?=\d+\.)/i, '');

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

export async function createAccess(options: {
  host: string;
  token: string | null;
  /** Address under which a proxy offers the room; null where there is none. */
  publicUrl: string | null;
  /** Proxies besides those on this machine. */
  proxies: BlockList;
  store: ConversationStore;
}): Promise<Access> {
  const { token, store } = options;
  const outside = options.publicUrl === null ? null : new URL(options.publicUrl);
  let secret = await store.setting(secretSetting);
  if (secret === undefined) {
    secret = randomBytes(32).toString('hex');
    await store.keepSetting(secretSetting, secret);
  }
  const key = secret;
  const accessMark = token === null ? null : createHmac('sha256', key).update(`access:${token}`).digest('hex');
  const csrfToken = (person: string) => createHmac('sha256', key).update(`csrf:${person}`).digest('hex');
  const cookieOptions = {
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    maxAge: cookieAgeSeconds,
    // The proxy ends TLS: only the address that people use tells that it is there.
    secure: outside?.protocol === 'https:',
  } as const;

  /** On loopback any page in the browser can reach us by a name of its own, so only the names of this machine count, and the proxy's. */
  function hostIsOurs(header: string): boolean {
    const name = header.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
    if (outside !== null) return header.toLowerCase() === outside.host || isLoopback(name);
    return isLoopback(options.host) ? isLoopback(name) : token !== null;
  }

  /** A proxy may pass its own name on as the host, so the public origin is ours whatever the host; under the public host it is the only one. */
  function originIsOurs(origin: string, host: string): boolean {
    if (outside !== null && origin === outside.origin) return true;
    if (outside?.host === host.toLowerCase() || !URL.canParse(origin)) return false;
    const { protocol, host: asked } = new URL(origin);
    return /^https?:$/.test(protocol) && asked === host;
  }

  const isProxy = (address: string) => isLoopback(address) || isIn(options.proxies, address);

  async function isLoggedIn(context: Context<RoomEnv>): Promise<boolean> {
    if (accessMark === null) return true;
    const mark = await getSignedCookie(context, key, 'cxr_access');
    return typeof mark === 'string' && sameText(mark, accessMark);
  }

  return {
    csrfToken,
    isLoggedIn,
    guardOrigin: async (context, next) => {
      const host = context.req.header('host') ?? '';
      if (!hostIsOurs(host))
        throw new CxrError('not-allowed', 'This address is not one that the reading room answers to.');
      if (context.req.method !== 'GET' && context.req.method !== 'HEAD') {
        const origin = context.req.header('origin') ?? '';
        const site = context.req.header('sec-fetch-site') ?? 'same-origin';
        if (!originIsOurs(origin, host) || site !== 'same-origin') {
          throw new CxrError('not-allowed', 'This request came from another page and was refused.');
        }
      }
      await next();
    },
    identify: async (context, next) => {
      const known = await getSignedCookie(context, key, 'cxr_person');
      const person = typeof known === 'string' && known !== '' ? known : randomUUID();
      context.set('person', person);
      await next();
      if (person !== known) await setSignedCookie(context, 'cxr_person', person, key, cookieOptions);
    },
    requireCsrf: async (context, next) => {
      const changes = context.req.method !== 'GET' && context.req.method !== 'HEAD';
      if (changes && !sameText(context.req.header('x-csrf-token') ?? '', csrfToken(context.get('person')))) {
        throw new CxrError('not-allowed', 'This page is out of date; please reload it.');
      }
      await next();
    },
    async logIn(context, offered) {
      if (token === null || accessMark === null || !sameText(offered, token)) return false;
      await setSignedCookie(context, 'cxr_access', accessMark, key, cookieOptions);
      return true;
    },
    clientAddress(context) {
      const peer = plainAddress(getConnInfo(context).remote.address ?? '');
      if (outside === null || !isProxy(peer)) return peer;
      // What stands before the last one that is no proxy of ours was sent to the first proxy, and anybody can send anything.
      const named = context.req.header('x-forwarded-for')?.split(',').map(plainAddress) ?? [];
      const asked = named.findLast((address) => !isProxy(address)) ?? '';
      return isIP(asked) === 0 ? peer : asked;
    },
  };
}
