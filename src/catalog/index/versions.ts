import type { Clock } from '../../time/clock.js';
import { VersionGone, type CatalogState } from '../model/reader.js';

/**
 * A query can use data for this long after other data have replaced them. This time is the life of a cursor.
 */
const keptForMs = 15 * 60_000;

/** Versions with the same data: most steps tell only that HSS was read again. */
interface Run {
  /** The first version with these data. */
  since: number;
  /** The time at which other data replaced them, and the state of the catalog just before. */
  replaced?: { at: number; state: Omit<CatalogState, 'version'> };
}

/**
 * The versions that a query can use: versions with the newest data, with data that were replaced recently, and
 * versions that a query still reads.
 */
export class Versions {
  #newest: number;
  /** The oldest first. The last run has the newest data. */
  readonly #runs: Run[];
  readonly #held = new Map<number, number>();
  #whenUnheld: () => void = () => undefined;

  /**
   * @param first the version that the tables begin with.
   * @param since the first version with the same data.
   */
  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    first: number,
    since = first,
  ) {
    this.#newest = first;
    this.#runs = [{ since }];
  }

  get newest(): number {
    return this.#newest;
  }

  /** The first version with the data of the newest version. */
  get newestData(): number {
    return this.#runs.at(-1)?.since ?? this.#newest;
  }

  /** @param replaced the state before a step that changes data. Undefined for a step that changes no data. */
  advance(replaced: Omit<CatalogState, 'version'> | undefined): void {
    this.#newest += 1;
    const last = this.#runs.at(-1);
    if (!replaced || !last) return;
    last.replaced = { at: this.clock.monotonic(), state: replaced };
    this.#runs.push({ since: this.#newest });
  }

  /**
   * The newest state with the data of a version. @param now the state of the newest version. @throws VersionGone
   */
  stateOf(version: number, now: Omit<CatalogState, 'version'>): CatalogState {
    this.#check(version);
    const at = this.#runs.findLastIndex(({ since }) => since <= version);
    const next = this.#runs[at + 1];
    const state = this.#runs[at]?.replaced?.state;
    return next && state ? { version: next.since - 1, ...state } : { version: this.#newest, ...now };
  }

  /** Keeps a version while a query reads it. @returns a function that ends the use. @throws VersionGone */
  hold(version: number): () => void {
    this.#check(version);
    this.#held.set(version, (this.#held.get(version) ?? 0) + 1);
    return () => {
      const left = (this.#held.get(version) ?? 1) - 1;
      if (left === 0) this.#held.delete(version);
      else this.#held.set(version, left);
      if (this.#held.size === 0) this.#whenUnheld();
    };
  }

  /** Resolves when no query reads a version. The caller lets no new query begin. */
  async unheld(): Promise<void> {
    if (this.#held.size > 0) await new Promise<void>((done) => (this.#whenUnheld = done));
  }

  /** The oldest version that is needed. Rows that ended at this version or earlier are not needed. */
  needed(): number {
    this.#forget();
    return Math.min(this.#oldest, ...this.#held.keys());
  }

  /** The time in ms until the oldest version can be dropped. Undefined while all versions have the same data. */
  untilNextExpiry(): number | undefined {
    const { replaced } = this.#runs[0] ?? {};
    return replaced && Math.max(0, replaced.at + keptForMs - this.clock.monotonic());
  }

  get #oldest(): number {
    return this.#runs[0]?.since ?? this.#newest;
  }

  #check(version: number): void {
    this.#forget();
    if (!Number.isInteger(version) || version < this.#oldest || version > this.#newest)
      throw new VersionGone(`Version ${version} of the catalog is not kept`);
  }

  #forget(): void {
    const now = this.clock.monotonic();
    for (let [first] = this.#runs; first?.replaced; [first] = this.#runs) {
      if (first.replaced.at + keptForMs > now) return;
      this.#runs.shift();
    }
  }
}
