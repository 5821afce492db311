/**
 * The times at which rows were last read. The change-set builder notes each read, and never replaces a row by an
 * older read. The documents cannot tell these times: a document keeps the time at which a row was first read in its
 * present form, so that a walk over unchanged rows writes nothing.
 */
import type { Clock } from '../../time/clock.js';
import type { RowHash } from '../model/row-hash.js';

/** The sync drops a read of another instance that is older than this, so older times are not needed. */
const recentMs = 2 * 60_000;

export class RecentReads {
  #young = new Map<RowHash, number>();
  #old = new Map<RowHash, number>();
  #turnedAt: number;
  /** This instance knows nothing of reads before this wall time. */
  #since: number;

  constructor(private readonly clock: Clock) {
    this.#turnedAt = clock.monotonic();
    this.#since = clock.now();
  }

  /** Starts anew when this instance begins to sync. All later reads of the fleet reach this instance. */
  begin(): void {
    this.#young.clear();
    this.#old.clear();
    this.#since = this.clock.now();
  }

  /** Whether this instance knows all reads since this wall time. If not, a read of that time must not be applied. */
  reachesBackTo(readAt: number): boolean {
    return readAt >= Math.max(this.#since, this.clock.now() - recentMs);
  }

  /** The time at which the row was last read, changed or not, or last found to be gone. */
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
