// A message (or the command `read`): its films one by one, then what was asked beside them.
import type { CxrErrorCode } from '../engine/error.ts';
import { toCxrError } from '../engine/error.ts';
import type { CommandEvent, MessageEvent } from './contract.ts';
import { readFilm } from './film-turn.ts';
import type { Parts, Work } from './parts.ts';
import { shownName } from './plain-text.ts';
import { answerQuestion } from './question-turn.ts';
import { abortReason } from './queue.ts';
import { isReportRequest } from './words.ts';

/** Codes that concern one file only: the person is told, the other files of the message are read all the same. */
const ABOUT_THE_FILE: ReadonlySet<CxrErrorCode> = new Set([
  'image-empty',
  'image-too-large',
  'image-too-many-pixels',
  'image-truncated',
  'image-corrupt',
  'image-animated',
  'image-unsupported',
  'image-not-chest',
  'attachment-unavailable',
  'attachment-unsupported',
]);

const FORCE = /\bread (it |this )?anyway\b|\btrotzdem lesen\b/i;

export async function answerMessage(parts: Parts, work: Work<MessageEvent | CommandEvent>): Promise<string> {
  const { entry, event, phrases } = work;
  const text = event.kind === 'message' ? event.text : event.argument;
  const { attachments } = event;
  for (const index of attachments.keys()) await takeFile(parts, work, index, FORCE.test(text));
  const question = text.replace(FORCE, '').trim();
  const key = parts.replies.keyOf(entry);
  if (attachments.length > 0 && (question === '' || isReportRequest(question) || event.kind === 'command'))
    return 'film';
  if (parts.replies.isAnswered(entry, key)) return 'question';
  const state = await parts.threads.open(entry.adapter, event.place);
  if (state.films.length === 0) {
    if (attachments.length === 0) await parts.replies.finish(entry, key, { text: phrases.noImageYet });
    return 'nothing';
  }
  await answerQuestion(parts, work, { state, question, reply: key, key, message: event.id });
  return attachments.length > 0 ? 'film and question' : 'question';
}

/** Reads one file of the message, or tells why not. Throws only what concerns more than this file. */
async function takeFile(
  parts: Parts,
  work: Work<MessageEvent | CommandEvent>,
  index: number,
  force: boolean,
): Promise<void> {
  const { entry, event, phrases, signal } = work;
  const attachment = event.attachments[index];
  const key = parts.replies.keyOf(entry, index);
  if (attachment === undefined || parts.replies.isAnswered(entry, key)) return;
  const name = shownName(attachment.name);
  const { maxImages } = parts.limits;
  if (index >= maxImages) {
    parts.metrics.refusal('too-many-images');
    return parts.replies.fail(entry, key, phrases.notRead(name, `${phrases.tooManyImages(maxImages)}.`));
  }
  try {
    await readFilm(parts, work, { attachment, key, force });
  } catch (error) {
    const refusal = toCxrError(error);
    if (!ABOUT_THE_FILE.has(refusal.code) || abortReason(signal) !== null) throw error;
    parts.metrics.refusal(refusal.code);
    parts.log.info(
      {
        id: entry.id,
        code: refusal.code,
        detail: refusal.detail,
        mediaType: attachment.mediaType,
        size: attachment.size,
      },
      'file refused',
    );
    await parts.journal.release(attachment);
    const hint = refusal.code === 'image-not-chest' ? ` ${phrases.readAnyway}` : '';
    await parts.replies.fail(entry, key, `${phrases.notRead(name, refusal.message)}${hint}`);
  }
}
