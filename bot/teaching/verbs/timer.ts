// `/case timer`: the reveal comes by itself when the time is up.
import { CxrError } from '../../../engine/error.ts';
import type { CaseVerb } from '../case-turn.ts';
import { DURATION_RULE, readDuration, shownDuration } from '../durations.ts';

export const timer: CaseVerb = {
  name: 'timer',
  form: '20 min',
  help: 'reveals the case when the time is up; `off` stops it',
  needs: 'case',
  who: 'teacher',
  async run({ cases, event, tell }, session, { argument }) {
    if (session.revealed) throw new CxrError('usage', 'The case is revealed already.');
    const isOff = argument.trim().toLowerCase() === 'off';
    const ms = readDuration(argument);
    if (!isOff && ms === null) throw new CxrError('usage', `Say ${DURATION_RULE}, or "off".`);
    const next = await cases.update(session.place.thread, event.id, (now) => ({
      ...now,
      revealAt: ms === null ? null : Date.now() + ms,
    }));
    const at = next?.revealAt ?? null;
    if (at === null) return tell({ text: 'The timer is off; the teacher reveals the case.' });
    return tell({ text: `The case is revealed in ${shownDuration(at - Date.now())}.` });
  },
};
