import type { Clock } from '../../time/clock.js';
import { VersionGone } from '../model/reader.js';

/**
 * A query can use a version for this long after the next version has replaced it. This time is the life of a cursor.
 */
const keptForMs = 15 * 60_000;

/**
 * The versions that a query can use: the newest version, recently replaced versions, and versions that a query still
 * reads.
 */
export class Versions {
  #newest: number;
  #oldest: number;
  /** The time at which each version after `#oldest` was made and replaced the version before. */
  readonly #madeAt: number[] = [];
  readonly #held = new Map<number, number>();

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    first: number,
  ) {
    this.#newest = first;
    this.#oldest = first;
  }

  get newest(): number {
    return this.#newest;
  }

  advance(): void {
    this.#newest += 1;
    this.#madeAt.push(this.clock.monotonic());
  }

  /** Keeps a version while a query reads it. @returns a function that ends the use. @throws VersionGone */
  hold(version: number): () => void {
    this.#forget();
    if (!Number.isInteger(version) || version < this.#oldest || version > this.#newest)
      throw new VersionGone(`Version ${version} of the catalog is not kept`);
    this.#held.set(version, (this.#held.get(version) ?? 0) + 1);
    return () => {
      const left = (this.#held.get(version) ?? 1) - 1;
      if (left === 0) this.#held.delete(version);
      else this.#held.set(version, left);
    };
  }

  /** The oldest version that is needed. Rows that ended at this version or earlier are not needed. */
  needed(): number {
    this.#forget();
    return Math.min(this.#oldest, ...this.#held.keys());
  }

  /** The time in ms until the oldest version can be dropped. Undefined while there is only one version. */
  untilNextExpiry(): number | undefined {
    const [first] = this.#madeAt;
    return first === undefined ? undefined : Math.max(0, first + keptForMs - this.clock.monotonic());
  }

  #forget(): void {
    const now = this.clock.monotonic();
    while (this.#madeAt.length > 0 && (this.#madeAt[0] ?? now) + keptForMs <= now) {
      this.#madeAt.shift();
      this.#oldest += 1;
    }
  }
}
