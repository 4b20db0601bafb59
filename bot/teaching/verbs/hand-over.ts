// `/case hand-over`: another teacher for the case. Messages don't tell the bot whom they mention, so the next teacher says "I take it" and the present one agrees.
import { nameOf } from '../../identity.ts';
import { shownName } from '../../plain-text.ts';
import type { ButtonHandler, CaseVerb } from '../case-turn.ts';
import type { CaseSession } from '../session.ts';
import { mustTeach } from '../who-may.ts';

const NO_LONGER = 'This case is no longer handed over.';

export const handOver: CaseVerb = {
  name: 'hand-over',
  form: '',
  help: 'offers the case to another teacher: who wants it presses the button, then you agree',
  needs: 'case',
  who: 'teacher',
  async run({ cases, event, tell }, session) {
    await cases.update(session.place.thread, event.id, (now) => ({ ...now, offer: event.id, heirs: [] }));
    const value = cases.ticketOf(session, event.id);
    return tell({
      text: 'The teacher hands this case over. Who takes it sees what is expected and no longer takes part; the teacher has to agree.',
      controls: [{ action: 'case-take-over', label: 'I take it', value }],
    });
  },
};

/** Somebody wants the case: the teacher is asked, and nobody else is told who it was. */
export const takeOver: ButtonHandler = async ({ cases, event, tell, whisper }) => {
  const found = await cases.byTicket(event.value ?? '');
  if (found === null) return tell({ text: NO_LONGER }, true);
  const { id: person, name } = event.author;
  const heir = { event: event.id, person, name: shownName(name ?? 'Another person') };
  const isOffered = (now: CaseSession) => now.offer !== null && cases.ticketOf(now, now.offer) === event.value;
  const next = await cases.update(found.place.thread, event.id, (now) =>
    isOffered(now) && person !== now.teacher
      ? { ...now, heirs: [...now.heirs.filter((each) => each.person !== person), heir] }
      : now,
  );
  if (next === null || !isOffered(next)) return tell({ text: NO_LONGER }, true);
  if (person === next.teacher) return tell({ text: 'You are the teacher of this case already.' }, true);
  await whisper(next.teacher, 'heir', {
    text: `**${heir.name}** would take this case over. You would be an observer from then on.`,
    controls: [
      {
        action: 'case-give-over',
        label: `Give it to ${heir.name}`,
        value: cases.ticketOf(next, event.id),
        style: 'primary',
      },
    ],
  });
  return tell({ text: 'The teacher was asked.' }, true);
};

/** The teacher agrees: the case changes hands, and its thread is told. */
export const giveOver: ButtonHandler = async ({ room, cases, event, context, tell }) => {
  const found = await cases.byTicket(event.value ?? '');
  if (found === null) return tell({ text: NO_LONGER }, true);
  const heir = found.heirs.find((each) => cases.ticketOf(found, each.event) === event.value);
  const isDone = found.givenBy === event.id;
  if (!isDone) mustTeach(found, event.author.id);
  if (!isDone && heir === undefined) return tell({ text: NO_LONGER }, true);
  const next = await cases.update(found.place.thread, event.id, (now) =>
    heir === undefined
      ? now
      : {
          ...now,
          teacher: heir.person,
          observers: [...now.observers.filter((each) => each !== heir.person), now.teacher],
          offer: null,
          heirs: [],
          givenBy: event.id,
        },
  );
  if (next === null) return tell({ text: NO_LONGER }, true);
  const say = async (part: string, text: string, options: { privateTo?: string } = {}): Promise<void> => {
    const key = `case-${nameOf(event.id)}-${part}`;
    const reply = await context.reply(next.place, { key, answers: event.id, ...options });
    await reply.finish({ text });
  };
  await say('given', 'This case has another teacher now.');
  if (room.canBePrivate(next.place)) {
    const { findings, diagnosis } = next.description;
    const expected = findings === '' ? 'nothing was said yet; `/case draft` shows what I would expect' : findings;
    const cause = diagnosis === '' ? '' : ` Diagnosis: ${diagnosis}.`;
    await say('part', `You are the teacher of this case now. Expected: ${expected}.${cause}`, {
      privateTo: next.teacher,
    });
  }
  return tell({ text: 'The case is given over; you look on from now on.' }, true);
};
