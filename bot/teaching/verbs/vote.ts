// `/case vote`: those who have answered may bring about the reveal together, unless the teacher has switched voting off.
import { CxrError } from '../../../engine/error.ts';
import type { CaseTurn, CaseVerb } from '../case-turn.ts';
import { canBeRevealed, revealCase } from '../reveal-case.ts';
import { type CaseSession, countedAnswers } from '../session.ts';

/** However few have answered, one alone reveals nothing. */
const FEWEST = 2;

export const vote: CaseVerb = {
  name: 'vote',
  form: '',
  help: 'for the reveal, once you have answered: it comes with more than half of those who answered, at least two; `vote off` and `vote on` are the teacher’s',
  needs: 'case',
  who: 'anybody',
  async run(turn, session, { argument }) {
    const { cases, event, tell } = turn;
    const word = argument.trim().toLowerCase();
    if (word === 'on' || word === 'off') return switchVoting(turn, session, word);
    if (session.revealed)
      return session.revealedBy === event.id
        ? revealCase(turn, session)
        : tell({ text: 'The case is revealed already.' }, true);
    if (session.description.vote === 'off')
      throw new CxrError('usage', 'The teacher reveals this case; voting is switched off.');
    const voter = event.author.id;
    if (voter === session.teacher) return tell({ text: 'You are the teacher: `/case reveal` is yours.' }, true);
    if (!votersOf(session).includes(voter))
      return tell({ text: 'Who votes for the reveal has given an answer and confirmed it first.' }, true);
    const next =
      (await cases.update(session.place.thread, event.id, (now) => ({
        ...now,
        votes: [...new Set([...now.votes, voter])],
      }))) ?? session;
    const voters = votersOf(next);
    const wanted = next.votes.filter((each) => voters.includes(each)).length;
    const needed = Math.max(FEWEST, Math.floor(voters.length / 2) + 1);
    const state = `${wanted} of ${voters.length} who answered want${wanted === 1 ? 's' : ''} the reveal`;
    if (wanted < needed) return tell({ text: `${state}; ${needed} are needed.` });
    if (!canBeRevealed(next))
      return tell({
        text: `${state}. The teacher has yet to say what is expected: \`/case findings …\`, then \`/case reveal\`.`,
      });
    return revealCase(turn, next);
  },
};

function votersOf(session: CaseSession): string[] {
  return countedAnswers(session).map(({ person }) => person);
}

async function switchVoting({ cases, event, tell }: CaseTurn, session: CaseSession, word: 'on' | 'off'): Promise<true> {
  if (event.author.id !== session.teacher)
    throw new CxrError('not-allowed', 'Only the teacher of this case may do that.');
  await cases.update(session.place.thread, event.id, (now) => ({
    ...now,
    description: { ...now.description, vote: word },
  }));
  return tell({ text: word === 'on' ? 'Those who have answered may vote for the reveal.' : 'Voting is switched off.' });
}
