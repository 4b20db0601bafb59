// What the model says before the reveal: nothing that depends on the film but its projection, and that in words of ours. A participant's words never reach it.
import { PROJECTION_QUESTION } from '../../prompts/teaching.ts';
import type { ModeRoom } from '../mode-room.ts';
import { NOT_YET } from './case-text.ts';

const ASKS_PROJECTION = /\b(?:projection|(?:ap|pa)\s*(?:or|\/)\s*(?:ap|pa)|which view|what view)\b/i;

/** The answer to `question` about a hidden case; the model is asked once only, under one key. Throws what the engine throws. */
export async function hiddenAnswer(
  room: Pick<ModeRoom, 'conversation'>,
  conversationId: string,
  question: string,
  signal: AbortSignal,
): Promise<string> {
  if (!ASKS_PROJECTION.test(question)) return NOT_YET;
  const conversation = await room.conversation(conversationId);
  if (conversation === null) return NOT_YET;
  const { answer } = await conversation.ask(PROJECTION_QUESTION, { key: 'projection', signal }).turn;
  const isAp = /\b(?:ap|anteroposterior|antero-posterior)\b/i.test(answer);
  const isPa = /\b(?:pa|posteroanterior|postero-anterior)\b/i.test(answer);
  if (isAp === isPa) return `I can't tell the projection. ${NOT_YET}`;
  return `I take it for ${isAp ? 'an AP' : 'a PA'} view. ${NOT_YET}`;
}
