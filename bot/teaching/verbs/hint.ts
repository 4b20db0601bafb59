// `/case hint`: one hint more, to everybody.
import { hintOf } from '../case-text.ts';
import type { CaseVerb } from '../case-turn.ts';

export const hint: CaseVerb = {
  name: 'hint',
  form: '',
  help: 'gives the next hint',
  needs: 'case',
  who: 'teacher',
  async run({ cases, event, tell }, session) {
    const { thread } = session.place;
    const next =
      (await cases.update(thread, (now) => {
        const isKnown = now.hintEvents.includes(event.id) || hintOf(now, now.hintEvents.length) === null;
        return isKnown ? now : { ...now, hintEvents: [...now.hintEvents, event.id] };
      })) ?? session;
    const index = next.hintEvents.indexOf(event.id);
    const text = index < 0 ? null : hintOf(next, index);
    if (text === null) return tell({ text: 'There is no further hint; the next step is `/case reveal`.' });
    return tell({ text: `Hint ${index + 1}: ${text}` });
  },
};
