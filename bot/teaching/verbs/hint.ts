// `/case hint`: one hint more, to everybody.
import { CxrError } from '../../../engine/error.ts';
import type { CaseVerb } from '../case-turn.ts';
import { hintOf, nextHint } from '../hints.ts';
import { canBeRevealed } from '../reveal-case.ts';

export const hint: CaseVerb = {
  name: 'hint',
  form: '',
  help: 'gives the next hint',
  needs: 'case',
  who: 'teacher',
  async run({ cases, event, tell }, session) {
    if (session.revealed) throw new CxrError('usage', 'The case is revealed already.');
    const next =
      (await cases.update(session.place.thread, event.id, (now) => {
        const hint = nextHint(now);
        return hint === null ? now : { ...now, hints: [...now.hints, { event: event.id, kind: hint.kind }] };
      })) ?? session;
    const index = next.hints.findIndex((given) => given.event === event.id);
    const given = hintOf(next, next.hints[index]?.kind ?? '');
    if (given === null) {
      const first = canBeRevealed(next) ? '' : 'set `/case findings` first, then ';
      return tell({ text: `There is no further hint; ${first === '' ? 'the next step is ' : first}\`/case reveal\`.` });
    }
    const content = given.content(await cases.pictures(session));
    return tell({ ...content, text: `Hint ${index + 1}: ${content.text}` });
  },
};
