// Fetches a film's pictures once per page and keeps their pixels ready for drawing; a forgotten conversation's are let go.
import type { PageFilm } from '../wire.ts';
import * as api from './api.ts';

export interface FilmPixels {
  width: number;
  height: number;
  /** One byte a pixel, row by row. */
  grey: Uint8Array;
  overlay: ImageBitmap | null;
}

export interface FilmShelf {
  load(thread: string, film: PageFilm): Promise<FilmPixels>;
  drop(thread: string): void;
}

const mostFilms = 24;

export function createFilmShelf(): FilmShelf {
  const films = new Map<string, Promise<FilmPixels>>();
  return {
    load(thread, film) {
      const key = `${thread}/${film.png}`;
      const known = films.get(key);
      if (known) return known;
      const loading = readFilm(thread, film);
      films.set(key, loading);
      loading.catch(() => films.delete(key));
      const oldest = films.keys().next().value;
      if (films.size > mostFilms && oldest !== undefined) films.delete(oldest);
      return loading;
    },
    drop(thread) {
      for (const key of films.keys()) if (key.startsWith(`${thread}/`)) films.delete(key);
    },
  };
}

async function readFilm(thread: string, film: PageFilm): Promise<FilmPixels> {
  const bitmap = await createImageBitmap(await api.blob(thread, film.png), { colorSpaceConversion: 'none' });
  const { width, height } = bitmap;
  const drawing = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!drawing) throw new Error('This browser cannot draw the film.');
  drawing.drawImage(bitmap, 0, 0);
  const { data } = drawing.getImageData(0, 0, width, height);
  const grey = new Uint8Array(width * height);
  for (let index = 0; index < grey.length; index += 1) grey[index] = data[index * 4] ?? 0;
  bitmap.close();
  const overlay = film.overlay === null ? null : await createImageBitmap(await api.blob(thread, film.overlay));
  return { width, height, grey, overlay };
}
