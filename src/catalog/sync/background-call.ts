import type { ReadContext } from '../../cache/read-context.js';
import type { Clock } from '../../time/clock.js';
import { CallerGone, Deadline, DeadlineExceeded } from '../../time/deadline.js';

/** A background call may wait this long for its turn; then it is asked for again. */
const patienceMs = 10 * 60_000;
/** Its name among the consumers, in the budget. */
const consumer = 'catalog';

/** Asks with what consumers leave of the budget; gives up when `signal` says so, and what has not left yet never leaves. */
export async function backgroundCall<T>(
  clock: Clock,
  signal: AbortSignal,
  demand: ReadContext['demand'],
  ask: (asking: ReadContext) => Promise<T>,
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
