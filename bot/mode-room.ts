// What a mode (teaching cases) works with beside each event: engine, a store of its own, the plain reading of a film, replies when no event is at hand.
import type Keyv from 'keyv';
import type { Conversation, EncodedImage, Engine, Turn } from '../engine/engine.ts';
import { REPORT_PROMPTS } from '../prompts/paper.ts';
import { shownText } from './answer.ts';
import type { Adapter, InboundEvent, Log, Mode, Place, Reply, ReplyContent, ReplyOptions, Taken } from './contract.ts';
import { seedOf } from './conversations.ts';
import type { Parts } from './parts.ts';
import { phrasesOf } from './phrases.ts';
import { drawFilm, reportContent } from './report.ts';
import type { ChannelSettings } from './settings.ts';

export interface FilmReading {
  image: EncodedImage;
  turn: Turn;
  /** The report as people may see it, with panel, film, warnings and who made it. */
  content: ReplyContent;
  /** PNG of the film under the attention map; null where the bundle gives none. */
  overlaid: Uint8Array | null;
}

export interface ModeRoom {
  /** Waits for the models; rejects with `bundle-…` while they cannot be loaded. */
  engine(): Promise<Engine>;
  /** A part of the state store that nobody else uses; `name` of letters only. */
  store(name: string, ttlMs: number | null): Keyv;
  log: Log;
  settings(place: Place): Promise<ChannelSettings>;
  /** What modes took in for the thread and has not answered yet, oldest first. */
  waiting(place: Place): InboundEvent[];
  /** A reply without an event; the adapter is the one that the thread's name begins with. */
  reply(place: Place, options: ReplyOptions): Promise<Reply>;
  /** True if what is told one person there is seen by nobody else. */
  canBePrivate(place: Place): boolean;
  /**
   * Takes in an event that the mode itself made (a timer): it goes through the journal and waits for its turn in the thread like any other, and one id
   * counts once. People could send the like of it, so the mode must not believe it more than a person's.
   */
  wake(event: InboundEvent): Promise<Taken>;
  /**
   * The plain reading of a film, shown to nobody: encoded, asked with the channel's report prompt in the engine's conversation `conversation`
   * (forget it with `forgetFilm`), filtered and drawn. Twice under one conversation gives the same report. Throws CxrError.
   */
  readFilm(request: {
    bytes: Uint8Array;
    name: string;
    conversation: string;
    place: Place;
    signal: AbortSignal;
  }): Promise<FilmReading>;
  /** The conversation of an earlier `readFilm`, kept warm; null if it is gone. Don't close it. */
  conversation(id: string): Promise<Conversation | null>;
  /** Erases it, also from files left on disk. */
  forgetFilm(id: string): Promise<void>;
  /** Makes what was deleted unreadable in files left on disk. */
  scrub(): Promise<void>;
  /** When what is kept of cases goes, in milliseconds from now. */
  retentionMs: number;
}

/** Each mode is made once, before the first event. */
export type CreateMode = (room: ModeRoom) => Mode;

export function createModeRoom(
  parts: Parts,
  retentionMs: number,
  wake: (adapter: Adapter, event: InboundEvent) => Promise<Taken>,
): ModeRoom {
  const adapterOf = (place: Place): string => place.thread.split(':')[0] ?? '';
  const settings: ModeRoom['settings'] = (place) => parts.settings.of(adapterOf(place), place);
  return {
    engine: parts.engine,
    store: (name, ttlMs) => parts.store.namespace(`mode${name}`, ttlMs),
    log: parts.log,
    settings,
    retentionMs,
    reply: (place, options) => parts.adapter(adapterOf(place)).reply(place, options),
    waiting: ({ thread }) =>
      [...parts.open.values()]
        .filter(
          ({ event, mode, refusal }) => event.place.thread === thread && mode !== undefined && refusal === undefined,
        )
        .map(({ event }) => event),
    canBePrivate: (place) => parts.adapter(adapterOf(place)).canBePrivate === true,
    wake: (event) => wake(parts.adapter(adapterOf(event.place)), event),
    conversation: (id) => parts.conversations.find(id),
    async forgetFilm(id) {
      await parts.conversations.forget(id);
      await parts.store.scrub();
    },
    scrub: () => parts.store.scrub(),
    async readFilm({ bytes, name, conversation: id, place, signal }) {
      const engine = await parts.engine();
      const { prompt, language } = await settings(place);
      const phrases = phrasesOf(language);
      const image = await engine.encode(bytes, { signal });
      const conversation = await parts.conversations.start(id, image);
      const turn = await conversation.ask(REPORT_PROMPTS[prompt], { key: 'report', image: 0, seed: seedOf(id), signal })
        .turn;
      const { text, dropped } = shownText(turn.answer, false);
      const content = reportContent({
        answer: { turn, text, notes: dropped > 0 ? [phrases.priorsDropped(dropped)] : [] },
        heading: `${phrases.report(name, 1, 1)}\n\n`,
        bundle: engine.bundle,
        findings: image.findings,
        label: parts.label,
        phrases,
        confirmed: [],
        drawn: await drawFilm(parts, engine.bundle, image, 0),
        isFirstContact: false,
      });
      return { image, turn, content, overlaid: await parts.pictures.overlaid(image) };
    },
  };
}
