// Teaching cases as a mode of the core: finds out which case an event is about and hands it to its verb, its button or the talk in the thread.
import { CxrError } from '../../engine/error.ts';
import type { InboundEvent, Mode, ReplyContent } from '../contract.ts';
import { nameOf } from '../identity.ts';
import type { CreateMode, ModeRoom } from '../mode-room.ts';
import { createAlarms } from './alarms.ts';
import { type CaseRequest, isCaseCommand, opensCase, requestOf, startsQuiz } from './case-event.ts';
import { NOT_YET } from './case-text.ts';
import type { CaseCommand, CaseTurn } from './case-turn.ts';
import { forget, GONE, takeDeleted } from './leaving.ts';
import type { LibraryLimits } from './library/library-folder.ts';
import { createLibrarySource } from './library/library-source.ts';
import { createProgressStore } from './progress/progress-store.ts';
import { concernsQuiz, isQuizWords, takeQuizEvent } from './quiz/quiz-events.ts';
import { createQuizStore, type Quiz } from './quiz/quiz-store.ts';
import type { CaseSession } from './session.ts';
import { createCaseStore } from './session.ts';
import { takeWords } from './talk.ts';
import { BUTTONS, USAGE, verbOf } from './verbs.ts';
import { caseHere, mustTeach } from './who-may.ts';

export interface TeachingSettings extends LibraryLimits {
  /** Folder of the case library; null for none. */
  libraryFolder: string | null;
  hasLeaderboard: boolean;
  /** How long what people answered over cases is kept. */
  progressMs: number;
}

const DAY_MS = 86_400_000;
const USUAL: TeachingSettings = {
  libraryFolder: null,
  hasLeaderboard: false,
  progressMs: 365 * DAY_MS,
  maxImages: 4,
  maxImageBytes: 64_000_000,
};

export const teachingMode =
  (settings: Partial<TeachingSettings>): CreateMode =>
  (room) =>
    createMode(room, { ...USUAL, ...settings });

/** Without a library. */
export const createTeachingMode: CreateMode = teachingMode({});

function createMode(room: ModeRoom, settings: TeachingSettings): Mode {
  const alarms = createAlarms(room);
  const cases = createCaseStore(
    room.store('cases', room.retentionMs),
    room.store('casefilms', room.retentionMs),
    alarms.follow,
  );
  const library = createLibrarySource(settings.libraryFolder, settings, room.log);
  const { hasLeaderboard, progressMs } = settings;
  const progress = createProgressStore(room.store('progress', progressMs), room.store('optout', null), progressMs);
  const quizzes = createQuizStore(room.store('quiz', room.retentionMs));
  return {
    name: 'cases',
    start: () => alarms.start(cases),
    stop: alarms.stop,
    async concerns(event) {
      if (event.author.isBot) return false;
      if (isCaseCommand(event)) return true;
      if (event.kind === 'message' && event.mentionsOthers && !event.mentionsBot) return false;
      if ((await cases.find(event.place.thread)) !== null) return true;
      // What is said while the films of a case are still being read belongs to it.
      const waiting = room.waiting(event.place);
      if (waiting.some(opensCase)) return true;
      if (!event.place.isDirect) return false;
      if (isQuizWords(event) && waiting.some(startsQuiz)) return true;
      const quiz = await quizzes.find(event.place.thread);
      return quiz !== null && concernsQuiz(quiz, event);
    },
    async handle(event, context) {
      if (event.author.isBot) return false;
      const session = await cases.find(event.place.thread);
      const quiz = session === null && event.place.isDirect ? await quizzes.find(event.place.thread) : null;
      const isOver = session === null && (await cases.isOver(event.id));
      if (session === null && quiz === null && !isOver && !isCaseCommand(event))
        return context.isConcerned && isAmongPeople(event);
      const say = async (content: ReplyContent, part: string, privateTo: string | null): Promise<true> => {
        const options = { key: `case-${nameOf(event.id)}${part}`, answers: event.id };
        // In a direct message as well: on the page others can open the thread in another browser.
        const reply = await context.reply(event.place, privateTo === null ? options : { ...options, privateTo });
        await reply.finish(content);
        return true;
      };
      const turn: CaseTurn = {
        room,
        cases,
        library,
        progress,
        quizzes,
        hasLeaderboard,
        event,
        context,
        tell: (content, privately = false) => say(content, '', privately ? event.author.id : null),
        whisper: (person, part, content) => say(content, `-${part}`, person),
      };
      // It ran before, and a crash came between its work and the note that it was done.
      if (isOver) return turn.tell({ text: GONE });
      return take(turn, session, quiz, requestOf(event));
    },
  };
}

async function take(
  turn: CaseTurn,
  session: CaseSession | null,
  quiz: Quiz | null,
  request: CaseRequest,
): Promise<boolean> {
  if (request.kind === 'command') return command(turn, session, request);
  if (request.kind === 'button') return press(turn, request.action);
  if (session === null) return quiz !== null && takeQuizEvent(turn, quiz, request);
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
  const here = caseHere(session);
  if (verb.who === 'teacher') mustTeach(here, turn.event.author.id);
  return verb.run(turn, here, request);
}

function press({ event, ...turn }: CaseTurn, action: string): Promise<true> {
  const handler = BUTTONS[action];
  if (handler === undefined || event.kind !== 'action')
    throw new CxrError('usage', 'That button belongs to an older version of me; `/case help` shows what there is.');
  return handler({ ...turn, event });
}

/** Said in a case's thread, but the case is gone by now: nothing that the plain conversation should answer. */
function isAmongPeople(event: InboundEvent): boolean {
  if (event.kind === 'message') return event.attachments.length === 0 && !event.mentionsBot && !event.place.isDirect;
  return event.kind === 'edit' || event.kind === 'delete';
}

/** Help, status and settings are the plain conversation's in a case's thread too. */
function isAboutBot(event: InboundEvent): boolean {
  if (event.kind === 'action') return event.action === 'help';
  return event.kind === 'command' && ['help', 'status', 'settings'].includes(event.name);
}
