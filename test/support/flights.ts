/* Flights for unit tests, with a load that ends when the test says so. */
import type { ReadContext } from '../../src/cache/read-context.js';
import { Flight, type Elsewhere } from '../../src/cache/flight.js';
import { SingleFlight } from '../../src/cache/single-flight.js';
import type { Load } from '../../src/budget/load.js';
import { Unwanted } from '../../src/budget/budget-errors.js';
import { CallerGone, Deadline } from '../../src/time/deadline.js';
import { TestClock } from './test-clock.js';

export const patienceMs = 15_000;

/** A load that ends when the test says so, and that remembers each start and its callers. */
class HeldLoad {
  readonly starts: Load[] = [];
  readonly #ends: { resolve: (value: string) => void; reject: (error: unknown) => void }[] = [];

  readonly load = (load: Load): Promise<string> => {
    this.starts.push(load);
    return new Promise((resolve, reject) => this.#ends.push({ resolve, reject }));
  };

  get last(): Load {
    return this.starts.at(-1)!;
  }

  end(value: string): void {
    this.#ends.shift()!.resolve(value);
  }

  fail(error: unknown): void {
    this.#ends.shift()!.reject(error);
  }

  /** Fails like a load that became unwanted before its call was sent. */
  giveUp(): void {
    this.fail(new Unwanted());
  }
}

/** The usual fresh life of a result. */
const freshMs = 60_000;

export function setUpFlights() {
  const clock = TestClock.still();
  const flights = new SingleFlight<string>();
  const held = new HeldLoad();
  /** The result of another instance, if there is one. */
  const fleet: { result: Elsewhere<string> | undefined } = { result: undefined };
  const start = (key: string) => new Flight(key, held.load, () => Promise.resolve(fleet.result), freshMs);
  /** Adds a caller. `answer` resolves to the value or the error of the load. */
  const ask = ({
    key = 'key',
    consumer = 'reader',
    priority = 'waiting',
    waitMs = patienceMs,
    demand = {},
  } = {}) => {
    const deadline = new Deadline(clock, waitMs);
    const readContext = { consumer, priority, deadline, demand } as ReadContext;
    const answer = flights
      .run(key, () => start(key), readContext)
      .catch((error: unknown) => error)
      .finally(() => deadline.end(new CallerGone()));
    return { answer, hangUp: () => deadline.end(new CallerGone()) };
  };
  return { clock, flights, held, fleet, start, ask };
}
