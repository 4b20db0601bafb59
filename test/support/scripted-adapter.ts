// An adapter over the scripted platform: tests send events in by hand and read the platform's store; it passes the conformance suite too.
import type {
  Adapter,
  Attachment,
  InboundEvent,
  MessageEvent,
  Place,
  Receive,
  Reply,
  ReplyContent,
} from '../../bot/contract.ts';
import { CxrError } from '../../engine/error.ts';
import type { ScriptedPlatform, StoredPost } from './scripted-platform.ts';

export interface ScriptedAdapter extends Adapter {
  /** True; tests set it to false for a platform that shows everything to everybody. */
  canBePrivate: boolean;
  /** Delivers an event as the platform would; resolves once the core has taken it in. */
  deliver(event: InboundEvent): Promise<void>;
  /** Ends at once, as a crash: nothing more reaches the platform. */
  kill(): void;
}

export function createScriptedAdapter(platform: ScriptedPlatform, name = 'scripted'): ScriptedAdapter {
  let receive: Receive | null = null;
  let dead = false;

  async function write(post: StoredPost): Promise<void> {
    if (dead) return new Promise(() => {});
    await platform.beforeWrite?.();
    platform.save({ ...post, writes: post.writes + 1 });
  }

  function replyOver(id: string): Reply {
    const current = (): StoredPost => {
      const post = platform.posts.get(id);
      if (post === undefined) throw new CxrError('platform-failed', 'The chat platform lost a post.');
      return post;
    };
    return {
      post: id,
      update: (text, controls = []) => write({ ...current(), text, outcome: null, controls }),
      finish: (content) => write(finished(current(), content)),
      fail: (sentence) => write({ ...current(), text: sentence, outcome: 'failed', controls: [] }),
    };
  }

  return {
    name,
    canBePrivate: true,
    async start(into) {
      receive = into;
    },
    async stop() {
      receive = null;
    },
    async reply(place, options) {
      const id = `${place.thread}/${options.key}`;
      if (!platform.posts.has(id)) {
        await write({
          id,
          thread: place.thread,
          key: options.key,
          text: '',
          outcome: null,
          controls: [],
          pictures: [],
          files: [],
          film: null,
          privateTo: options.privateTo ?? null,
          writes: 0,
          finishes: 0,
        });
      }
      return replyOver(id);
    },
    async read(attachment, { maxBytes, signal }) {
      if (signal.aborted) throw new CxrError('aborted', 'Stopped.');
      const file = platform.files.get(attachment.id);
      if (file === undefined) throw new CxrError('attachment-unavailable', 'The file is no longer there.');
      await platform.beforeRead?.(file);
      if (file.bytes.length > maxBytes) throw new CxrError('image-too-large', 'The file is too large.');
      return file.bytes;
    },
    async outdate(_, id) {
      const post = platform.posts.get(id);
      if (post !== undefined) platform.save({ ...post, isOutdated: true, controls: [] });
    },
    health: () => (receive === null ? { ready: false, detail: 'stopped' } : { ready: true }),
    async deliver(event) {
      if (receive === null) throw new Error('the scripted adapter is not started');
      await receive(event);
    },
    kill() {
      dead = true;
      receive = null;
    },
  };
}

function finished(post: StoredPost, content: ReplyContent): StoredPost {
  return {
    ...post,
    text: content.text,
    outcome: 'finished',
    controls: content.controls ?? [],
    pictures:
      content.pictures?.map((each) => ({
        name: each.name,
        alt: each.alt,
        base64: Buffer.from(each.png).toString('base64'),
      })) ?? post.pictures,
    files: (content.files ?? []).map((each) => ({
      name: each.name,
      base64: Buffer.from(each.bytes).toString('base64'),
    })),
    film:
      content.film === undefined
        ? null
        : { hasOverlay: content.film.overlay !== null, findings: content.film.findings.length },
    finishes: post.finishes + 1,
  };
}

let counter = 0;

/** A message event with every field filled in; `attachments` are put into the platform's store. */
export function messageEvent(
  platform: ScriptedPlatform,
  options: {
    id?: string;
    thread?: string;
    text?: string;
    author?: string;
    roles?: readonly string[];
    isBot?: boolean;
    isDirect?: boolean;
    channel?: string;
    space?: string;
    mentionsBot?: boolean;
    mentionsOthers?: boolean;
    files?: readonly {
      id?: string;
      name?: string;
      mediaType?: string;
      bytes: Uint8Array;
      size?: number;
      servesTwice?: boolean;
    }[];
  } = {},
): MessageEvent {
  counter += 1;
  const attachments: Attachment[] = (options.files ?? []).map((file, index) => {
    const id = file.id ?? `file-${counter}-${index}`;
    const name = file.name ?? `film-${index}.png`;
    const mediaType = file.mediaType ?? 'image/png';
    platform.files.set(id, { id, name, mediaType, bytes: file.bytes });
    return {
      id,
      name,
      mediaType,
      size: file.size ?? file.bytes.length,
      reference: file.servesTwice === false ? null : JSON.stringify({ id }),
    };
  });
  return {
    kind: 'message',
    id: options.id ?? `message-${counter}`,
    place: placeOf(options),
    author: {
      id: options.author ?? 'person-1',
      name: 'Dr Example',
      isBot: options.isBot ?? false,
      ...(options.roles ? { roles: options.roles } : {}),
    },
    at: Date.now(),
    text: options.text ?? '',
    attachments,
    mentionsBot: options.mentionsBot ?? false,
    mentionsOthers: options.mentionsOthers ?? false,
  };
}

export function placeOf(options: { thread?: string; channel?: string; space?: string; isDirect?: boolean }): Place {
  return {
    thread: options.thread ?? `scripted:${options.channel ?? 'channel-1'}:thread-${counter}`,
    channel: options.channel ?? 'channel-1',
    space: options.space ?? 'space-1',
    isDirect: options.isDirect ?? false,
  };
}
