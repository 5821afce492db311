import type { Clock } from '../time/clock.js';
import { LoadNotPaid, type ReadContext } from './read-context.js';
import type { CacheCounts } from './counts.js';
import { newEntry, type Entry } from './entry.js';
import type { Failure, Failures } from './failures.js';
import { Flight, type Elsewhere } from './flight.js';
import { encodeMessage } from './fleet-messages.js';
import { keyHashOf } from './key-hash.js';
import type { Purges } from './purges.js';
import type { SingleFlight } from './single-flight.js';
import type { Standing } from './shared-tier.js';
import type { Source } from './source.js';
import type { Tiers } from './tiers.js';

/**
 * Translates failures into text for other instances, and back. `write` returns null for an error that is no failure
 * of the source. Such an error is not shared.
 */
export interface FailureCodec {
  write(error: unknown): string | null;
  /** Null for text that is damaged or of another version. */
  read(text: string): Error | null;
}

/** The pause of a key's refreshes after a refresh that could not be made, for example because no call was free. */
const refreshPauseMs = 5_000;

/**
 * Loads a value from its source and stores the value. One load serves all callers that wait for the key. In the whole
 * fleet the call budget lets only one call per key leave at a time. The result of that call also ends the loads that
 * wait on other instances. Used by ReadThroughCache; decides nothing about freshness.
 */
export class Loader {
  readonly #noRefreshBefore = new Map<string, number>();

  constructor(
    private readonly tiers: Tiers,
    private readonly flights: SingleFlight<Entry>,
    private readonly failures: Failures,
    private readonly purges: Purges,
    private readonly failureCodec: FailureCodec,
    private readonly counts: CacheCounts,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** @throws the load's error, or the reason of the caller's deadline. */
  load<T>(
    source: Source<T>,
    keyHash: string,
    held: Entry<T> | undefined,
    readContext: ReadContext,
  ): Promise<Entry<T>> {
    const start = () => this.#start(source, keyHash, held, readContext.pay?.bind(readContext));
    return this.flights.run(keyHash, start, readContext) as Promise<Entry<T>>;
  }

  isLoading(keyHash: string): boolean {
    return this.flights.get(keyHash) !== undefined;
  }

  /** The failure whose hold-off is not over. */
  failure(keyHash: string): Failure | undefined {
    return this.failures.current(keyHash);
  }

  /** Whether a load of this key is under way or in its hold-off, so that no newer value can be read at the moment. */
  isBusyWith(keyHash: string): boolean {
    return this.isLoading(keyHash) || this.failures.current(keyHash) !== undefined;
  }

  mayRefresh(keyHash: string): boolean {
    if (this.isLoading(keyHash)) return false;
    const notBefore = this.#noRefreshBefore.get(keyHash);
    if (notBefore === undefined) return true;
    if (notBefore > this.clock.monotonic()) return false;
    this.#noRefreshBefore.delete(keyHash);
    return true;
  }

  refreshFailed(keyHash: string, error: unknown): void {
    if (this.failureCodec.write(error) !== null) return;
    this.#noRefreshBefore.set(keyHash, this.clock.monotonic() + refreshPauseMs);
    if (this.#noRefreshBefore.size > 10_000) this.#noRefreshBefore.clear();
  }

  /** Called when another instance has stored a newer value: ends a load of this key whose call is not sent yet. */
  storedElsewhere(keyHash: string, fence: number): void {
    this.tiers.storedElsewhere(keyHash, fence);
    this.failures.forget(keyHash);
    void this.#unsent(keyHash)?.lookAgain();
  }

  failedElsewhere(keyHash: string, text: string, count: number, remainingMs: number): void {
    const error = this.failureCodec.read(text);
    if (!error) return;
    this.failures.learn(keyHash, error, count, remainingMs);
    void this.#unsent(keyHash)?.lookAgain();
  }

  /**
   * Called after a purge: frees the memory of void entries, and keeps later callers from joining a load with a sent
   * call.
   */
  purged(): void {
    void this.tiers.memory.sweep();
    this.flights.detachSent();
  }

  #unsent(keyHash: string): Flight<Entry> | undefined {
    const flight = this.flights.get(keyHash);
    return flight?.isSent ? undefined : flight;
  }

  /** The present time in µs, by the clock that follows Redis's clock. */
  get #fence(): number {
    return Math.round(this.clock.now() * 1000);
  }

  #start<T>(
    source: Source<T>,
    keyHash: string,
    held: Entry<T> | undefined,
    pay: ReadContext['pay'],
  ): Flight<Entry> {
    const origin = { generation: this.purges.generation, fence: this.#fence };
    const knownFence = Math.max(held?.fence ?? -1, this.tiers.memory.get(keyHash)?.fence ?? -1);
    // Larger than every known fence, even if Redis's clock was set back or a failover changed the clock.
    const nextFence = (standing?: Standing) =>
      Math.max(
        standing?.fence ?? this.#fence,
        (standing?.stored?.entry.fence ?? -1) + 1,
        this.tiers.lastFence(keyHash) + 1,
      );
    const lookElsewhere = async (): Promise<Elsewhere<Entry> | undefined> => {
      const { generation } = this.purges;
      const standing = await this.tiers.shared?.standing(keyHash);
      if (!flight.isSent) Object.assign(origin, { generation, fence: nextFence(standing) });
      const failure = standing?.failure;
      const error = failure && this.failureCodec.read(failure.text);
      if (error && !this.failures.isOver(keyHash, failure.count))
        return { error: this.failures.learn(keyHash, error, failure.count, failure.remainingMs).error };
      const value = this.tiers.take(keyHash, standing?.stored) ?? this.tiers.memory.get(keyHash);
      if (!value || value.fence <= knownFence) return undefined;
      this.counts.superseded += 1;
      return { value };
    };
    // The flight's key contains the generation, so a load that begins after a purge never shares a call from before.
    const flight: Flight<Entry> = new Flight<Entry>(
      `${keyHash}.${origin.generation}`,
      async (load) => {
        await pay?.().catch((error: unknown) => {
          throw new LoadNotPaid(error as Error);
        });
        return this.#load(source, keyHash, load, origin);
      },
      lookElsewhere,
      source.usualFreshMs,
    );
    return flight;
  }

  async #load<T>(
    source: Source<T>,
    keyHash: string,
    flight: Flight<Entry>,
    origin: Pick<Entry, 'generation' | 'fence'>,
  ): Promise<Entry> {
    try {
      const begunAt = this.clock.monotonic();
      const { value, fetchedAt: readAt, beside } = await source.load(flight);
      this.counts.loads += 1;
      const lifetime = await source.lifetime(value);
      const now = this.clock.now();
      // The clock can have been set back during the load: then the start of the load is the only time that is known.
      const fetchedAt = readAt <= now ? readAt : now - Math.ceil(this.clock.monotonic() - begunAt);
      const entry = newEntry(value, fetchedAt, lifetime, this.random, {
        tags: source.tags(value),
        ...origin,
      });
      this.failures.forget(keyHash);
      this.tiers.store(keyHash, entry);
      if (beside) this.tiers.store(keyHashOf(beside.key), { ...entry, value: beside.value });
      return entry;
    } catch (error) {
      const text = this.failureCodec.write(error);
      if (text !== null) this.#share(keyHash, error as Error, text);
      throw error;
    }
  }

  #share(keyHash: string, error: Error, text: string): void {
    this.counts.failures += 1;
    const { count, until } = this.failures.add(keyHash, error);
    const holdOffMs = until - this.clock.monotonic();
    const news = encodeMessage(['failed', keyHash, text, count, holdOffMs]);
    void this.tiers.shared?.fail(keyHash, text, count, holdOffMs, news);
  }
}
