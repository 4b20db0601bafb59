// An adapter whose replies tell their whole name, so that a harness can say which reply a message on the platform belongs to.
import type { Adapter } from '../../bot/contract.ts';

/** `posts` gets the short reference that people see → the whole `Reply.post`. */
export function spiedAdapter(adapter: Adapter, posts: Map<string, string>): Adapter {
  return {
    ...adapter,
    async reply(place, options) {
      const reply = await adapter.reply(place, options);
      posts.set(reply.post.slice(0, 8), reply.post);
      return reply;
    },
  };
}
