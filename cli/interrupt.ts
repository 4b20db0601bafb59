// Ctrl-C as an AbortSignal: the first stops what is running in good order, a second ends the process.
export interface Interruptible {
  signal: AbortSignal;
  /** Gives Ctrl-C back to the system. */
  release(): void;
}

export function abortOnInterrupt(): Interruptible {
  const controller = new AbortController();
  const onInterrupt = () => controller.abort();
  process.once('SIGINT', onInterrupt);
  return { signal: controller.signal, release: () => process.off('SIGINT', onInterrupt) };
}
