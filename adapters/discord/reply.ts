// One reply: drafts as they grow, then the whole answer with its buttons; pictures and files hang on its first message.
import type { RawFile } from 'discord.js';
import type { Control, Log, Reply, ReplyContent } from '../../bot/contract.ts';
import type { DraftThrottle } from '../shared/throttle.ts';
import { type Carried, type Carrier, type Outgoing, PlaceGone } from './carrier.ts';
import { actionRows, askingFirst } from './controls.ts';
import type { Destinations } from './destinations.ts';
import { CODE, discordCode } from './discord-api.ts';
import { createPostedMessages } from './posted-messages.ts';
import { draftMark, replyMark, splitForDiscord, toContent } from './render.ts';

export interface ReplyParts {
  post: string;
  /** Short name of the reply: in the small line under its messages. */
  ref: string;
  destinations: Destinations;
  found: readonly (Carried & { carrier: Carrier })[];
  throttle: DraftThrottle;
  /** Keeps the forms of buttons before they are shown. */
  keepForms(controls: readonly Control[], post: string): Promise<void>;
  lane: string;
  log: Log;
}

const UPLOAD_FAILED = 'The picture or file that belongs here could not be uploaded to Discord.';
/** https://docs.discord.com/developers/reference#uploading-files */
const MAX_FILES = 10;
const MAX_ALT_LENGTH = 1_024;
const REFUSED_UPLOAD: ReadonlySet<number> = new Set([
  CODE.requestTooLarge,
  CODE.fileTooLarge,
  CODE.missingPermissions,
  413,
]);

type Uploads = Pick<Outgoing, 'files' | 'attachments'>;

export function createReply(parts: ReplyParts): Reply {
  const { post, ref, throttle, log } = parts;
  const messages = createPostedMessages({ ref, destinations: parts.destinations, found: parts.found });
  let newest = 0;
  let writing: Promise<unknown> = Promise.resolve();

  /** One write at a time, in the order in which they were wanted. */
  function inTurn(write: () => Promise<void>): Promise<void> {
    const done = writing.then(write).catch((error: unknown) => {
      if (!(error instanceof PlaceGone)) throw error;
      log.info({ err: error, ref }, 'an answer has no place any more: its thread or message was deleted');
    });
    writing = done.catch(() => undefined);
    return done;
  }

  async function show(text: string, mark: string, controls: readonly Control[], uploads: Uploads): Promise<void> {
    const pieces = splitForDiscord(text);
    const texts = pieces.length === 0 ? [''] : pieces;
    const shown = controls.map(askingFirst);
    const rows = actionRows(shown, post);
    await parts.keepForms(shown, post);
    await messages.show(
      texts.map((piece, index) => ({
        content: toContent(piece, mark),
        components: index === texts.length - 1 ? rows : [],
        ...(index === 0 ? uploads : {}),
      })),
    );
  }

  /** What hangs on the first message afterwards: new ones replace those of the same name; an empty list of pictures takes them away. */
  function uploadsOf({ pictures, files }: ReplyContent): Uploads {
    const fresh = [
      ...(pictures ?? []).map(({ png, name, alt }) => ({ name: safeName(name), data: png, alt })),
      ...(files ?? []).map(({ bytes, name }) => ({ name: safeName(name), data: bytes, alt: name })),
    ];
    const present = messages.attachments();
    if (fresh.length === 0 && (pictures === undefined || present.length === 0)) return {};
    const kept = present.filter(
      ({ filename }) =>
        !fresh.some(({ name }) => name === filename) && !(pictures?.length === 0 && filename.endsWith('.png')),
    );
    const uploaded = fresh.slice(0, Math.max(0, MAX_FILES - kept.length));
    return {
      files: uploaded.map(({ name, data }): RawFile => ({ name, data: Buffer.from(data) })),
      attachments: [
        ...kept.map(({ id }) => ({ id })),
        ...uploaded.map(({ name, alt }, id) => ({ id, filename: name, description: alt.slice(0, MAX_ALT_LENGTH) })),
      ],
    };
  }

  async function showWhole(content: ReplyContent): Promise<void> {
    newest += 1;
    await throttle.settle(post);
    const controls = content.controls ?? [];
    await inTurn(async () => {
      try {
        await show(content.text, replyMark(ref), controls, uploadsOf(content));
      } catch (error) {
        const hasUploads = (content.pictures?.length ?? 0) + (content.files?.length ?? 0) > 0;
        if (!hasUploads || !REFUSED_UPLOAD.has(discordCode(error) ?? 0)) throw error;
        log.error({ err: error }, 'uploading to Discord failed');
        await show(`${content.text}\n\n*${UPLOAD_FAILED}*`, replyMark(ref), controls, {});
      }
    });
  }

  return {
    post,
    async update(text, controls = []) {
      if (text.trim() === '') return;
      newest += 1;
      const number = newest;
      const isFirst = messages.count() === 0 && number === 1;
      // A draft that is not the newest any more is left out, wherever it waited.
      const send = (): Promise<void> =>
        inTurn(async () => (number === newest ? show(text, draftMark(ref), controls, {}) : undefined));
      // People wait for the receipt: it does not wait for other replies' edits.
      if (isFirst) await send().catch((error: unknown) => log.error({ err: error }, 'a receipt was not shown'));
      else throttle.offer(parts.lane, post, send);
    },
    finish: showWhole,
    fail: (sentence) => showWhole({ text: sentence }),
  };
}

function safeName(name: string): string {
  return name.replace(/[^\w.-]+/g, '_').slice(-80) || 'file';
}
