import type { Load } from '../resilience/budget/load.js';
import { Unwanted } from '../resilience/budget/refusals.js';
import type { Asking } from './asking.js';
import { Flight } from './flight.js';

/** One load per key at a time; everyone who asks meanwhile shares its result, or its failure. */
export class SingleFlight {
  readonly #flights = new Map<string, Flight<unknown>>();

  async run<T>(key: string, load: (flight: Load) => Promise<T>, asking: Asking): Promise<T> {
    asking.deadline.signal.throwIfAborted();
    const flight = (this.#flights.get(key) as Flight<T> | undefined) ?? this.#start(key, load);
    try {
      return await flight.join(asking);
    } catch (error) {
      // The load was given up between its last caller's leaving and our coming.
      if (error instanceof Unwanted && !asking.deadline.signal.aborted) return this.run(key, load, asking);
      throw error;
    }
  }

  isRunning(key: string): boolean {
    return this.#flights.has(key);
  }

  #start<T>(key: string, load: (flight: Load) => Promise<T>): Flight<T> {
    const flight = new Flight(key, load);
    this.#flights.set(key, flight);
    const ended = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.result.then(ended, ended);
    return flight;
  }
}
