// `/case progress`: what one person did over cases, for that person alone; `/case leaderboard`: a channel together, where the operator wants one.
import { CxrError } from '../../../engine/error.ts';
import type { FreeVerb } from '../case-turn.ts';
import { leaderboardOf } from '../progress/leaderboard.ts';
import { personOf } from '../progress/progress-store.ts';
import { boardText, NO_PROGRESS, OPTED_OUT, progressText } from '../progress/progress-text.ts';
import { recallOf } from '../progress/recall.ts';
import { boardOf } from '../progress/remember.ts';
import { summaryOf } from '../progress/summary.ts';

export const progress: FreeVerb = {
  name: 'progress',
  form: '',
  help: 'shows you alone how you did over cases and what comes back; `/case progress off` erases it and keeps none',
  needs: 'nothing',
  async run({ room, event, progress: kept, tell }, _session, { argument }) {
    if (!event.place.isDirect && !room.canBePrivate(event.place))
      throw new CxrError('usage', 'Everybody could read that here; ask me in a direct message.');
    const person = personOf(event.place.thread, event.author.id);
    const wish = argument.trim().toLowerCase();
    if (wish === 'off') {
      await kept.optOut(person);
      return tell({ text: `Your progress is erased. ${OPTED_OUT}`, keepsPlace: true }, true);
    }
    if (wish === 'on') await kept.optIn(person);
    if (await kept.hasOptedOut(person)) return tell({ text: OPTED_OUT }, true);
    const results = await kept.of(person);
    if (results.length === 0) return tell({ text: NO_PROGRESS }, true);
    const summary = summaryOf(results);
    const now = new Date(event.at);
    // The drawing library is large; it is loaded where something is drawn.
    const { progressHtml } = await import('../progress/progress-page.ts');
    const page = { bytes: Buffer.from(progressHtml(summary)), name: 'progress.html', mediaType: 'text/html' };
    return tell({ text: progressText(summary, recallOf(results), now), files: [page] }, true);
  },
};

export const leaderboard: FreeVerb = {
  name: 'leaderboard',
  form: '',
  help: 'shows those who took part in this channel, best first, where the operator has switched it on',
  needs: 'nothing',
  async run({ event, progress: kept, hasLeaderboard, tell }) {
    if (!hasLeaderboard)
      throw new CxrError('usage', 'The leaderboard is switched off; the operator can switch it on (CASE_LEADERBOARD).');
    const { channel } = boardOf(event.place);
    return tell({ text: boardText(leaderboardOf(await kept.all(), channel)) });
  },
};
