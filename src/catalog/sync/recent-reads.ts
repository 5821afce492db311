/**
 * The times at which rows were last read. The change-set builder notes each read, and never replaces a row by an
 * older read. The documents cannot tell these times: a document keeps the time at which a row was first read in its
 * present form, so that a walk over unchanged rows writes nothing.
 */
import { isAhead } from '../../cache/entry.js';
import type { Clock } from '../../time/clock.js';
import type { RowHash } from '../model/row-hash.js';

/** The sync drops a read of another instance that is older than this, so older times are not needed. */
const recentMs = 2 * 60_000;

export class RecentReads {
  #young = new Map<RowHash, number>();
  #old = new Map<RowHash, number>();
  #turnedAt: number;
  /** This instance knows nothing of reads before this monotonic time. */
  #since: number;

  constructor(private readonly clock: Clock) {
    this.#turnedAt = clock.monotonic();
    this.#since = this.#turnedAt;
  }

  /** Starts anew when this instance begins to sync. All later reads of the fleet reach this instance. */
  begin(): void {
    this.#young.clear();
    this.#old.clear();
    this.#since = this.clock.monotonic();
  }

  /** Whether this instance knows all reads since this wall time. If not, a read of that time must not be applied. */
  reachesBackTo(readAt: number): boolean {
    return this.clock.now() - readAt <= Math.min(this.clock.monotonic() - this.#since, recentMs);
  }

  /** The time at which the row was last read, changed or not, or last found to be gone. */
  at(hash: RowHash): number | undefined {
    const at = this.#young.get(hash) ?? this.#old.get(hash);
    // A time in the future was noted before the clock was set back.
    return at !== undefined && isAhead(at, this.clock.now()) ? undefined : at;
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
