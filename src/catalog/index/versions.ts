import type { Clock } from '../../time/clock.js';
import { VersionGone } from '../model/reader.js';

/** How long a version can be asked after another one took its place: the life of a cursor. */
const keptForMs = 15 * 60_000;

/** Which versions can still be asked: the newest, those replaced a short while ago, those in use. */
export class Versions {
  #newest: number;
  #oldest: number;
  /** When each version after `#oldest` was made, which is when the one before it was replaced. */
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

  /** @throws VersionGone @returns what lets go of it again. */
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

  /** Rows that ended at this version or before it are needed no more. */
  needed(): number {
    this.#forget();
    return Math.min(this.#oldest, ...this.#held.keys());
  }

  /** In ms; undefined while there is only one. */
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
