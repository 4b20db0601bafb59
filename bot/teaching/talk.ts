// Words in a case's thread without a command: answers, questions before the reveal, talk with the model after it.
import { shownText } from '../answer.ts';
import { plainText } from '../plain-text.ts';
import { MAX_ANSWER_CHARS, readWords, saysSomething, takeAnswer } from './answers.ts';
import type { CaseRequest } from './case-event.ts';
import type { CaseTurn } from './case-turn.ts';
import { hiddenAnswer } from './hidden-talk.ts';
import { takeDeleted } from './leaving.ts';
import type { CaseSession } from './session.ts';

type Words = Extract<CaseRequest, { kind: 'words' }>;

export async function takeWords(turn: CaseTurn, session: CaseSession, request: Words): Promise<true> {
  const { event, room, tell, context } = turn;
  const { text, toBot, hasFiles, message } = request;
  const known = session.answers.find((answer) => answer.event === message);
  if (known !== undefined && known.person !== event.author.id) return true;
  if (hasFiles)
    return tell({ text: 'This thread belongs to a case; please send other films in a thread of their own.' });
  const isQuestion = /\?\s*$/.test(text.trim());
  const [film] = session.films;
  if (film === undefined) return true;
  if (session.revealed) return toBot || isQuestion ? askModel(turn, film.conversation, text) : true;
  if (text.length > MAX_ANSWER_CHARS && !toBot) return true;
  const said = readWords(text);
  if (!isQuestion && saysSomething(said)) return takeAnswer(turn, session, message, said);
  // Edited into something that is no answer: what was read before is no longer said.
  if (event.kind === 'edit') return takeDeleted(turn, session, message);
  if (isQuestion || toBot) return tell({ text: await hiddenAnswer(room, film.conversation, text, context.signal) });
  return true;
}

async function askModel({ event, room, tell, context }: CaseTurn, conversationId: string, text: string): Promise<true> {
  const conversation = await room.conversation(conversationId);
  if (conversation === null) return tell({ text: 'The model’s conversation about this film is gone.' });
  const { answer } = await conversation.ask(plainText(text), { key: event.id, signal: context.signal }).turn;
  return tell({ text: `${shownText(answer, false).text}\n\n(The model's words; not a diagnosis.)`, isDraft: true });
}
