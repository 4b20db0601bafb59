// `/case export all`: the revealed cases that somebody taught in a channel, together.
import { CxrError } from '../../../engine/error.ts';
import type { CaseTurn } from '../case-turn.ts';
import { boardOf } from '../progress/remember.ts';
import { courseOf } from './course.ts';

export async function exportCourse({ event, cases, tell }: CaseTurn): Promise<true> {
  const { channel } = boardOf(event.place);
  const mine = (await cases.all()).filter(
    ({ teacher, place }) => teacher === event.author.id && boardOf(place).channel === channel,
  );
  const revealed = mine.filter((session) => session.revealed).sort((a, b) => a.openedAt - b.openedAt);
  if (revealed.length === 0)
    throw new CxrError('usage', 'You have no revealed case in this channel; this puts together those that you taught.');
  // The drawing library is large; it is loaded where something is drawn.
  const { courseCsv, courseHtml } = await import('./course-report.ts');
  const course = courseOf(revealed);
  const hidden = mine.length - revealed.length;
  const count = revealed.length === 1 ? 'Your one revealed case' : `Your ${revealed.length} revealed cases`;
  const text = `${count} of this channel as one table and one page to print${hidden === 0 ? '' : ` (${hidden} not revealed yet and left out)`}.`;
  const files = [
    { bytes: Buffer.from(courseCsv(course)), name: 'cases.csv', mediaType: 'text/csv' },
    { bytes: Buffer.from(courseHtml(course)), name: 'cases.html', mediaType: 'text/html' },
  ];
  return tell({ text, files }, true);
}
