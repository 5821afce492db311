import type { Limit, Ticket } from './account.js';
import { countUpTo, insert } from './ascending.js';
import { promisedTickets } from './queue.js';

/**
 * The times that refused consumers were told, and the search for the next time that can be told. TurnForecast makes one
 * object per round and writes each new promise into it.
 */
export class PromisedTurns {
  /** Promised times by consumer, ascending. */
  readonly #byConsumer = new Map<string, number[]>();
  /** All promised times, ascending. */
  readonly #times: number[];
  /** Index of the turn at which the next search for a free time begins, by consumer. */
  readonly #searchedTo = new Map<string, number>();

  constructor(
    tickets: readonly Ticket[],
    private readonly pace: Limit,
    now: number,
  ) {
    const held = promisedTickets(tickets, now);
    this.#times = held.map(({ promisedAt }) => promisedAt);
    for (const { consumer, promisedAt } of held) this.#of(consumer).push(promisedAt);
  }

  get count(): number {
    return this.#times.length;
  }

  countUpTo(at: number): number {
    return countUpTo(this.#times, at);
  }

  /** The number of promises that come before this promised time. */
  indexOf(promisedAt: number): number {
    return this.#times.indexOf(promisedAt);
  }

  add(consumer: string, at: number): void {
    insert(this.#times, at);
    insert(this.#of(consumer), at);
  }

  /**
   * The time of the first turn from `from` on that can be promised. Infinity: no turn up to `lastTurn` can be. In each
   * window one turn stays unpromised, for new callers that can wait. In each window one consumer is promised at most
   * half of the turns, rounded up. Both rules keep promises from taking all turns.
   */
  freeTime(consumer: string, from: number, turnAt: (index: number) => number, lastTurn: number): number {
    const { limit, windowMs } = this.pace;
    const own = this.#of(consumer);
    const near = (times: readonly number[], at: number) =>
      countUpTo(times, at + windowMs / 2) - countUpTo(times, at - windowMs / 2 - 1);
    let index = this.#searchedTo.get(consumer) ?? 0;
    for (; index <= lastTurn; index += 1) {
      const at = turnAt(index);
      if (
        at >= from &&
        near(this.#times, at) < Math.max(1, limit - 1) &&
        near(own, at) < Math.ceil(limit / 2)
      ) {
        this.#searchedTo.set(consumer, index);
        return at;
      }
    }
    return Infinity;
  }

  #of(consumer: string): number[] {
    let times = this.#byConsumer.get(consumer);
    if (!times) this.#byConsumer.set(consumer, (times = []));
    return times;
  }
}
