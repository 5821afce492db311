/**
 * The times at which HSS last showed the registry rows, changed or not. A document keeps only the time at which a row
 * was first read in its present form. The index keeps the later reads here, so that a walk over unchanged rows writes
 * no document.
 */
import { isAhead } from '../../cache/entry.js';
import type { ChangeSet } from '../model/change-set.js';
import { registryRowHash, type RowHash } from '../model/row-hash.js';
import type { RegistryRecord } from '../model/documents.js';

/** Rows that one call of HSS showed: wall time in ms, and the hashes of the rows. */
export type SavedReads = [readAt: number, rows: RowHash[]];

export class ReadTimes {
  readonly #readAt = new Map<RowHash, number>();
  #walkedAt: number | null = null;

  /** @returns wall time in ms. 0: the record was purged, and nothing of it counts as read. */
  of(key: string, record: RegistryRecord): number {
    if (record.readAt === 0) return 0;
    return Math.max(record.readAt, this.#readAt.get(registryRowHash(key, record)) ?? 0);
  }

  apply({ at, seen, seenAt, sync }: Pick<ChangeSet, 'at' | 'seen' | 'seenAt' | 'sync'>): void {
    if (seenAt !== undefined) this.#add([seenAt, seen.registry], at);
    this.#forgetBefore(sync.registry.walkedAt);
  }

  /** All read times, in parts of about `perPart` rows. */
  saved(perPart: number): SavedReads[][] {
    const rowsAt = new Map<number, RowHash[]>();
    for (const [row, readAt] of this.#readAt) {
      const rows = rowsAt.get(readAt);
      if (rows) rows.push(row);
      else rowsAt.set(readAt, [row]);
    }
    const parts: SavedReads[][] = [];
    let room = 0;
    for (const reads of rowsAt) {
      if (room <= 0) parts.push([]);
      room = (room <= 0 ? perPart : room) - reads[1].length;
      parts.at(-1)?.push(reads);
    }
    return parts;
  }

  restore(part: readonly SavedReads[]): void {
    for (const reads of part) this.#add(reads);
  }

  /** @param now a time that is later was told before the clock was set back, and is replaced. */
  #add([readAt, rows]: SavedReads, now = Infinity): void {
    for (const row of rows) {
      const known = this.#readAt.get(row) ?? 0;
      this.#readAt.set(row, isAhead(known, now) ? readAt : Math.max(readAt, known));
    }
  }

  /** A walk has ended. A row that the walk did not show is gone, or its document tells the time of its last read. */
  #forgetBefore(walkedAt: number | null): void {
    if (walkedAt === null || walkedAt === this.#walkedAt) return;
    this.#walkedAt = walkedAt;
    for (const [row, readAt] of this.#readAt) if (readAt < walkedAt) this.#readAt.delete(row);
  }
}
