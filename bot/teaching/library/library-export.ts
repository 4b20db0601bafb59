// A played case as files of a library: what its teacher wrote and the films' display pixels; nothing of participants, of the uploaded files or of DICOM.
import type { ReplyContent } from '../../contract.ts';
import type { CaseSession, FilmPictures } from '../session.ts';
import { CASE_NAME, libraryCaseOf, writeCaseFile } from './case-file.ts';

type KeptFile = NonNullable<ReplyContent['files']>[number];

/** To be put into one folder; `readCaseFile` and `openCaseLibrary` read them again. */
export function libraryFiles({ description, origin }: CaseSession, films: readonly FilmPictures[]): KeptFile[] {
  const name = origin?.name ?? caseNameFor(description.title);
  const images = films.map((_, index) => `${name}-${index + 1}.png`);
  const { licence = '', source = '' } = origin ?? {};
  const text = writeCaseFile(libraryCaseOf(description, { name, images, licence, source }));
  return [
    { bytes: Buffer.from(text), name: `${name}.yaml`, mediaType: 'application/yaml' },
    ...films.map(({ picture }, index) => ({
      bytes: Buffer.from(picture, 'base64'),
      name: images[index] ?? '',
      mediaType: 'image/png',
    })),
  ];
}

/** A file name made of a title. */
export function caseNameFor(title: string): string {
  const name = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replace(/^-+|-+$/g, '');
  return CASE_NAME.test(name) ? name : 'case';
}
