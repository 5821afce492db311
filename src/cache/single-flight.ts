import type { Clock } from '../resilience/clock.js';
import { Deadline, DeadlineExceeded, orAborted, type LoadLife } from '../resilience/deadline.js';

interface Flight<T> {
  result: Promise<T>;
  waiters: number;
  unwanted: AbortController;
}

/** Nobody waits for the load's result any more. */
class Unwanted extends Error {}

/**
 * One load per key at a time; everyone who asks meanwhile shares its result, or its failure. A waiter that
 * leaves does not end the load of the others, and the load's own deadline ends it for all.
 */
export class SingleFlight {
  readonly #flights = new Map<string, Flight<unknown>>();

  constructor(
    private readonly clock: Clock,
    /** How long one load may take. */
    private readonly loadMs: number,
  ) {}

  /** @param signal the caller's own patience. */
  async run<T>(key: string, load: (life: LoadLife) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const flight = (this.#flights.get(key) as Flight<T> | undefined) ?? this.#start(key, load);
    flight.waiters += 1;
    try {
      return await orAborted(flight.result, signal);
    } catch (error) {
      // The load was given up between its last waiter's leaving and our coming, or it was old when we joined it.
      const isOthers = error instanceof Unwanted || error instanceof DeadlineExceeded;
      if (isOthers && !signal.aborted) return await this.run(key, load, signal);
      throw error;
    } finally {
      flight.waiters -= 1;
      if (flight.waiters === 0) flight.unwanted.abort(new Unwanted());
    }
  }

  isRunning(key: string): boolean {
    return this.#flights.has(key);
  }

  #start<T>(key: string, load: (life: LoadLife) => Promise<T>): Flight<T> {
    const deadline = new Deadline(this.clock, this.loadMs);
    const unwanted = new AbortController();
    const life = { deadline: deadline.signal, unwanted: unwanted.signal };
    const result = orAborted(load(life), deadline.signal).finally(() => {
      deadline.end(new DeadlineExceeded());
      this.#flights.delete(key);
    });
    const flight: Flight<T> = { result, waiters: 0, unwanted };
    this.#flights.set(key, flight);
    return flight;
  }
}
