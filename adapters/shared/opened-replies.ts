// One reply per thread and key, however often it is asked for, its tables as lists; and whether an earlier process may have begun it.
import { createHash } from 'node:crypto';
import type { Adapter, Place, Reply, ReplyOptions } from '../../bot/contract.ts';
import { tablesAsLists } from './markdown-table.ts';
import { createRecent } from './recent.ts';

const REMEMBERED = 5_000;
/** The platform's clock and this machine's may differ by this much when asking whether an event is older than this process. */
const CLOCK_DIFFERENCE_MS = 120_000;
/** An answer that is opened so long after its question may have been opened before. */
const FRESH_MS = 600_000;

/** `Adapter.reply` over `open`, which gets what the reply is called: the same thread and key give the same name. */
export function createOpenedReplies(
  open: (place: Place, options: ReplyOptions, post: string) => Promise<Reply>,
): Adapter['reply'] {
  const replies = createRecent<Promise<Reply>>(REMEMBERED);
  return (place, options) => {
    const post = createHash('sha256').update(`${place.thread}\n${options.key}`).digest('hex').slice(0, 16);
    const known = replies.get(post);
    if (known !== undefined) return known;
    const opening = open(place, options, post).then(withoutTables);
    replies.set(post, opening);
    opening.catch(() => replies.delete(post));
    return opening;
  };
}

function withoutTables(reply: Reply): Reply {
  return { ...reply, finish: (content) => reply.finish({ ...content, text: tablesAsLists(content.text) }) };
}

/** Whether an earlier process, or a reply long forgotten, may have used the key of an answer already. `origin`: what is answered, if known. */
export function mayHaveBegun(origin: { at: number } | undefined, startedAt: number): boolean {
  if (origin === undefined) return true;
  return origin.at < startedAt + CLOCK_DIFFERENCE_MS || Date.now() - origin.at > FRESH_MS;
}
