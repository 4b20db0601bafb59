// One film's conversation with the bundle that is measured: opened, asked greedily, forgotten; every answer is looked through for what must never be said.
import type { Conversation, Engine } from '../../engine/engine.ts';
import type { Film } from './held-out-films.ts';
import { FORBIDDEN } from './judge.ts';
import type { Scores } from './scores.ts';

export interface Asking {
  /** The greedy answer; `key` names the turn for `rewind`. */
  answer(conversation: Conversation, question: string, key?: string): Promise<string>;
  /** Does `work` in a conversation of the film's own. */
  talk<T>(film: Film, work: (conversation: Conversation) => Promise<T>): Promise<T>;
}

export function createAsking(engine: Engine, scores: Scores): Asking {
  return {
    async answer(conversation, question, key) {
      const turn = await conversation.ask(question, { temperature: 0, ...(key === undefined ? {} : { key }) }).turn;
      scores.add('no side, measurement, link or markup', !FORBIDDEN.test(turn.answer), () => turn.answer);
      return turn.answer;
    },
    async talk(film, work) {
      const conversation = await engine.start(film.image);
      try {
        return await work(conversation);
      } finally {
        await conversation.close();
        await engine.forget(conversation.id);
      }
    },
  };
}
