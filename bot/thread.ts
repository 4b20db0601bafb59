// What is kept of a thread: which films and answers belong to it and under which keys; no text, no pixels, no names.
import type { PromptName } from '../prompts/paper.ts';
import type { Place } from './contract.ts';
import { nameOf } from './identity.ts';
import type { StateStore } from './store.ts';

export interface ThreadFilm {
  /** Key of `Conversation.addImage`. */
  key: string;
  /** Index in the conversation; null until it was added. */
  index: number | null;
  attachment: string;
  /** Id of the message event that brought it. */
  message: string;
}

export interface ThreadTurn {
  /** Id of the message or command event that asked. */
  message: string;
  /** Key of `Conversation.ask`; changes when the question is edited or asked again. */
  key: string;
  /** Key and platform id of the reply that shows the answer. */
  reply: string;
  post: string;
  kind: 'report' | 'question';
  prompt: PromptName;
  /** Index of the film in question (the latest at that time). */
  film: number;
  /** True if this turn brings that film into the dialogue. */
  brings: boolean;
}

export interface ThreadState {
  adapter: string;
  place: Place;
  /** Id of the engine's conversation. */
  conversation: string;
  films: ThreadFilm[];
  turns: ThreadTurn[];
}

export interface Threads {
  get(adapter: string, thread: string): Promise<ThreadState | null>;
  /** The stored state, or an empty one for this thread (not stored yet). */
  open(adapter: string, place: Place): Promise<ThreadState>;
  save(state: ThreadState): Promise<void>;
  remove(adapter: string, thread: string): Promise<boolean>;
  /** Adds a turn or replaces the one with the same reply; what came after it in the dialogue stays listed. */
  record(state: ThreadState, turn: ThreadTurn): Promise<void>;
}

export function createThreads(store: StateStore, retentionMs: number): Threads {
  const kept = store.namespace('thread', retentionMs);
  const keyOf = (adapter: string, thread: string): string => nameOf('thread', adapter, thread);
  const save = async (state: ThreadState): Promise<void> => {
    await kept.set(keyOf(state.adapter, state.place.thread), state);
  };
  return {
    get: async (adapter, thread) => (await kept.get<ThreadState>(keyOf(adapter, thread))) ?? null,
    async open(adapter, place) {
      const stored = await kept.get<ThreadState>(keyOf(adapter, place.thread));
      return (
        stored ?? { adapter, place, conversation: nameOf('conversation', adapter, place.thread), films: [], turns: [] }
      );
    },
    save,
    remove: (adapter, thread) => kept.delete(keyOf(adapter, thread)),
    async record(state, turn) {
      const at = state.turns.findIndex((each) => each.reply === turn.reply);
      if (at === -1) state.turns.push(turn);
      else state.turns[at] = turn;
      await save(state);
    },
  };
}
