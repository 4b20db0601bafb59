// What people are called: Slack's events carry ids only, and a teaching case shows its readers by name. Without the scope they stay without one.
import { setTimeout as sleep } from 'node:timers/promises';
import type { InboundEvent, Log } from '../../bot/contract.ts';
import { createRecent } from '../shared/recent.ts';
import { userInfo } from './payloads.ts';
import { type SlackApi, slackErrorCode } from './slack-api.ts';

export interface Names {
  /** The event with its author's name, where it is one in whose answer the name is shown. */
  named(event: InboundEvent): Promise<InboundEvent>;
}

const CAPACITY = 5_000;
const GOOD_FOR_MS = 3_600_000;
/** Slack wants its acknowledgement within three seconds: a name is not worth being late. */
const PATIENCE_MS = 1_000;

export function createNames(api: SlackApi, log: Log): Names {
  const known = createRecent<{ until: number; name: Promise<string | null> }>(CAPACITY);
  let toldScope = false;

  async function ask(user: string): Promise<string | null> {
    try {
      const { profile, real_name, name } = userInfo.parse(await api.call('users.info', { user }, { attempts: 1 })).user;
      return [profile?.display_name, real_name, name].find((each) => each != null && each.trim() !== '') ?? null;
    } catch (error) {
      const code = slackErrorCode(error);
      const isScope = code === 'missing_scope';
      if (isScope && !toldScope) {
        toldScope = true;
        log.warn({ code }, 'people’s names are not shown: reinstall the app from the manifest, with users:read');
      } else log.debug({ err: error, code }, 'a name could not be asked for');
      return null;
    }
  }

  function nameOf(user: string): Promise<string | null> {
    const seen = known.get(user);
    if (seen !== undefined && seen.until > Date.now()) return seen.name;
    const name = ask(user);
    known.set(user, { until: Date.now() + GOOD_FOR_MS, name });
    return name;
  }

  return {
    async named(event) {
      const says = event.kind === 'message' || event.kind === 'edit' || (event.kind === 'action' && event.fields);
      const { author } = event;
      if (!says || author.isBot || author.name !== undefined || author.id === '') return event;
      const name = await Promise.race([nameOf(author.id), sleep(PATIENCE_MS).then(() => null)]);
      return name === null ? event : { ...event, author: { ...author, name } };
    },
  };
}
