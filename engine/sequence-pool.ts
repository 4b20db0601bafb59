// Lends the contexts' sequences to conversations: a fixed number, the least recently used is handed on, its state kept in a file as long as there is room.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LlamaContext, LlamaContextSequence } from 'node-llama-cpp';
import type { PromptItem } from './chat-format.ts';
import { CxrError } from './error.ts';

/** A sequence while one conversation has it. */
export interface Seat {
  sequence: LlamaContextSequence;
  /** What the sequence's KV cache holds, in order; kept exact by whoever evaluates. */
  held: PromptItem[];
}

export interface SequencePool {
  /** The conversation's sequence, with its KV cache if that was kept; waits while all are busy. Give it back with `release`. */
  acquire(conversation: string, signal?: AbortSignal): Promise<Seat>;
  release(conversation: string): void;
  /** The conversation is over, or its cache is of no use any more. */
  drop(conversation: string): Promise<void>;
  /** Sequences that hold a conversation's cache now. */
  readonly seated: number;
}

interface Chair {
  sequence: LlamaContextSequence;
  held: PromptItem[];
  owner: string | null;
  busy: boolean;
  lastUsed: number;
}

interface Waiting {
  conversation: string;
  resolve(seat: Seat): void;
  reject(error: unknown): void;
}

interface Kept {
  file: string;
  held: PromptItem[];
  bytes: number;
}

export interface SequencePoolOptions {
  /** Folder for states of conversations that lost their sequence. */
  dir: string;
  /** Most bytes of such states; beyond it the oldest are dropped and rebuilt from the transcript when needed. */
  maxStateBytes: number;
}

export function createSequencePool(
  contexts: readonly LlamaContext[],
  { dir, maxStateBytes }: SequencePoolOptions,
): SequencePool {
  const sequences = contexts.flatMap((context) =>
    Array.from({ length: context.totalSequences }, () =>
      context.getSequence({ contextShift: { strategy: refuseShift } }),
    ),
  );
  const chairs: Chair[] = sequences.map((sequence) => ({ sequence, held: [], owner: null, busy: false, lastUsed: 0 }));
  const waiting: Waiting[] = [];
  /** Insertion order is age. */
  const kept = new Map<string, Kept>();
  let clock = 0;
  let files = 0;

  const chairOf = (conversation: string) => chairs.find(({ owner }) => owner === conversation);

  async function keep(chair: Chair): Promise<void> {
    const { owner, held, sequence } = chair;
    if (owner === null || held.length === 0) return;
    const file = join(dir, `sequence-${++files}.state`);
    const { fileSize } = await sequence.saveStateToFile(file);
    kept.set(owner, { file, held: held.slice(0, sequence.nextTokenIndex), bytes: fileSize });
    let total = [...kept.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [conversation, state] of kept) {
      if (total <= maxStateBytes) break;
      total -= state.bytes;
      kept.delete(conversation);
      await rm(state.file, { force: true });
    }
  }

  async function seat(chair: Chair, conversation: string): Promise<Seat> {
    if (chair.owner !== conversation) {
      await keep(chair);
      chair.owner = null;
      chair.held = [];
      const state = kept.get(conversation);
      kept.delete(conversation);
      if (state !== undefined) {
        await chair.sequence.loadStateFromFile(state.file, { acceptRisk: true });
        await rm(state.file, { force: true });
        chair.held = state.held;
      } else {
        await chair.sequence.clearHistory();
      }
      chair.owner = conversation;
    }
    chair.lastUsed = ++clock;
    return chair;
  }

  /** Seats whoever waits, first come first served, as far as there are chairs. */
  function serve(): void {
    for (let index = 0; index < waiting.length; ) {
      const next = waiting[index];
      if (next === undefined) return;
      const own = chairOf(next.conversation);
      const free = chairs.filter(({ busy }) => !busy).sort((a, b) => a.lastUsed - b.lastUsed);
      const chair = own ?? free.find(({ owner }) => owner === null) ?? free[0];
      if (chair === undefined) return;
      if (chair.busy) {
        index++;
        continue;
      }
      waiting.splice(index, 1);
      chair.busy = true;
      seat(chair, next.conversation).then(next.resolve, (error: unknown) => {
        chair.busy = false;
        chair.owner = null;
        chair.held = [];
        next.reject(error);
        serve();
      });
    }
  }

  return {
    acquire(conversation, signal) {
      return new Promise<Seat>((resolve, reject) => {
        const entry: Waiting = { conversation, resolve, reject };
        if (signal?.aborted) {
          reject(new CxrError('aborted', 'The answer was stopped.'));
          return;
        }
        const leave = () => {
          const index = waiting.indexOf(entry);
          if (index < 0) return;
          waiting.splice(index, 1);
          reject(new CxrError('aborted', 'The answer was stopped.'));
        };
        signal?.addEventListener('abort', leave, { once: true });
        entry.resolve = (seated) => {
          signal?.removeEventListener('abort', leave);
          resolve(seated);
        };
        waiting.push(entry);
        serve();
      });
    },
    release(conversation) {
      const chair = chairOf(conversation);
      if (chair === undefined) return;
      chair.busy = false;
      chair.lastUsed = ++clock;
      serve();
    },
    async drop(conversation) {
      const state = kept.get(conversation);
      kept.delete(conversation);
      if (state !== undefined) await rm(state.file, { force: true });
      const chair = chairOf(conversation);
      if (chair === undefined || chair.busy) return;
      chair.busy = true;
      chair.owner = null;
      chair.held = [];
      await chair.sequence.clearHistory();
      chair.busy = false;
      serve();
    },
    get seated() {
      return chairs.filter(({ owner }) => owner !== null).length;
    },
  };
}

/** The context budget is kept by the prompt; should a sequence overflow all the same, nothing may be dropped silently. */
function refuseShift(): never {
  throw new CxrError('context-full', 'This conversation holds too much for the model; please start a new one.');
}
