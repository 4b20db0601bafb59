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
