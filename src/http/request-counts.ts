/**
 * Counts the requests by consumer, route and status, with their durations. Filled by the request log for every answer, hits
 * too, and read by src/metrics. Most requests are of the same kind as the request before: their count costs three
 * comparisons and some additions, and no look-up.
 */
import { Tally } from '../telemetry/tally.js';

/** In seconds. Hits take less than the first bound; a request waits for at most `REQUEST_DEADLINE`. */
const bounds = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 30];
/** Consumers beyond this number are counted together: each one adds dozens of series to the store of metrics. */
const mostConsumers = 100;
const others = 'other';

export interface RequestCount {
  readonly consumer: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: Tally;
}

export class RequestCounts {
  readonly #byConsumer = new Map<string, Map<string, Map<number, Tally>>>();
  #last: { consumer: string | null; route: string | null; status: number; seconds: Tally } | undefined;

  /**
   * @param consumer null for requests without a known sender.
   * @param route the pattern; null when no route matches.
   */
  count(consumer: string | null, route: string | null, status: number, ms: number): void {
    let last = this.#last;
    if (last?.consumer !== consumer || last.route !== route || last.status !== status) {
      const seconds = this.#tallyOf(consumer ?? '', route ?? '', status);
      last = this.#last = { consumer, route, status, seconds };
    }
    last.seconds.add(ms / 1000);
  }

  *[Symbol.iterator](): Generator<RequestCount> {
    for (const [consumer, routes] of this.#byConsumer)
      for (const [route, statuses] of routes)
        for (const [status, seconds] of statuses) yield { consumer, route, status, seconds };
  }

  #tallyOf(consumer: string, route: string, status: number): Tally {
    const isKnown = this.#byConsumer.has(consumer) || this.#byConsumer.size < mostConsumers;
    const routes = within(this.#byConsumer, isKnown ? consumer : others, newRoutes);
    const statuses = within(routes, route, () => new Map<number, Tally>());
    return within(statuses, status, () => new Tally(bounds));
  }
}

const newRoutes = () => new Map<string, Map<number, Tally>>();

function within<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
