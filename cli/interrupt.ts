// Ctrl-C as an AbortSignal: the first stops what is running in good order, a second ends the process.
export interface Interruptible {
  signal: AbortSignal;
  /** Gives Ctrl-C back to the system. */
  release(): void;
}

export function abortOnInterrupt(): Interruptible {
  const controller = new AbortController();
  // Not `once`: node-llama-cpp brings signal-exit, which ends the process when it finds no other listener than its own.
  const onInterrupt = () => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
  };
  process.on('SIGINT', onInterrupt);
  return { signal: controller.signal, release: () => process.off('SIGINT', onInterrupt) };
}
