// One uploaded film: bytes → encoder → conversation → streamed report → final content; the same key twice gives the same answer.
import type { Conversation, EncodedImage, Engine } from '../engine/engine.ts';
import { CxrError, toCxrError } from '../engine/error.ts';
import { REPORT_PROMPTS } from '../prompts/paper.ts';
import { ask, stopControl } from './answer.ts';
import type { Attachment } from './contract.ts';
import type { Parts, Work } from './parts.ts';
import { shownName } from './plain-text.ts';
import { confirmationLines, drawFilm, reportContent } from './report.ts';
import { subjectOf } from './routing.ts';
import type { ThreadFilm, ThreadState } from './thread.ts';

export interface FilmRequest {
  attachment: Attachment;
  /** Key of reply, film and turn alike. */
  key: string;
  /** Read on although the gate says that this is no chest radiograph. */
  force: boolean;
}

/** Reads one film and finishes its reply. Throws CxrError when the file is refused or the turn was aborted. */
export async function readFilm(parts: Parts, work: Work, request: FilmRequest): Promise<void> {
  const { entry, phrases, settings, signal } = work;
  const { attachment, key } = request;
  const name = shownName(attachment.name);
  const reply = await parts.replies.begin(entry, key);
  await reply.update(phrases.reading(name), stopControl(phrases));
  const engine = await parts.engine();
  const { state, film, conversation, image } = await enterFilm(parts, work, engine, request);
  const films = Math.max(state.films.length, 1);
  const heading = `${phrases.report(name, (film.index ?? 0) + 1, films)}\n\n`;
  if (image !== null) await parts.stage('encoded', entry);
  const text = REPORT_PROMPTS[settings.prompt];
  const answer = await ask(parts, work, { conversation, text, key, image: film.index ?? 0, reply, heading });
  const confirmed =
    settings.prompt === 'confirm' && answer.turn.stopReason === 'end'
      ? await confirmationLines(conversation, engine.bundle, phrases, signal)
      : [];
  const drawn = image === null ? null : await drawFilm(parts, engine.bundle, image, film.index ?? 0);
  await parts.threads.record(state, {
    message: entry.event.id,
    key,
    reply: key,
    post: reply.post,
    kind: 'report',
    prompt: settings.prompt,
    film: film.index ?? 0,
    brings: true,
  });
  await parts.stage('answered', entry);
  const content = reportContent({
    answer,
    heading,
    bundle: engine.bundle,
    findings: conversation.images[film.index ?? 0]?.findings ?? [],
    label: parts.label,
    phrases,
    confirmed,
    drawn,
    isFirstContact: await parts.contact.isFirst(entry.adapter, entry.event.place, key),
  });
  await parts.replies.finish(entry, key, content);
  await parts.stage('finished', entry);
}

interface Entered {
  state: ThreadState;
  film: ThreadFilm;
  conversation: Conversation;
  /** Null when the bytes are gone but the conversation has the film (after a crash). */
  image: EncodedImage | null;
}

/** Brings the film into the thread's conversation, exactly once, and erases held bytes as soon as it is in. */
async function enterFilm(parts: Parts, work: Work, engine: Engine, request: FilmRequest): Promise<Entered> {
  const { entry } = work;
  const state = await parts.threads.open(entry.adapter, entry.event.place);
  const known = state.films.find((each) => each.key === request.key);
  const resumed = await parts.conversations.find(state.conversation);
  const isIn =
    known !== undefined && resumed !== null && (known.index ?? Number.POSITIVE_INFINITY) < resumed.images.length;
  let image: EncodedImage;
  try {
    image = await encode(parts, work, engine, request);
  } catch (error) {
    if (isIn && toCxrError(error).code === 'attachment-unavailable')
      return { state, film: known, conversation: resumed, image: null };
    throw error;
  }
  const film: ThreadFilm = known ?? {
    key: request.key,
    index: null,
    attachment: request.attachment.id,
    message: subjectOf(work.event),
  };
  const note = () => {
    if (known === undefined) state.films.push(film);
  };
  if (resumed === null) {
    // Noted before the conversation exists: after a crash in between, the same film is not added a second time.
    film.index = 0;
    note();
    await parts.threads.save(state);
    const conversation = await parts.conversations.start(state.conversation, image);
    await parts.journal.release(request.attachment);
    return { state, film, conversation, image };
  }
  film.index = isIn && known !== undefined ? known.index : await resumed.addImage(image, request.key);
  note();
  await parts.threads.save(state);
  await parts.journal.release(request.attachment);
  return { state, film, conversation: resumed, image };
}

async function encode(parts: Parts, work: Work, engine: Engine, request: FilmRequest): Promise<EncodedImage> {
  const bytes = await bytesOf(parts, work, request.attachment);
  await parts.stage('downloaded', work.entry);
  return engine.encode(bytes, { signal: work.signal, force: request.force });
}

async function bytesOf(parts: Parts, work: Work, attachment: Attachment): Promise<Uint8Array> {
  const unread = work.entry.unread?.[attachment.id];
  if (unread !== undefined) throw new CxrError(unread.code as CxrError['code'], unread.sentence);
  refuseUnsuitable(attachment, parts.limits.maxImageBytes);
  if (attachment.reference === null) {
    const held = await parts.journal.held(attachment);
    if (held !== null) return held;
    throw new CxrError('attachment-unavailable', 'The file is no longer there; please upload it again.');
  }
  return work.adapter.read(attachment, { maxBytes: parts.limits.maxImageBytes, signal: work.signal });
}

const UNSUITABLE = /^(video|audio|font)\/|^application\/(pdf|zip|x-(7z|rar|tar)\S*|gzip|msword|vnd\.\S+)$|^image\/svg/;

/** Refuses before downloading what cannot be a film. Throws `attachment-unsupported` or `image-too-large`. */
function refuseUnsuitable({ mediaType, size }: Attachment, maxBytes: number): void {
  if (UNSUITABLE.test(mediaType)) {
    throw new CxrError(
      'attachment-unsupported',
      'I read PNG, JPEG, WebP, TIFF and DICOM images, and this is another kind of file.',
    );
  }
  if (size > maxBytes) {
    const megabytes = Math.floor(maxBytes / 1_000_000);
    throw new CxrError('image-too-large', `The file is too large; I take up to ${megabytes} MB.`);
  }
}
