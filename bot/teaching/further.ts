// What the model says when it is asked on after its hidden report, as the paper's dialogue does: differential diagnosis, then further examination.
import { toCxrError } from '../../engine/error.ts';
import { DIFFERENTIAL_QUESTION, EXAMINATION_QUESTION } from '../../prompts/paper.ts';
import { shownText } from '../answer.ts';
import { seedOf } from '../conversations.ts';
import type { CaseTurn } from './case-turn.ts';
import type { CaseSession, Further } from './session.ts';

type Asking = Pick<CaseTurn, 'room' | 'cases' | 'event' | 'context'>;

/** Asks once and keeps the answers in the case; they stay hidden with the report. A case goes on without them: what fails is logged, and asked again at the reveal. */
export async function askFurther(asking: Asking, session: CaseSession): Promise<void> {
  if (session.further !== null) return;
  const { room, event, context, cases } = asking;
  try {
    const further = await hear(asking, session);
    await cases.update(session.place.thread, `${event.id} further`, (now) => ({ ...now, further }));
  } catch (error) {
    if (context.signal.aborted || toCxrError(error).code === 'store-failed') throw error;
    room.log.warn({ err: error }, 'the model could not be asked on about a case');
  }
}

async function hear({ room, context }: Asking, { films }: CaseSession): Promise<Further> {
  const ask = async (id: string, key: string, question: string): Promise<string> => {
    const conversation = await room.conversation(id);
    if (conversation === null) return '';
    const recorded = conversation.turns.find((turn) => turn.key === key);
    // Cut off by a shutdown: half an answer is no answer.
    if (recorded?.stopReason === 'aborted') await conversation.rewind(key);
    const { answer } = await conversation.ask(question, { key, seed: seedOf(`${id} ${key}`), signal: context.signal })
      .turn;
    context.signal.throwIfAborted();
    return shownText(answer, false).text;
  };
  const heard: Further[] = [];
  for (const { conversation } of films) {
    const differential = await ask(conversation, 'differential', DIFFERENTIAL_QUESTION);
    heard.push({ differential, examination: await ask(conversation, 'examination', EXAMINATION_QUESTION) });
  }
  const together = (part: keyof Further): string => [...new Set(heard.map((each) => each[part]))].join(' ').trim();
  return { differential: together('differential'), examination: together('examination') };
}
