import type { Clock } from '../../time/clock.js';
import type { RowHash } from './row-hash.js';

/** What was read longer ago than this, on any instance, is of no use any more. */
const recentMs = 2 * 60_000;

/**
 * When rows were read last, unchanged or not, or found to be no more: a document only says when a row was first read as
 * it is, so that a walk over rows that stay the same writes nothing. Kept for as long as older news can come in.
 */
export class RecentReads {
  #young = new Map<RowHash, number>();
  #old = new Map<RowHash, number>();
  #turnedAt: number;
  /** Of what was read before, this instance knows nothing. */
  #since: number;

  constructor(private readonly clock: Clock) {
    this.#turnedAt = clock.monotonic();
    this.#since = clock.now();
  }

  /** From here on this instance sees all that is read. */
  begin(): void {
    this.#young.clear();
    this.#old.clear();
    this.#since = this.clock.now();
  }

  /** Whether news of this wall time can be held against what was read since. */
  reachesBackTo(readAt: number): boolean {
    return readAt >= Math.max(this.#since, this.clock.now() - recentMs);
  }

  at(hash: RowHash): number | undefined {
    return this.#young.get(hash) ?? this.#old.get(hash);
  }

  note(hash: RowHash, readAt: number): void {
    const now = this.clock.monotonic();
    if (now - this.#turnedAt > recentMs) {
      this.#old = now - this.#turnedAt > 2 * recentMs ? new Map<RowHash, number>() : this.#young;
      this.#young = new Map();
      this.#turnedAt = now;
    }
    this.#young.set(hash, Math.max(readAt, this.at(hash) ?? 0));
  }
}
