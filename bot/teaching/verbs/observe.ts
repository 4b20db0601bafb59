// `/case observe`: a participant who only looks on.
import type { CaseVerb } from '../case-turn.ts';

export const observe: CaseVerb = {
  name: 'observe',
  form: '',
  help: 'to look on: your answers are not scored',
  needs: 'case',
  who: 'anybody',
  async run({ cases, event, tell }, { place }) {
    await cases.update(place.thread, event.id, (now) => ({
      ...now,
      observers: [...new Set([...now.observers, event.author.id])],
    }));
    return tell({ text: 'You are looking on; your answers are not scored.' }, true);
  },
};
