// A case enters a thread, whatever it is made of: its films are read, the reports kept hidden, and the thread belongs to it from now on.
import { CxrError } from '../../engine/error.ts';
import { shownText } from '../answer.ts';
import { nameOf } from '../identity.ts';
import { shownName } from '../plain-text.ts';
import { giveAnswer } from './answer-form.ts';
import type { CaseDescription } from './case-line.ts';
import { openingText } from './case-text.ts';
import type { CaseTurn } from './case-turn.ts';
import { offerDraft } from './draft.ts';
import { readDuration } from './durations.ts';
import { askFurther } from './further.ts';
import { filmOf, picturesOf } from './pictures.ts';
import { readAnswer } from './read-answer.ts';
import { canBeRevealed } from './reveal-case.ts';
import { type CaseOrigin, type CaseSession, type ReadFilm, UNTOUCHED } from './session.ts';

interface FilmSource {
  name: string;
  read(): Promise<Uint8Array>;
}

export interface CaseMaterial {
  description: CaseDescription;
  films: readonly FilmSource[];
  origin: CaseOrigin | null;
}

/** Opens the case that `gather` gives; it is asked only where the thread is free. A second run of the same event shows the same opening. */
export async function openCase(
  turn: CaseTurn,
  session: CaseSession | null,
  gather: () => Promise<CaseMaterial>,
): Promise<true> {
  const { cases, event } = turn;
  if (session?.event === event.id) return welcome(turn, session);
  if (session !== null)
    throw new CxrError('usage', 'This thread has a case already; open the next one in a thread of its own.');
  const { description, films: sources, origin } = await gather();
  const read = await readFilms(turn, sources, ['case', event.place.thread, event.id]);
  const films = read.map(({ conversation, report, hasOverlay }) => ({ conversation, report, hasOverlay }));
  const revealAfter = readDuration(description.reveal);
  const opened: CaseSession = {
    event: event.id,
    openedAt: event.at,
    origin,
    place: event.place,
    teacher: event.author.id,
    description,
    films,
    model: readAnswer(films.map(({ report }) => report).join('\n\n')),
    ...UNTOUCHED,
    revealAt: revealAfter === null ? null : Date.now() + revealAfter,
  };
  const pictures = read.map(({ picture, panels, overlay, map, findings = [] }) => ({
    picture,
    panels,
    overlay,
    map,
    findings,
  }));
  await cases.open(opened, pictures);
  return welcome(turn, opened);
}

/** What follows the opening: to the class the film, to the teacher alone a draft of the findings if none were given; then the model is asked on. */
async function welcome(turn: CaseTurn, session: CaseSession): Promise<true> {
  const pictures = await turn.cases.pictures(session);
  await turn.tell({
    text: openingText(session),
    title: session.description.title,
    pictures: picturesOf(pictures),
    ...filmOf(pictures, session.revealed),
    controls: [giveAnswer(turn.cases, session)],
  });
  if (!canBeRevealed(session)) await offerDraft(turn, session);
  await askFurther(turn, session);
  return true;
}

/** The plain reading of films, shown to nobody. `key` names what they are read for: the same key gives the same reports. */
export async function readFilms(
  { room, event, context }: Pick<CaseTurn, 'room' | 'event' | 'context'>,
  sources: readonly FilmSource[],
  key: readonly string[],
): Promise<ReadFilm[]> {
  const films: ReadFilm[] = [];
  for (const [index, { name, read }] of sources.entries()) {
    const conversation = nameOf(...key, index.toString());
    const { content, turn, overlaid } = await room.readFilm({
      bytes: await read(),
      name: shownName(name),
      conversation,
      place: event.place,
      signal: context.signal,
    });
    const panels = (content.pictures ?? []).map((panel) => ({
      base64: base64(panel.png),
      name: panel.name,
      alt: panel.alt,
    }));
    const picture = base64(content.film?.png ?? new Uint8Array());
    const overlay = overlaid === null ? null : base64(overlaid);
    const report = shownText(turn.answer, false).text;
    const drawnMap = content.film?.overlay ?? null;
    const map = drawnMap === null ? null : base64(drawnMap);
    const findings = content.film?.findings ?? [];
    films.push({ conversation, report, hasOverlay: overlay !== null, picture, panels, overlay, map, findings });
  }
  return films;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
