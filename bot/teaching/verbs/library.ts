// `/case library` lists the cases that the operator's folder holds, `/case open NAME` opens one of them in this thread.
import { CxrError } from '../../../engine/error.ts';
import { plainText } from '../../plain-text.ts';
import type { FreeVerb } from '../case-turn.ts';
import { descriptionOf, type LibraryCase } from '../library/case-file.ts';
import { openCase } from '../open-case.ts';

const MOST_LISTED = 60;

export const library: FreeVerb = {
  name: 'library',
  form: 'words',
  help: 'lists the cases of the library, all or those with a tag, a difficulty or words of the title',
  needs: 'nothing',
  async run({ tell, library }, _session, { argument }) {
    const { cases } = await library();
    const words = plainText(argument).toLowerCase().split(/\s+/).filter(Boolean);
    const found = cases.filter((each) => words.every((word) => matches(each, word)));
    if (found.length === 0)
      return tell(
        { text: cases.length === 0 ? 'The library is empty.' : 'No case of the library matches that.' },
        true,
      );
    const left = found.length - MOST_LISTED;
    const lines = [
      `**Case library** (${found.length === 1 ? '1 case' : `${found.length} cases`})`,
      ...found.slice(0, MOST_LISTED).map(line),
      ...(left > 0 ? [`and ${left} more; narrow it down: \`/case library\` and a tag.`] : []),
      'Open one with `/case open` and its name; you are then its teacher.',
    ];
    return tell({ text: lines.join('\n') }, true);
  },
};

export const open: FreeVerb = {
  name: 'open',
  form: 'NAME',
  help: 'opens a case of the library in this thread (you are then the teacher)',
  needs: 'nothing',
  run: (turn, session, { argument }) =>
    openCase(turn, session, async () => {
      const folder = await turn.library();
      const found = folder.find(plainText(argument).toLowerCase());
      if (found === null)
        throw new CxrError('usage', 'There is no case of that name; `/case library` lists what can be opened.');
      const { name, licence, source } = found;
      const films = found.images.map((image, index) => ({
        name: image,
        read: () => folder.readImage(found, index),
      }));
      return { description: descriptionOf(found), films, origin: { name, licence, source } };
    }),
};

function line({ name, title, difficulty, tags, images }: LibraryCase): string {
  const facts = [
    ...(difficulty === null ? [] : [difficulty]),
    ...tags,
    ...(images.length > 1 ? [`${images.length} films`] : []),
  ];
  return `- \`${name}\`: ${title} (${facts.join(', ')})`;
}

function matches({ name, title, difficulty, tags }: LibraryCase, word: string): boolean {
  return [name, title, difficulty ?? '', ...tags].some((text) => text.toLowerCase().includes(word));
}
