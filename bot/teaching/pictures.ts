// What is kept of a case's films as a reply shows it: bare before the reveal, with the findings' panel at the reveal.
import type { ReplyContent } from '../contract.ts';
import type { FilmPictures } from './session.ts';

/** The films as people see them before the reveal. */
export function picturesOf(films: readonly FilmPictures[]): NonNullable<ReplyContent['pictures']> {
  return films.map(({ picture }, index) => ({
    png: Buffer.from(picture, 'base64'),
    name: `film-${index + 1}.png`,
    alt: `Film ${index + 1} of the case`,
  }));
}

/** The panels as the reveal shows them. */
export function panelsOf(films: readonly FilmPictures[]): NonNullable<ReplyContent['pictures']> {
  return films.flatMap(({ panels }) =>
    panels.map(({ base64, name, alt }) => ({ png: Buffer.from(base64, 'base64'), name, alt })),
  );
}

/**
 * For the page's viewer, which shows one film a reply: the film, and nothing that the model makes of it before the reveal. None where a case has
 * several: they stand in the reply as pictures. `image`: its number among the films of the thread.
 */
export function filmOf(
  [film, ...more]: readonly FilmPictures[],
  isRevealed: boolean,
  image = 0,
): Pick<ReplyContent, 'film'> {
  if (film === undefined || more.length > 0) return {};
  const overlay = isRevealed && film.map !== null ? Buffer.from(film.map, 'base64') : null;
  const findings = isRevealed ? (film.findings ?? []) : [];
  return { film: { image, png: Buffer.from(film.picture, 'base64'), overlay, findings } };
}
