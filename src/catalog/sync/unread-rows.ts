/**
 * Reads rows again that a purge has made unread, by name. The rows
 * of a list that was purged as a whole are left to the next walk.
 */
import type { HssList } from '../../endpoints/lists/hss-list.js';
import { blockRows } from '../../endpoints/lists/list-blocks.js';
import type { Replica } from '../log/replica.js';
import type { ChangeSet } from '../model/change-set.js';
import type { ImageDocument } from '../model/documents.js';
import { isListUnread, type CatalogList } from '../model/sync-state.js';
import { isUnread, isUnreadRow } from '../model/unread.js';
import type { ChangeCommitter } from './change-committer.js';
import type { ListRow } from './change-set-builder.js';
import type { ListPages } from './list-pages.js';
import type { ListRequests } from './list-requests.js';

export interface UnreadRowsParts {
  replica: Replica;
  committer: ChangeCommitter;
  pages: ListPages;
  requests: readonly ListRequests[];
}

export class UnreadRows {
  readonly name = 'unread rows';
  /** Keys of images with unread rows that were not looked up yet. */
  readonly #keys = new Set<string>();

  constructor(private readonly parts: UnreadRowsParts) {}

  /** Looks at every image, if a purge has ever reached this catalog. */
  async rebuild(): Promise<void> {
    const { store } = this.parts.replica;
    this.#keys.clear();
    if ((store.sync.purges?.version ?? 0) === 0) return;
    for await (const slice of store.documents()) for (const { image } of slice) this.#update(image);
  }

  learn({ images, gone }: ChangeSet): void {
    for (const image of images) this.#update(image);
    for (const key of gone) this.#keys.delete(key);
  }

  get dueAt(): number {
    return this.#keys.size > 0 ? 0 : Infinity;
  }

  /** Looks up the rows of one image, with one call for each name. @throws like ListSync.runNext. */
  async runNext(signal: AbortSignal): Promise<void> {
    const { replica, requests } = this.parts;
    const { store } = replica;
    const lists = requests.filter(({ name }) => !isListUnread(store.sync[name]));
    if (lists.length === 0) this.#keys.clear();
    const [key] = this.#keys;
    const image = key === undefined ? undefined : store.document(key);
    if (image)
      for (const each of lists)
        for (const list of listsFor(each, image)) await this.#read(each.name, list, signal);
    if (key !== undefined) this.#keys.delete(key);
  }

  async #read(name: CatalogList, list: HssList<ListRow>, signal: AbortSignal): Promise<void> {
    const { pages, committer } = this.parts;
    for (let offset = 0, isLast = false; !isLast; offset += blockRows) {
      const page = await pages.read(list, offset, signal);
      await committer.commit((builder) => {
        builder.sync.calls += 1;
        const purged = committer.purgedSince(page.generation);
        for (const row of page.rows) builder.upsert(name, row, page.fetchedAt, purged);
      });
      isLast = page.isLast;
    }
  }

  #update(image: ImageDocument): void {
    if (isUnread(image)) this.#keys.add(image.key);
    else this.#keys.delete(image.key);
  }
}

/** The requests that find the unread rows of the image, each once. */
function listsFor(requests: ListRequests, { entries, onHosts }: ImageDocument): HssList<ListRow>[] {
  const records = requests.name === 'registry' ? entries : onHosts;
  const lists = new Map<string, HssList<ListRow>>();
  for (const record of records) {
    // A record lacks the `entries` of a row, which no lookup by name needs.
    const list = isUnreadRow(record) ? requests.named(record.row as ListRow) : null;
    if (list) lists.set(JSON.stringify(list.query), list);
  }
  return [...lists.values()];
}
