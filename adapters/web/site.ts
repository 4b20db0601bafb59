// The HTTP side of the reading room: security headers and guards in front, then the page, the login and the routes under /api.
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import type { Log } from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import type { Access, RoomEnv } from './access.ts';
import type { PageFiles } from './page-files.ts';
import { createRateLimit } from './rate-limit.ts';
import { refuse } from './refusals.ts';
import type { RefusedBody } from './wire.ts';

const maxJsonBytes = 512 * 1024;
const uploadsPath = '/api/uploads';
const minuteMs = 60_000;

/** Longest of the page's own addresses come first in `api`; everything under it needs login and, to change anything, the CSRF token. */
export function createSite(parts: {
  access: Access;
  pageFiles: PageFiles;
  api: Hono<RoomEnv>;
  log: Log;
  isStopping: () => boolean;
}): Hono<RoomEnv> {
  const { access, pageFiles, log } = parts;
  const logins = createRateLimit(5, minuteMs);
  const requests = createRateLimit(600, minuteMs);
  const site = new Hono<RoomEnv>();

  site.onError((error, context) => refuse(context, error, log));
  site.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'blob:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
        trustedTypes: ["'none'"],
      },
      // With 'no-referrer' browsers send the login form with `Origin: null`, which the guard refuses.
      referrerPolicy: 'same-origin',
      xFrameOptions: 'DENY',
      strictTransportSecurity: false,
      permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
    }),
  );
  site.use(access.guardOrigin);
  site.use(async (context, next) => {
    if (!requests.allow(access.clientAddress(context)))
      throw new CxrError('rate-limited', 'Too many requests; please wait a moment.');
    if (parts.isStopping()) {
      const sentence = 'The reading room is restarting; this page comes back by itself.';
      return context.json<RefusedBody>({ error: { code: 'restarting', sentence } }, 503);
    }
    await next();
    return undefined;
  });
  site.use(access.identify);

  site.get('/', async (context) => {
    if (!(await access.isLoggedIn(context))) return context.redirect('/login', 303);
    return pageFiles.respond(context, 'index.html') ?? context.notFound();
  });
  site.get('/login', (context) => pageFiles.respond(context, 'login.html') ?? context.notFound());
  site.post('/login', bodyLimit({ maxSize: 8 * 1024 }), async (context) => {
    if (!logins.allow(access.clientAddress(context))) return context.redirect('/login?wait', 303);
    const token = (await context.req.parseBody()).token;
    const right = typeof token === 'string' && (await access.logIn(context, token));
    return context.redirect(right ? '/' : '/login?wrong', 303);
  });

  site.use('/api/*', async (context, next) => {
    if (!(await access.isLoggedIn(context))) {
      return context.json({ error: { code: 'not-allowed', sentence: 'Please log in.' } }, 401);
    }
    await next();
    context.header('cache-control', 'no-store');
    return undefined;
  });
  site.use('/api/*', access.requireCsrf);
  const limited = bodyLimit({ maxSize: maxJsonBytes, onError: tooLong });
  // A film is counted while it streams in, against a limit of its own.
  site.use('/api/*', (context, next) => (context.req.path === uploadsPath ? next() : limited(context, next)));
  site.route('/api', parts.api);

  site.get('/:file{(?:shared/)?[a-z0-9-]+\\.(?:js|css|svg|html)}', (context) => {
    return pageFiles.respond(context, context.req.param('file')) ?? context.notFound();
  });
  site.notFound((context) => context.text('Not found\n', 404));
  return site;
}

function tooLong(): never {
  throw new CxrError('question-too-long', 'This message is too long.');
}
