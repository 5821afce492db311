/**
 * Reads the content of images (base OS and files) into the catalog, one image at a time, for the sync loop. All reads
 * go through the cache: HSS is not asked again for content that a consumer's call has just read.
 */
import type { BaseImagesRequest } from '../../endpoints/base-images/base-images.request.js';
import type { ImageFilesRequest } from '../../endpoints/image-files/image-files.request.js';
import type { Freshness } from '../../endpoints/lists/freshness.js';
import { blockRows } from '../../endpoints/lists/list-blocks.js';
import { Absent, type ListReader } from '../../endpoints/lists/list-reader.js';
import type { HssList } from '../../endpoints/lists/hss-list.js';
import { NotCached } from '../../cache/read-through-cache.js';
import { UpstreamError } from '../../hss/errors.js';
import type { Clock } from '../../time/clock.js';
import type { Replica } from '../log/replica.js';
import { contentSource, needsReading, type ContentSource } from '../model/content-source.js';
import { isCurrent } from '../model/content-state.js';
import type { CatalogPurges } from '../model/purged-names.js';
import { isNamedImage } from '../model/unread.js';
import { backgroundCall } from './background-call.js';
import type { ChangeCommitter } from './change-committer.js';
import type { ContentPart, NotKnown } from '../model/documents.js';
import { restAfter, type ContentQueue } from './content-queue.js';

/** Problem codes that concern one image only. Any other problem stops the content sync for a while. */
const imageProblems = new Set(['invalid-request', 'upstream-invalid-response']);

export interface ContentSyncParts {
  reader: ListReader;
  baseImages: BaseImagesRequest;
  imageFiles: ImageFilesRequest;
  replica: Replica;
  committer: ChangeCommitter;
  queue: ContentQueue;
  clock: Clock;
  purges: CatalogPurges;
  /** TTL_CONTENT. */
  lifeMs: number;
}

/** What a read of one part told: its rows, or null for HSS's answer that it does not know the part. */
interface Read {
  rows: unknown[] | null;
  /** Wall time (ms) of the oldest call. */
  readAt: number;
  calls: number;
}

export class ContentSync {
  constructor(private readonly parts: ContentSyncParts) {}

  /**
   * @returns false when no image needs reading now.
   * @throws the errors of HSS, of the budget and of the log, except errors that concern one image only.
   */
  async readNext(part: ContentPart, signal: AbortSignal): Promise<boolean> {
    const { queue, clock } = this.parts;
    const key = queue.next(part, clock.now());
    if (key === undefined) return false;
    try {
      await this.#read(key, part, signal);
      queue.succeeded(key, part);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      if (error.code === 'upstream-unavailable') queue.setAside(key, part, clock.now());
      if (!imageProblems.has(error.code)) throw error;
      queue.failed(key, part, clock.now());
    }
    return true;
  }

  /** Finds content older than `lifeMs`, to be read when no other content needs reading. */
  findExpired(part: ContentPart): Promise<void> {
    const { queue, clock, lifeMs } = this.parts;
    return queue.findExpired(part, clock.now() - lifeMs, clock.now());
  }

  async #read(key: string, part: ContentPart, signal: AbortSignal): Promise<void> {
    const { reader, committer, replica, clock, lifeMs, purges } = this.parts;
    const { store } = replica;
    const document = store.document(key);
    const source = document && contentSource(document);
    if (!source) return;
    const content = store.content(key);
    const { generation } = purges;
    const isExpired = (content?.[part]?.readAt ?? 0) < clock.now() - lifeMs;
    // Content that is not needed is taken from the cache only, when the cache holds a newer read than the catalog.
    const isNeeded = needsReading(source, content, part) || isExpired;
    const { of, scan } = source;
    // Another instance may have read the list with this scan, so this instance's cache may not know the scan yet.
    reader.learnScans([{ imageId: of.imageId, digest: null, scan }]);
    const read = await this.#rows(this.#list(part, source), signal, !isNeeded);
    if (!read || (!isNeeded && (read.rows === null || read.readAt <= (content?.[part]?.readAt ?? 0)))) return;
    await committer.commit((builder) => {
      builder.sync.calls += read.calls;
      const image = builder.document(key);
      const purged = purges.since(generation);
      if (!image || purged.contents.has(part) || isNamedImage(image, purged.images)) return;
      const { notKnown, ...known } = store.content(key) ?? { baseOs: null, files: null };
      const { [part]: told, ...others } = notKnown ?? {};
      // A scan that finished during the call may or may not be in the answer. Record the last scan known before it.
      const scannedUntil = scan.scannedAt;
      if (read.rows === null) {
        const times = told && isCurrent(told, scan) ? told.times + 1 : 1;
        const answer: NotKnown = {
          askedAt: read.readAt,
          times,
          askAgainAt: read.readAt + restAfter(times),
          scannedUntil,
        };
        builder.put({ ...known, key, of, notKnown: { ...others, [part]: answer } });
        return;
      }
      const { rows, readAt } = read;
      const rest = Object.keys(others).length > 0 ? { notKnown: others } : {};
      builder.put({ ...known, ...rest, key, of, [part]: { rows, readAt, scannedUntil } });
    });
  }

  #list(part: ContentPart, { of, scan }: ContentSource): HssList<unknown> {
    const { baseImages, imageFiles } = this.parts;
    const scanned = () => Promise.resolve(scan);
    return part === 'baseOs' ? baseImages.of(of, {}, scanned) : imageFiles.of(of, {}, scanned);
  }

  /** @returns undefined when only the cache may be asked, and the cache does not hold all rows. */
  async #rows(list: HssList<unknown>, signal: AbortSignal, onlyIfCached: boolean): Promise<Read | undefined> {
    const { reader, clock } = this.parts;
    const demand = { mustBeFresh: true, onlyIfCached };
    const read = { rows: [] as unknown[], readAt: Infinity, calls: 0 };
    const take = ({ fetchedAt, outcome }: Freshness) => {
      read.readAt = Math.min(read.readAt, fetchedAt);
      read.calls += outcome === 'hit' ? 0 : 1;
    };
    try {
      for (let hasMore = true; hasMore;) {
        const range = { offset: read.rows.length, limit: blockRows };
        const page = await backgroundCall(clock, signal, demand, (readContext) =>
          reader.page(list, range, readContext),
        );
        read.rows.push(...page.rows);
        take(page.freshness);
        hasMore = page.hasMore;
      }
      return read;
    } catch (error) {
      if (error instanceof NotCached) return undefined;
      if (!(error instanceof Absent)) throw error;
      take(error.freshness);
      return { ...read, rows: null };
    }
  }
}
