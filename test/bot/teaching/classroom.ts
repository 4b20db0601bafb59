// A class over the scripted platform: opens a case and lets people speak, press and command in its thread.
import type { ActionName } from '../../../bot/contract.ts';
import { createTeachingMode } from '../../../bot/teaching/teaching-mode.ts';
import { messageEvent, placeOf } from '../../support/scripted-adapter.ts';
import { filmBytes } from '../../support/scripted-engine.ts';
import { startTestBot, type TestBot, type TestBotOptions } from '../../support/test-bot.ts';

export const THREAD = 'scripted:channel-1:case';
export const TEACHER = 'teacher';

export interface Classroom {
  bot: TestBot;
  /** Says something in the case's thread and returns what the bot answered to it. */
  say(
    author: string,
    text: string,
    options?: { mentionsBot?: boolean; files?: readonly { bytes: Uint8Array }[] },
  ): Promise<Answered>;
  press(author: string, action: ActionName, value: string): Promise<Answered>;
  command(author: string, argument: string, name?: string): Promise<Answered>;
  /** Gives an answer and confirms it. */
  answer(author: string, text: string): Promise<void>;
}

type Answered = Awaited<ReturnType<TestBot['settled']>>[number];

/** `first`: said by the teacher in place of `case new` with `line` and a film. */
export async function openClassroom(
  line: string,
  { first, ...options }: TestBotOptions & { first?: string } = {},
): Promise<Classroom> {
  const bot = await startTestBot({ ...options, supplies: { modes: [createTeachingMode], ...options.supplies } });
  let posts = 0;
  let events = 0;
  async function answered(): Promise<Answered> {
    posts += 1;
    const last = (await bot.settled(THREAD, posts)).at(-1);
    if (last === undefined) throw new Error('the bot said nothing');
    return last;
  }
  const base = (author: string) => {
    events += 1;
    return {
      id: `class-${events}`,
      place: placeOf({ thread: THREAD }),
      author: { id: author, name: author, isBot: false },
      at: Date.now(),
    };
  };
  const room: Classroom = {
    bot,
    async say(author, text, more = {}) {
      const event = messageEvent(bot.platform, { thread: THREAD, text, ...more });
      await bot.adapter.deliver({ ...event, author: { id: author, name: author, isBot: false } });
      return answered();
    },
    async press(author, action, value) {
      await bot.adapter.deliver({ ...base(author), kind: 'action', action, post: 'any', value });
      return answered();
    },
    async command(author, argument, name = 'case') {
      await bot.adapter.deliver({ ...base(author), kind: 'command', name, argument, attachments: [] });
      return answered();
    },
    async answer(author, text) {
      const { controls } = await room.say(author, text);
      await room.press(author, 'case-confirm', controls[0]?.value ?? '');
    },
  };
  if (first !== undefined) await room.say(TEACHER, first, { mentionsBot: true });
  else await room.say(TEACHER, `case new ${line}`, { mentionsBot: true, files: [{ bytes: filmBytes() }] });
  return room;
}
