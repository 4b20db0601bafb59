// A class over the scripted platform: opens a case and lets people speak, press, edit and command in its thread.
import { vi } from 'vitest';
import type { ActionName, InboundEvent } from '../../../bot/contract.ts';
import { nameOf } from '../../../bot/identity.ts';
import { type CaseStore, createCaseStore } from '../../../bot/teaching/session.ts';
import { createTeachingMode } from '../../../bot/teaching/teaching-mode.ts';
import { messageEvent, placeOf } from '../../support/scripted-adapter.ts';
import { filmBytes } from '../../support/scripted-engine.ts';
import type { StoredPost } from '../../support/scripted-platform.ts';
import { eventually, startTestBot, type TestBot, type TestBotOptions } from '../../support/test-bot.ts';

export const THREAD = 'scripted:channel-1:case';
export const TEACHER = 'teacher';

interface Saying {
  mentionsBot?: boolean;
  files?: readonly { bytes: Uint8Array }[];
  id?: string;
}

export interface Classroom {
  bot: TestBot;
  /** Says something in the case's thread and returns what the bot answered to it. */
  say(author: string, text: string, options?: Saying): Promise<StoredPost>;
  /** `thread`: elsewhere than in the case's (a direct message). */
  press(author: string, action: ActionName, value: string, thread?: string): Promise<StoredPost>;
  command(author: string, argument: string, name?: string): Promise<StoredPost>;
  edit(author: string, message: string, text: string): Promise<StoredPost>;
  /** Delivers any event and waits until it is worked on; returns every post that answers it. */
  deliver(event: Record<string, unknown> & { kind: InboundEvent['kind'] }, author?: string): Promise<StoredPost[]>;
  /** Gives an answer and confirms it; returns the id of its message. */
  answer(author: string, text: string): Promise<string>;
}

/** `first`: said by the teacher in place of `case new` with `line` and a film; `isPublicOnly`: on a platform that shows everything to everybody. */
export async function openClassroom(
  line: string,
  { first, isPublicOnly = false, ...options }: TestBotOptions & { first?: string; isPublicOnly?: boolean } = {},
): Promise<Classroom> {
  const bot = await startTestBot({ ...options, supplies: { modes: [createTeachingMode], ...options.supplies } });
  if (isPublicOnly) bot.adapter.canBePrivate = false;
  const room = classroomOf(bot);
  if (first !== undefined) await room.say(TEACHER, first, { mentionsBot: true, id: 'opening' });
  else
    await room.say(TEACHER, `case new ${line}`, { mentionsBot: true, files: [{ bytes: filmBytes() }], id: 'opening' });
  return room;
}

/** What is kept of the cases, as the mode reads it. */
export function storeOf({ bot }: Classroom): CaseStore {
  return createCaseStore(bot.store.namespace('modecases', null), bot.store.namespace('modecasefilms', null));
}

let events = 0;

/** A class over a bot that runs already. */
export function classroomOf(bot: TestBot): Classroom {
  /** The journal's own list of what is done. */
  const seen = bot.store.namespace('seen', null);
  const answersTo = (id: string): StoredPost[] =>
    [...bot.platform.posts.values()].filter(
      ({ key }) => key.startsWith(`case-${nameOf(id)}`) || key === id || key === `${id}:0`,
    );

  async function work(event: InboundEvent): Promise<StoredPost[]> {
    await bot.adapter.deliver(event);
    return vi.waitFor(async () => {
      if ((await seen.get(nameOf(bot.adapter.name, event.id))) === undefined)
        throw new Error('the bot has not worked on it yet');
      return answersTo(event.id);
    }, eventually);
  }
  async function only(event: InboundEvent): Promise<StoredPost> {
    const [first] = await work(event);
    if (first === undefined) throw new Error('the bot said nothing');
    return first;
  }
  const base = (author: string, thread = THREAD) => {
    events += 1;
    return {
      id: `class-${events}`,
      place: placeOf({ thread }),
      author: { id: author, name: author, isBot: false },
      at: Date.now(),
    };
  };

  const room: Classroom = {
    bot,
    say(author, text, more = {}) {
      const event = messageEvent(bot.platform, { thread: THREAD, text, ...more });
      return only({ ...event, author: { id: author, name: author, isBot: false } });
    },
    press: (author, action, value, thread) =>
      only({ ...base(author, thread), kind: 'action', action, post: 'any', value }),
    command: (author, argument, name = 'case') =>
      only({ ...base(author), kind: 'command', name, argument, attachments: [] }),
    edit: (author, message, text) => only({ ...base(author), kind: 'edit', message, text }),
    deliver: (event, author = '') => work({ ...base(author), ...event } as InboundEvent),
    async answer(author, text) {
      events += 1;
      const id = `answer-${events}`;
      const { controls } = await room.say(author, text, { id });
      await room.press(author, 'case-confirm', controls[0]?.value ?? '');
      return id;
    },
  };
  return room;
}
