/**
 * Reads rows of one list again that a purge has made unread, by name. The rows of a list that was purged as a whole are
 * left to the next walk.
 */
import type { Replica } from '../log/replica.js';
import type { ChangeSet } from '../model/change-set.js';
import type { ImageDocument } from '../model/documents.js';
import { isListUnread } from '../model/sync-state.js';
import { isUnreadRow } from '../model/unread.js';
import { knownRowsOf, recordsOf } from './known-rows.js';
import type { ListRequests } from './list-requests.js';
import type { Lookups } from './lookups.js';

export class UnreadRows {
  /** Keys of images with unread rows that were not looked up yet. */
  readonly #keys = new Set<string>();

  constructor(
    private readonly requests: ListRequests,
    private readonly lookups: Lookups,
    private readonly replica: Replica,
  ) {}

  /** Looks at every image, if a purge has ever reached this catalog. */
  async rebuild(): Promise<void> {
    const { store } = this.replica;
    this.#keys.clear();
    if ((store.sync.purges?.version ?? 0) === 0) return;
    for await (const slice of store.documents()) for (const { image } of slice) this.#update(image);
  }

  learn({ images, gone }: ChangeSet): void {
    for (const image of images) this.#update(image);
    for (const key of gone) this.#keys.delete(key);
  }

  /** Wall time from which a lookup is due. */
  get dueAt(): number {
    const isLeft = this.#keys.size > 0 && !isListUnread(this.replica.store.sync[this.requests.name]);
    return isLeft ? 0 : Infinity;
  }

  /** Looks up the rows of one image, with one call for each name. @throws like ListSync.runNext. */
  async runNext(signal: AbortSignal): Promise<void> {
    const { requests, lookups, replica } = this;
    const [key = ''] = this.#keys;
    const image = replica.store.document(key);
    const rows = image ? knownRowsOf(requests.name, image, isUnreadRow) : [];
    for (const lookup of lookups.of(rows).values()) await lookups.run(lookup, signal);
    this.#keys.delete(key);
  }

  #update(image: ImageDocument): void {
    if (recordsOf(this.requests.name, image).some(isUnreadRow)) this.#keys.add(image.key);
    else this.#keys.delete(image.key);
  }
}
