import type { Clock } from '../time/clock.js';
import { inSpan } from '../telemetry/tracing.js';
import { Deadline, DeadlineExceeded } from '../time/deadline.js';
import type { ReadContext } from './read-context.js';
import { mayStandIn, satisfies, type FreshnessDemand } from './freshness-demand.js';
import { isFresh, type Entry } from './entry.js';
import type { Failure } from './failures.js';
import { keyHashOf } from './key-hash.js';
import type { Loader } from './loader.js';
import type { Source } from './source.js';
import type { Tiers } from './tiers.js';
import { neverValid, type Dependency, type Validity } from './validity.js';

/** Source of an answer, in the words of Cache-Status (RFC 9211). */
export type CacheOutcome = 'hit' | 'uri-miss' | 'stale' | 'request';

export interface Reading<T> {
  entry: Entry<T>;
  /** `stale` if the fresh life was over at the moment of reading, or this instance could not learn of purges. */
  status: 'fresh' | 'stale';
  outcome: CacheOutcome;
  /** Another caller had started the load. */
  collapsed: boolean;
  /** The error because of which a stale value is served. */
  error?: unknown;
  /** Tells how long another reading gives the same entry as fresh, without asking HSS or Redis. */
  validity: Validity;
}

/** The consumer sent `only-if-cached`, and no entry satisfies the demand. */
export class NotCached extends Error {}

/** The rules of a source by which a held entry is judged. */
type Held<T> = Pick<Source<T>, 'isOutdated' | 'isUsable'>;

/** A consumer waits no longer than this for HSS when a stale entry is at hand. */
const softLimitMs = 1_000;
/** A refresh that gets no call within this time is given up. The next read starts another refresh. */
const refreshWithinMs = 10 * 60_000;

/**
 * Reads memory, then Redis, then loads once for all callers in the whole fleet. Called by the endpoints. Knows
 * nothing of HSS: the Source says what to store, for how long and from where. A value past its fresh life is served
 * at once and refreshed in the background. Failures are shared for a moment and never stored.
 */
export class ReadThroughCache {
  constructor(
    private readonly tiers: Tiers,
    private readonly loader: Loader,
    private readonly clock: Clock,
  ) {}

  /** @throws NotCached, the load's error when nothing can stand in, or the reason of the caller's deadline. */
  read<T>(source: Source<T>, readContext: ReadContext): Promise<Reading<T>> {
    return inSpan('cache read', {}, async (span) => {
      const reading = await this.#read(source, readContext);
      const { outcome, status, collapsed } = reading;
      span?.setAttributes({ 'cache.outcome': outcome, 'cache.status': status, 'cache.collapsed': collapsed });
      return reading;
    });
  }

  async #read<T>(source: Source<T>, readContext: ReadContext): Promise<Reading<T>> {
    const { demand } = readContext;
    const keyHash = keyHashOf(source.key);
    const held = await this.#find(source, keyHash, demand);
    if (held && this.#satisfies(source, held, demand)) return this.#reading(source, keyHash, held, 'hit');
    if (demand.onlyIfCached) throw new NotCached();
    const failure = this.loader.failure(keyHash);
    const standIn = held && this.#standsIn(source, held, demand) ? held : undefined;
    if (standIn && !saysHowStale(demand)) {
      if (!failure && !this.#isFresh(source, standIn)) this.#refresh(source, keyHash, standIn, readContext);
      return { ...this.#reading(source, keyHash, standIn, 'hit'), ...withError(failure) };
    }
    if (failure && standIn)
      return { ...this.#reading(source, keyHash, standIn, 'hit'), ...withError(failure) };
    if (failure) throw failure.error;
    return this.#load(source, keyHash, held, standIn, readContext);
  }

  /** @returns the held entry if it satisfies the demand; never loads. */
  async peek<T>(
    source: Held<T> & Pick<Source<T>, 'key' | 'dependencies'>,
    demand: FreshnessDemand,
  ): Promise<Reading<T> | undefined> {
    const keyHash = keyHashOf(source.key);
    const held = await this.#find<T>(source, keyHash, demand);
    return held && this.#satisfies(source, held, demand)
      ? this.#reading(source, keyHash, held, 'hit')
      : undefined;
  }

  /**
   * The fresh entry in memory, without a look at Redis; undefined unless such an entry satisfies the demand. Counts
   * nothing: the hot path counts the answer, or `read` looks again.
   */
  held<T>(
    source: Held<T> & Pick<Source<T>, 'key' | 'dependencies'>,
    demand: FreshnessDemand,
  ): Reading<T> | undefined {
    if (!this.tiers.isInAgreement) return undefined;
    const keyHash = keyHashOf(source.key);
    const entry = this.tiers.held(keyHash) as Entry<T> | undefined;
    if (!entry || !this.#satisfies(source, entry, demand) || !this.#isFresh(source, entry)) return undefined;
    return this.#reading(source, keyHash, entry, 'hit');
  }

  /** For an answer that holds until any instance stores a newer value under this key. */
  dependencyOn(key: string): Dependency {
    const keyHash = keyHashOf(key);
    const store = this.tiers.newest;
    return { store, key: keyHash, version: store.versionOf(keyHash) };
  }

  /**
   * Loads even if a fresh entry is held, and stores the value. Joins a load that is under way. @throws like `read`.
   */
  async renew<T>(source: Source<T>, readContext: ReadContext): Promise<Entry<T>> {
    const keyHash = keyHashOf(source.key);
    const failure = this.loader.failure(keyHash);
    if (failure) throw failure.error;
    // The load must know the held entry, or it would take that entry for a newer result of another instance.
    const held = (await this.tiers.find(keyHash)) as Entry<T> | undefined;
    return this.loader.load(source, keyHash, held, readContext);
  }

  async #load<T>(
    source: Source<T>,
    keyHash: string,
    held: Entry<T> | undefined,
    standIn: Entry<T> | undefined,
    readContext: ReadContext,
  ): Promise<Reading<T>> {
    const outcome = !held ? 'uri-miss' : this.#isFresh(source, held) ? 'request' : 'stale';
    const collapsed = this.loader.isLoading(keyHash);
    const askedAt = this.clock.now();
    try {
      const loaded = this.loader.load(source, keyHash, held, readContext);
      const entry = standIn ? await this.#withinSoftLimit(loaded, standIn) : await loaded;
      // An entry that is not new comes from an earlier load or another instance. Such an entry may be too old for
      // this consumer.
      const isNew = entry.fetchedAt >= askedAt;
      const mayServe = isUsable(source, entry) && (isNew || this.#willDo(source, entry, readContext.demand));
      if (!mayServe) return await this.#load(source, keyHash, entry, standIn, readContext);
      const reading = { ...this.#reading(source, keyHash, entry, outcome), collapsed };
      // HSS was asked after this request began, so no purge that we may have missed applies to it.
      return isNew && this.#isFresh(source, entry) ? { ...reading, status: 'fresh' } : reading;
    } catch (error) {
      if (standIn) return { ...this.#reading(source, keyHash, standIn, outcome), error };
      throw error;
    }
  }

  /** Gives the stale entry after the limit. The load goes on, and its value is stored. */
  async #withinSoftLimit<T>(loaded: Promise<T>, standIn: T): Promise<T> {
    let cancel = () => {};
    const limit = new Promise<T>((resolve) => {
      cancel = this.clock.after(softLimitMs, () => resolve(standIn));
    });
    loaded.catch(() => undefined);
    return Promise.race([loaded, limit]).finally(cancel);
  }

  #refresh<T>(source: Source<T>, keyHash: string, held: Entry<T>, { consumer }: ReadContext): void {
    if (!this.loader.mayRefresh(keyHash)) return;
    const deadline = new Deadline(this.clock, refreshWithinMs);
    this.loader
      .load(source, keyHash, held, { demand: {}, deadline, consumer, priority: 'revalidation' })
      .catch((error: unknown) => this.loader.refreshFailed(keyHash, error))
      .finally(() => deadline.end(new DeadlineExceeded()));
  }

  /** The entry in memory if it satisfies the demand. Otherwise the entry in Redis, which may be newer. */
  async #find<T>(source: Held<T>, keyHash: string, demand: FreshnessDemand) {
    if (!this.tiers.isInAgreement) await this.tiers.inAgreement();
    const inMemory = this.tiers.current(keyHash) as Entry<T> | undefined;
    const willDo = inMemory && (this.#satisfies(source, inMemory, demand) || this.loader.isBusyWith(keyHash));
    const held = willDo ? inMemory : ((await this.tiers.find(keyHash)) as Entry<T> | undefined);
    return held && held.keepUntil > this.clock.now() ? held : undefined;
  }

  #satisfies<T>(source: Held<T>, entry: Entry<T>, demand: FreshnessDemand): boolean {
    if (!isUsable(source, entry)) return false;
    if (demand.mustBeFresh && !this.tiers.isInAgreement) return false;
    if (demand.mustBeFresh && demand.maxAgeMs === undefined && !this.#isFresh(source, entry)) return false;
    const isOutdated = demand.maxStaleMs === undefined && (source.isOutdated?.(entry.value) ?? false);
    return !isOutdated && satisfies(entry, demand, this.clock.now());
  }

  #willDo<T>(source: Held<T>, entry: Entry<T>, demand: FreshnessDemand): boolean {
    return this.#satisfies(source, entry, demand) || this.#standsIn(source, entry, demand);
  }

  #standsIn<T>(source: Pick<Source<T>, 'isUsable'>, entry: Entry<T>, demand: FreshnessDemand): boolean {
    return isUsable(source, entry) && mayStandIn(entry, demand, this.clock.now());
  }

  #isFresh<T>(source: Pick<Source<T>, 'isOutdated'>, entry: Entry<T>): boolean {
    return isFresh(entry, this.clock.now()) && !source.isOutdated?.(entry.value);
  }

  #reading<T>(
    source: Pick<Source<T>, 'isOutdated' | 'dependencies'>,
    keyHash: string,
    entry: Entry<T>,
    outcome: CacheOutcome,
  ): Reading<T> {
    const isCurrent = this.tiers.isInAgreement && this.#isFresh(source, entry);
    const itself: Dependency = { store: this.tiers, key: keyHash, version: entry.fence };
    const dependencies = [itself, ...(source.dependencies ?? [])];
    const validity = isCurrent ? { until: entry.freshUntil, dependencies } : neverValid;
    const now = this.clock.now();
    // The life of a value that is outdated, such as content before a newer scan, is over.
    const isOver = isFresh(entry, now) && !this.#isFresh(source, entry);
    const shown = isOver ? { ...entry, freshUntil: now } : entry;
    return { entry: shown, status: isCurrent ? 'fresh' : 'stale', outcome, collapsed: false, validity };
  }
}

function isUsable<T>(source: Pick<Source<T>, 'isUsable'>, entry: Entry<T>): boolean {
  return source.isUsable?.(entry.value) ?? true;
}

/**
 * Whether the consumer or a walk's mark limits the staleness. In this case a short wait for HSS is worth its time.
 */
function saysHowStale({ maxStaleMs, fetchedSince }: FreshnessDemand): boolean {
  return maxStaleMs !== undefined || fetchedSince !== undefined;
}

function withError(failure: Failure | undefined): { error?: unknown } {
  return failure ? { error: failure.error } : {};
}
