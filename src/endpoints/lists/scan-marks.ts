import { LRUCache } from 'lru-cache';
import { plainDigest } from '../../domain/digest.js';
import type { Scan } from '../../domain/scan.js';

/** A row that says when an image was scanned last. */
export interface ScannedRow {
  imageId: string | null;
  digest: string | null;
  scan: Scan;
}

const mostImages = 200_000;

/** What an instance tells the others: of whom it speaks, and when each image was scanned. */
type Word = [scope: string, marks: [id: string, scannedAt: string][]];

/**
 * When each image was scanned last, as far as this instance has seen it in a list or was told by one that has. Files and
 * base OS of an older scan are stale.
 */
export class ScanMarks implements VersionedStore {
  /** By size, because `max` would take the memory for all of them at the start. */
  readonly #scannedAt = new LRUCache<string, string>({ maxSize: mostImages, sizeCalculation: () => 1 });
  readonly #seen = new WeakSet();

  /** @param scope as in the cache's keys: other projects may share the fleet's Redis. */
  constructor(private readonly scope: string) {}

  /**
   * @param rows of a list; the same ones again cost nothing.
   * @returns what was news, to be told to the others.
   */
  learn(rows: readonly ScannedRow[]): string | undefined {
    if (this.#seen.has(rows)) return undefined;
    this.#seen.add(rows);
    const news: Word[1] = [];
    for (const { imageId, digest, scan } of rows)
      for (const id of new Set([imageId, digest].map(plainDigest)))
        if (id !== null && scan.scannedAt !== null && this.#note(id, scan.scannedAt))
          news.push([id, scan.scannedAt]);
    return news.length === 0 ? undefined : JSON.stringify([this.scope, news] satisfies Word);
  }

  /** @param text as `learn` of another instance gave it, or anything. */
  receive(text: string): void {
    try {
      const [scope, marks] = JSON.parse(text) as Word;
      if (scope !== this.scope) return;
      for (const [id, scannedAt] of marks) if (isTime(scannedAt)) this.#note(id, scannedAt);
    } catch {
      // Of another version, which may speak of other things.
    }
  }

  #note(id: string, scannedAt: string): boolean {
    if (scannedAt <= (this.#scannedAt.get(id) ?? '')) return false;
    this.#scannedAt.set(id, scannedAt);
    return true;
  }

  /** RFC 3339, UTC. */
  of(imageId: string): string | undefined {
    return this.#scannedAt.get(plainDigest(imageId));
  }
}

function isTime(text: unknown): text is string {
  return typeof text === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text);
}
