// What a revealed case leaves in the progress of those who answered it.
import type { Place } from '../../contract.ts';
import { nameOf } from '../../identity.ts';
import { expectedOf } from '../results.ts';
import { type CaseSession, countedAnswers, readerNameOf } from '../session.ts';
import { type ProgressStore, personOf } from './progress-store.ts';

/** Once for each person, however often it is called; people who opted out leave nothing. */
export async function rememberAnswers(progress: ProgressStore, session: CaseSession, at: number): Promise<void> {
  const { place, origin } = session;
  const expected = [...expectedOf(session)];
  for (const { person, name, stated, hints } of countedAnswers(session)) {
    if (stated.length === 0) continue;
    await progress.record(personOf(place.thread, person), {
      id: resultIdOf(session),
      at,
      // Numbers of a case say nothing in others.
      board: { ...boardOf(place), name: readerNameOf(session, person) === name ? '' : name },
      libraryCase: origin?.name ?? null,
      expected,
      stated: stated.map(({ finding, probability }) => ({ finding, probability })),
      hints,
    });
  }
}

export function resultIdOf({ place, event }: CaseSession): string {
  return nameOf('result', place.thread, event);
}

/** The leaderboard that a place belongs to. */
export function boardOf({ thread, space, channel }: Place): { channel: string } {
  return { channel: nameOf('board', thread.split(':')[0] ?? '', space, channel) };
}
