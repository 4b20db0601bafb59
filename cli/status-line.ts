// Says on a terminal what takes longer than a second; silent elsewhere, and never on stdout.
export interface StatusLine {
  /** What is going on from now on; null when nothing is. */
  set(text: string | null): void;
}

const QUIET_MS = 1000;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 120;

export function createStatusLine(stream: NodeJS.WriteStream = process.stderr): StatusLine {
  let timer: NodeJS.Timeout | undefined;
  let shown = false;
  return {
    set(text) {
      clearInterval(timer);
      if (shown) stream.write('\r\u001b[K');
      shown = false;
      if (text === null || !stream.isTTY) return;
      const since = Date.now();
      timer = setInterval(() => {
        const elapsedMs = Date.now() - since;
        if (elapsedMs < QUIET_MS) return;
        const frame = FRAMES[Math.floor(elapsedMs / FRAME_MS) % FRAMES.length];
        stream.write(`\r\u001b[K${frame} ${text} ${Math.floor(elapsedMs / 1000)} s`);
        shown = true;
      }, FRAME_MS);
      timer.unref();
    },
  };
}
