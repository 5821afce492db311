/**
 * The service's only source of time. All code that waits or compares times takes a Clock, so that a test can move
 * time instead of sleeping.
 */
export interface Clock {
  /** Wall time, in ms since 1970. Can jump. For times that are stored, shown or signed. */
  now(): number;
  /** Milliseconds since an arbitrary moment. Never jumps. For durations. */
  monotonic(): number;
  /** Runs `action` once after `delayMs`. @returns a function that cancels the timer. */
  after(delayMs: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Lets requests, answers and signals get through before the next piece of long work. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves after `delayMs`. Rejects with the signal's reason if the signal aborts first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const aborted = () => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    });
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
