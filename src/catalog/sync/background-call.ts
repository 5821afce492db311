import type { ReadContext } from '../../cache/read-context.js';
import type { Clock } from '../../time/clock.js';
import { CallerGone, Deadline, DeadlineExceeded } from '../../time/deadline.js';

/** A background call waits at most this long for its turn. The sync then asks for the same call again. */
const patienceMs = 10 * 60_000;
/** The catalog's name among the consumers of the call budget. */
const consumer = 'catalog';

/**
 * Runs `ask` with calls of the budget that consumers do not need. When `signal` aborts, the sync gives up, and a call
 * that has not left yet never leaves.
 */
export async function backgroundCall<T>(
  clock: Clock,
  signal: AbortSignal,
  demand: ReadContext['demand'],
  ask: (readContext: ReadContext) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const deadline = new Deadline(clock, patienceMs);
  const hangUp = () => deadline.end(new CallerGone());
  signal.addEventListener('abort', hangUp, { once: true });
  try {
    return await ask({ demand, deadline, consumer, priority: 'background' });
  } finally {
    signal.removeEventListener('abort', hangUp);
    deadline.end(new DeadlineExceeded());
  }
}
