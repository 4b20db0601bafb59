// What a handler of a teaching case is given, and what a verb or button is: everything that happens in a case's thread has one of these two shapes.
import type { ActionEvent, Attachment, InboundEvent, ModeContext, ReplyContent } from '../contract.ts';
import type { ModeRoom } from '../mode-room.ts';
import type { LibrarySource } from './library/library-source.ts';
import type { ProgressStore } from './progress/progress-store.ts';
import type { QuizStore } from './quiz/quiz-store.ts';
import type { CaseSession, CaseStore } from './session.ts';

/** One event about a case being worked on. */
export interface CaseTurn {
  room: ModeRoom;
  cases: CaseStore;
  library: LibrarySource;
  progress: ProgressStore;
  quizzes: QuizStore;
  hasLeaderboard: boolean;
  event: InboundEvent;
  context: ModeContext;
  /** Answers the event, once: a second run of it continues the same reply. `privately`: for its author alone. */
  tell(content: ReplyContent, privately?: boolean): Promise<true>;
  /** Something more about the event, in the same place, for one person alone; `part` tells it from what else is told. */
  whisper(person: string, part: string, content: ReplyContent): Promise<true>;
}

/** `/case verb argument`, typed or by the platform's command. */
export interface CaseCommand {
  verb: string;
  argument: string;
  attachments: readonly Attachment[];
}

interface VerbText {
  name: string;
  /** What follows the name in the help, e.g. `title: …; history: …`; empty for nothing. */
  form: string;
  /** The help line; null for a verb that another line explains. */
  help: string | null;
}

/** A verb about the case of the thread. The handler gets the session as it was when the event came; it changes it by `CaseStore.update` only. */
export interface CaseVerb extends VerbText {
  needs: 'case';
  who: 'teacher' | 'anybody';
  run(turn: CaseTurn, session: CaseSession, command: CaseCommand): Promise<true>;
}

/** A verb that also works where there is no case. */
export interface FreeVerb extends VerbText {
  needs: 'nothing';
  run(turn: CaseTurn, session: CaseSession | null, command: CaseCommand): Promise<true>;
}

export type Verb = CaseVerb | FreeVerb;

/** A button of ours; it may be pressed elsewhere than in the case's thread (a private answer may come as a direct message). */
export type ButtonHandler = (turn: CaseTurn & { event: ActionEvent }) => Promise<true>;
