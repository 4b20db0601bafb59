// Discord's rate limits: a bucket per route and channel, told in headers, enforced with 429; https://docs.discord.com/developers/topics/rate-limits
import type { ServerResponse } from 'node:http';

export interface RateLimits {
  /** Requests per bucket and window. */
  limit: number;
  windowMs: number;
  /** How often a bot went over it. */
  refused: number;
  /** Writes the headers; false if the request was refused with 429. */
  pass(method: string, path: string, response: ServerResponse): boolean;
}

export function createRateLimits(): RateLimits {
  const buckets = new Map<string, { left: number; resetAt: number }>();
  return {
    limit: 200,
    windowMs: 1_000,
    refused: 0,
    pass(method, path, response) {
      // Answers to interactions are not limited.
      if (path.startsWith('/interactions/')) return true;
      const major = /^\/(?:channels|guilds|webhooks)\/\d+/.exec(path)?.[0] ?? '';
      const route = `${method} ${path.replace(major, '').replace(/\d{15,}/g, ':id')}`;
      const key = `${route} ${major}`;
      const now = Date.now();
      let bucket = buckets.get(key);
      if (bucket === undefined || bucket.resetAt <= now) {
        bucket = { left: this.limit, resetAt: now + this.windowMs };
        buckets.set(key, bucket);
      }
      bucket.left -= 1;
      const resetAfter = Math.max(0.001, (bucket.resetAt - now) / 1_000);
      response.setHeader('x-ratelimit-limit', this.limit);
      response.setHeader('x-ratelimit-remaining', Math.max(0, bucket.left));
      response.setHeader('x-ratelimit-reset', ((now + resetAfter * 1_000) / 1_000).toFixed(3));
      response.setHeader('x-ratelimit-reset-after', resetAfter.toFixed(3));
      response.setHeader('x-ratelimit-bucket', Buffer.from(route).toString('hex').slice(0, 32));
      if (bucket.left >= 0) return true;
      this.refused += 1;
      refuse(response, resetAfter);
      return false;
    },
  };
}

export function refuse(response: ServerResponse, retryAfterSeconds: number): void {
  response.writeHead(429, {
    'content-type': 'application/json',
    'retry-after': String(Math.ceil(retryAfterSeconds)),
    'x-ratelimit-scope': 'user',
  });
  response.end(
    JSON.stringify({ message: 'You are being rate limited.', retry_after: retryAfterSeconds, global: false }),
  );
}
