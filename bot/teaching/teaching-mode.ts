// Teaching cases as a mode of the core: finds out which case an event is about and hands it to its verb, its button or the talk in the thread.
import { CxrError } from '../../engine/error.ts';
import type { InboundEvent, Mode, ReplyContent } from '../contract.ts';
import { nameOf } from '../identity.ts';
import type { CreateMode, ModeRoom } from '../mode-room.ts';
import { createAlarms } from './alarms.ts';
import { type CaseRequest, isCaseCommand, requestOf } from './case-event.ts';
import { NOT_YET } from './case-text.ts';
import type { CaseCommand, CaseTurn } from './case-turn.ts';
import { forget, takeDeleted } from './leaving.ts';
import type { LibraryLimits } from './library/library-folder.ts';
import { createLibrarySource } from './library/library-source.ts';
import type { CaseSession } from './session.ts';
import { createCaseStore } from './session.ts';
import { takeWords } from './talk.ts';
import { BUTTONS, USAGE, verbOf } from './verbs.ts';

export interface TeachingSettings extends LibraryLimits {
  /** Folder of the case library; null for none. */
  libraryFolder: string | null;
}

const NO_LIBRARY: TeachingSettings = { libraryFolder: null, maxImages: 0, maxImageBytes: 0 };

export const teachingMode =
  (settings: TeachingSettings): CreateMode =>
  (room) =>
    createMode(room, settings);

/** Without a library. */
export const createTeachingMode: CreateMode = teachingMode(NO_LIBRARY);

function createMode(room: ModeRoom, settings: TeachingSettings): Mode {
  const alarms = createAlarms(room);
  const cases = createCaseStore(room.store('cases', room.retentionMs), alarms.follow);
  const library = createLibrarySource(settings.libraryFolder, settings, room.log);
  return {
    name: 'cases',
    start: () => alarms.start(cases),
    stop: alarms.stop,
    async concerns(event) {
      if (event.author.isBot) return false;
      if (isCaseCommand(event)) return true;
      if (event.kind === 'message' && event.mentionsOthers && !event.mentionsBot) return false;
      return (await cases.find(event.place.thread)) !== null;
    },
    async handle(event, context) {
      if (event.author.isBot) return false;
      const session = await cases.find(event.place.thread);
      if (session === null && !isCaseCommand(event)) return false;
      const say = async (content: ReplyContent, part: string, privateTo: string | null): Promise<true> => {
        const options = { key: `case-${nameOf(event.id)}${part}`, answers: event.id };
        const reply = await context.reply(event.place, privateTo === null ? options : { ...options, privateTo });
        await reply.finish(content);
        return true;
      };
      const turn: CaseTurn = {
        room,
        cases,
        library,
        event,
        context,
        tell: (content, privately = false) => say(content, '', privately ? event.author.id : null),
        whisper: (person, part, content) => say(content, `-${part}`, person),
      };
      return take(turn, session, requestOf(event));
    },
  };
}

async function take(turn: CaseTurn, session: CaseSession | null, request: CaseRequest): Promise<boolean> {
  if (request.kind === 'command') return command(turn, session, request);
  if (request.kind === 'button') return press(turn, request.action);
  if (session === null) return false;
  switch (request.kind) {
    case 'words':
      return takeWords(turn, session, request);
    case 'deleted':
      return takeDeleted(turn, session, request.message);
    case 'forget':
      return forget(turn, session);
    case 'plain':
      if (isAboutBot(turn.event)) return false;
      return turn.tell({ text: session.revealed ? USAGE : NOT_YET }, true);
  }
}

function command(turn: CaseTurn, session: CaseSession | null, request: CaseCommand): Promise<true> {
  const verb = verbOf(request.verb) ?? verbOf('help');
  if (verb === undefined || verb.needs === 'nothing')
    return verb?.run(turn, session, request) ?? turn.tell({ text: USAGE });
  if (session === null) throw new CxrError('usage', 'There is no case in this thread; open one with `/case new`.');
  if (verb.who === 'teacher' && turn.event.author.id !== session.teacher)
    throw new CxrError('not-allowed', 'Only the teacher of this case may do that.');
  return verb.run(turn, session, request);
}

function press({ event, ...turn }: CaseTurn, action: string): Promise<true> {
  const handler = BUTTONS[action];
  if (handler === undefined || event.kind !== 'action')
    throw new CxrError('usage', 'That button belongs to an older version of me; `/case help` shows what there is.');
  return handler({ ...turn, event });
}

/** Help, status and settings are the plain conversation's in a case's thread too. */
function isAboutBot(event: InboundEvent): boolean {
  if (event.kind === 'action') return event.action === 'help';
  return event.kind === 'command' && ['help', 'status', 'settings'].includes(event.name);
}
