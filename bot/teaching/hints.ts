// The staged hints of a case: the teacher's own, where to look, the overlay, how many findings, one of them, the answer. The reveal stays the teacher's.
import type { ReplyContent } from '../contract.ts';
import { expectedOf, listed } from './results.ts';
import type { CaseSession, FilmPictures } from './session.ts';

interface Hint {
  kind: string;
  /** `pictures`: what is shown of the case's films. */
  content(pictures: readonly FilmPictures[]): ReplyContent;
}

const PLACES =
  /\b(?:(?:left|right|both|bilateral) )?(?:upper|lower|middle|mid|apical|basal|basilar|base|bases|apex|apices|hilar|hilum|retrocardiac|costophrenic angles?|lung|heart)\b/i;

/** The first hint that was not given yet; null when none is left. */
export function nextHint(session: CaseSession): Hint | null {
  const given = new Set(session.hints.map(({ kind }) => kind));
  return hintsOf(session).find(({ kind }) => !given.has(kind)) ?? null;
}

/** A hint that was given, as the case stands now. */
export function hintOf(session: CaseSession, kind: string): Hint | null {
  return hintsOf(session).find((hint) => hint.kind === kind) ?? null;
}

function hintsOf(session: CaseSession): Hint[] {
  const { hints, findings } = session.description;
  const say = (kind: string, text: string): Hint => ({ kind, content: () => ({ text }) });
  const own = hints.map((text, index) => say(`own-${index}`, text));
  const place = PLACES.exec(findings)?.[0];
  const where = place === undefined ? [] : [say('place', `Look again here: ${place.toLowerCase()}.`)];
  return [...own, ...where, ...overlayHint(session), ...(findings.trim() === '' ? [] : answerHints(session))];
}

function overlayHint({ films }: CaseSession): Hint[] {
  if (!films.some(({ hasOverlay }) => hasOverlay)) return [];
  return [
    {
      kind: 'overlay',
      content: (pictures) => ({
        text: 'In colour: where the model’s attention lay. It outlines no finding, and it may mislead.',
        pictures: pictures.flatMap(({ overlay }, index) =>
          overlay === null
            ? []
            : [
                {
                  png: Buffer.from(overlay, 'base64'),
                  name: `attention-${index + 1}.png`,
                  alt: `Film ${index + 1} of the case with the model's attention`,
                },
              ],
        ),
      }),
    },
  ];
}

function answerHints(session: CaseSession): Hint[] {
  const expected = [...expectedOf(session)];
  const [first] = expected;
  const count =
    expected.length === 0 ? 'no finding' : expected.length === 1 ? 'one finding' : `${expected.length} findings`;
  const hints: [string, string][] = [['count', `The teacher expects ${count} of the list.`]];
  if (first !== undefined && expected.length > 1) hints.push(['finding', `One of them: ${listed([first])}.`]);
  hints.push(['answer', `The answer: ${expected.length === 0 ? 'none of the findings' : listed(expected)}.`]);
  return hints.map(([kind, text]) => ({ kind, content: () => ({ text }) }));
}
