import { LRUCache } from 'lru-cache';
import type { Dependency, VersionedStore } from '../../cache/validity.js';
import { plainDigest } from '../../domain/digest.js';
import type { Scan } from '../../domain/scan.js';

/** A row that has the time of an image's last scan. */
export interface ScannedRow {
  imageId: string | null;
  digest: string | null;
  scan: Scan;
}

/** Memory of one mark beside its two texts: 200,000 marks of digests take 48 MiB. */
const overheadBytes = 168;

/** The message to other instances: the scope of the images, and the time of each image's last scan. */
type ScanMessage = [scope: string, marks: [id: string, scannedAt: string][]];

/**
 * The scan mark of each image: the time of the image's last scan, as far as this instance knows. The times come from
 * lists that this instance or another instance has read. The list reader treats files and base OS of an older scan as
 * stale. The marks that were used least recently are dropped when the marks fill their memory.
 */
export class ScanMarks implements VersionedStore {
  readonly name = 'scans';
  readonly #scannedAt: LRUCache<string, string>;
  readonly #seen = new WeakSet();

  /**
   * @param scope the scope of the cache's keys. Instances for another project can share the Redis, and their messages
   * have another scope.
   */
  constructor(
    private readonly scope: string,
    readonly maxBytes: number,
  ) {
    this.#scannedAt = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (scannedAt, id) => overheadBytes + id.length + scannedAt.length,
    });
  }

  get bytes(): number {
    return this.#scannedAt.calculatedSize;
  }

  /**
   * @param rows the rows of a list. An array that was passed before is skipped.
   * @returns the message with the newer times for the other instances; undefined when no time is newer.
   */
  learn(rows: readonly ScannedRow[]): string | undefined {
    if (this.#seen.has(rows)) return undefined;
    this.#seen.add(rows);
    const news: ScanMessage[1] = [];
    for (const { imageId, digest, scan } of rows)
      for (const id of new Set([imageId, digest].map(plainDigest)))
        if (id !== null && scan.scannedAt !== null && this.#note(id, scan.scannedAt))
          news.push([id, scan.scannedAt]);
    return news.length === 0 ? undefined : JSON.stringify([this.scope, news] satisfies ScanMessage);
  }

  /** @param text a message that `learn` of another instance returned, or any other text, which is ignored. */
  receive(text: string): void {
    try {
      const [scope, marks] = JSON.parse(text) as ScanMessage;
      if (scope !== this.scope) return;
      for (const [id, scannedAt] of marks) if (isTime(scannedAt)) this.#note(id, scannedAt);
    } catch {
      // Another version of the service can send other messages.
    }
  }

  #note(id: string, scannedAt: string): boolean {
    if (scannedAt <= (this.#scannedAt.get(id) ?? '')) return false;
    this.#scannedAt.set(id, scannedAt);
    return true;
  }

  /** The time of the image's last known scan (RFC 3339, UTC). */
  of(imageId: string): string | undefined {
    return this.versionOf(plainDigest(imageId));
  }

  versionOf(plainId: string): string | undefined {
    return this.#scannedAt.get(plainId);
  }

  adopt(plainId: string, scannedAt: unknown): void {
    if (isTime(scannedAt)) this.#note(plainId, scannedAt);
  }

  /** The last known scan of an image, for answers that show its content. */
  dependencyOn(imageId: string): Dependency {
    const key = plainDigest(imageId);
    return { store: this, key, version: this.versionOf(key) };
  }
}

function isTime(text: unknown): text is string {
  return typeof text === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text);
}
