// A question in a thread: answered from the thread's conversation, streamed, remembered under its key.
import { CxrError } from '../engine/error.ts';
import { ask, stopControl } from './answer.ts';
import type { Parts, Work } from './parts.ts';
import { plainText } from './plain-text.ts';
import { answerControls, contradicted } from './report.ts';
import { denials } from './safety/contradiction.ts';
import type { ThreadState } from './thread.ts';

export interface QuestionRequest {
  state: ThreadState;
  question: string;
  /** Key of the reply that shows the answer. */
  reply: string;
  /** Key of the turn in the conversation. */
  key: string;
  /** Event that asked. */
  message: string;
  notes?: readonly string[];
}

/** Throws CxrError `question-empty`, `question-too-long`, `conversation-unknown`, or what the engine throws. */
export async function answerQuestion(parts: Parts, work: Work, request: QuestionRequest): Promise<void> {
  const { entry, phrases, settings } = work;
  const { state, key } = request;
  const question = questionOf(parts, work, request.question);
  const reply = await parts.replies.begin(entry, request.reply);
  await reply.update(phrases.thinking, stopControl(phrases));
  const conversation = await parts.conversations.find(state.conversation);
  if (conversation === null) throw new CxrError('conversation-unknown', phrases.noImageYet);
  const answer = await ask(parts, work, { conversation, text: question, key, reply, heading: '' });
  const turn = { message: request.message, key, reply: request.reply, post: reply.post, kind: 'question' as const };
  await parts.threads.record(state, { ...turn, prompt: settings.prompt, film: state.films.length - 1, brings: false });
  await parts.stage('answered', entry);
  const notes = [...answer.notes, ...(request.notes ?? [])].join('\n');
  const warnings = denials(parts.label(answer.text), conversation.images).map((each) => contradicted(phrases, each));
  await parts.replies.finish(entry, request.reply, {
    text: [answer.text, notes, warnings.join('\n')].filter((block) => block !== '').join('\n\n'),
    controls: answerControls(phrases),
    isDraft: true,
  });
  await parts.stage('finished', entry);
}

/** The question as the model may see it. */
function questionOf(parts: Parts, { phrases }: Work, text: string): string {
  const question = plainText(text);
  if (question === '') throw new CxrError('question-empty', phrases.emptyMessage);
  const { maxQuestionChars } = parts.limits;
  if (question.length > maxQuestionChars)
    throw new CxrError('question-too-long', phrases.questionTooLong(maxQuestionChars));
  return question;
}
