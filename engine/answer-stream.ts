// The stream that `ask` returns: text pieces for whoever iterates, the finished turn as a promise; both tell the same error.
import type { AnswerStream, Turn } from './engine.ts';

/** Starts `work` at once; pieces are kept until somebody iterates. */
export function createAnswerStream(work: (onText: (piece: string) => void) => Promise<Turn>): AnswerStream {
  const pieces: string[] = [];
  let wake: () => void = () => {};
  let done = false;
  const turn = work((piece) => {
    pieces.push(piece);
    wake();
  }).finally(() => {
    done = true;
    wake();
  });
  // Whoever only iterates gets the error there; it is not lost and must not end the process.
  turn.catch(() => {});

  return {
    turn,
    async *[Symbol.asyncIterator]() {
      for (let next = 0; ; ) {
        const piece = pieces[next];
        if (piece !== undefined) {
          next++;
          yield piece;
        } else if (done) {
          await turn;
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}
