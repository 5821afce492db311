import { LRUCache } from 'lru-cache';
import type { Scan } from './words.js';

/** A row that says when an image was scanned last. */
export interface ScannedRow {
  imageId: string | null;
  digest: string | null;
  scan: Scan;
}

const mostImages = 200_000;

/**
 * When each image was scanned last, as far as this instance has seen it in a list. Files and base OS of an older scan
 * are stale.
 */
export class ScanMarks {
  readonly #scannedAt = new LRUCache<string, string>({ max: mostImages });
  readonly #seen = new WeakSet();

  /** @param rows of a list; the same ones again cost nothing. */
  learn(rows: readonly ScannedRow[]): void {
    if (this.#seen.has(rows)) return;
    this.#seen.add(rows);
    for (const { imageId, digest, scan } of rows)
      for (const id of new Set([imageId, digest].map(plainDigest)))
        if (id !== null && scan.scannedAt !== null && scan.scannedAt > (this.#scannedAt.get(id) ?? ''))
          this.#scannedAt.set(id, scan.scannedAt);
  }

  /** RFC 3339, UTC. */
  of(imageId: string): string | undefined {
    return this.#scannedAt.get(plainDigest(imageId) ?? '');
  }
}

/** Ids with and without `sha256:` are the same. */
export function plainDigest(id: string | null): string | null {
  return id === null ? null : id.replace(/^sha256:/, '');
}
