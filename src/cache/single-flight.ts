import { Unwanted } from '../budget/budget-errors.js';
import { LoadNotPaid, type ReadContext } from './read-context.js';
import type { Flight } from './flight.js';

/**
 * Runs one load per key at a time on this instance. Callers that come during a load share the load's result or error.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  async run(key: string, start: () => Flight<T>, readContext: ReadContext): Promise<T> {
    readContext.deadline.signal.throwIfAborted();
    const underWay = this.#flights.get(key);
    const flight = underWay ?? this.#add(key, start());
    try {
      return await flight.join(readContext);
    } catch (error) {
      // The load was given up just before this caller joined, because the last caller had left. Or the caller that
      // started the load may not start it, and this caller perhaps may.
      const mayTryAgain = error instanceof Unwanted || (underWay && error instanceof LoadNotPaid);
      if (mayTryAgain && !readContext.deadline.signal.aborted) return this.run(key, start, readContext);
      throw error instanceof LoadNotPaid ? error.reason : error;
    }
  }

  get(key: string): Flight<T> | undefined {
    return this.#flights.get(key);
  }

  /** Loads under way that can be joined. */
  get count(): number {
    return this.#flights.size;
  }

  /**
   * Called after a purge. Later callers start a new load instead of joining a load whose call is sent: HSS may have
   * answered that call with data from before the purge.
   */
  detachSent(): void {
    for (const [key, flight] of this.#flights) if (flight.isSent) this.#flights.delete(key);
  }

  #add(key: string, flight: Flight<T>): Flight<T> {
    this.#flights.set(key, flight);
    const ended = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.result.then(ended, ended);
    return flight;
  }
}
