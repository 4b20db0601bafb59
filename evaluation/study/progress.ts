// Tells how far a study is and when it will be done: a redrawn line on a terminal, a line a minute elsewhere.
import type { Progress } from './run-study.ts';

const QUIET_INTERVAL_MS = 60_000;
const REDRAW_INTERVAL_MS = 200;
/** Fewer answers than this say nothing of the speed. */
const MIN_ANSWERS_FOR_ETA = 10;

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** `stream` is standard error; answers of an earlier run don't count in the speed. */
export function createStudyProgress(
  stream: NodeJS.WriteStream,
  now: () => number = Date.now,
): { show(progress: Progress): void; end(): void } {
  const startedAt = now();
  let first: number | null = null;
  let shownAt = Number.NEGATIVE_INFINITY;
  return {
    show({ doneAnswers, totalAnswers }) {
      first ??= doneAnswers - 1;
      const since = doneAnswers - first;
      if (now() - shownAt < (stream.isTTY ? REDRAW_INTERVAL_MS : QUIET_INTERVAL_MS) && doneAnswers < totalAnswers)
        return;
      shownAt = now();
      const leftMs = ((now() - startedAt) / Math.max(1, since)) * (totalAnswers - doneAnswers);
      const eta = since < MIN_ANSWERS_FOR_ETA ? '' : `, about ${clock(leftMs)} left`;
      const text = `${doneAnswers} of ${totalAnswers} answers (${Math.floor((100 * doneAnswers) / Math.max(1, totalAnswers))} %)${eta}`;
      stream.write(stream.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
    },
    end() {
      if (stream.isTTY) stream.write('\r\u001b[K');
    },
  };
}
