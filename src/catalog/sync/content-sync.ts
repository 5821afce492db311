import type { BaseImagesRequest } from '../../endpoints/base-images/base-images.request.js';
import type { ImageFilesRequest } from '../../endpoints/image-files/image-files.request.js';
import { blockRows, type HssList, type ListReader } from '../../endpoints/lists/list-reader.js';
import { UpstreamError } from '../../hss/errors.js';
import type { Clock } from '../../time/clock.js';
import type { Replica } from '../log/replica.js';
import { contentSource, needsReading, type ContentSource } from '../model/content-source.js';
import { backgroundCall } from './background-call.js';
import type { ChangeCommitter } from './change-committer.js';
import type { ContentPart, ContentQueue } from './content-queue.js';

/** What HSS says of one image only. */
const ofTheImage = new Set(['not-found', 'invalid-request', 'upstream-invalid-response']);

export interface ContentSyncParts {
  reader: ListReader;
  baseImages: BaseImagesRequest;
  imageFiles: ImageFilesRequest;
  replica: Replica;
  commits: ChangeCommitter;
  queue: ContentQueue;
  clock: Clock;
  /** TTL_CONTENT. */
  lifeMs: number;
}

/** Reads what images hold, through the cache: what a consumer has had read is not read again. */
export class ContentSync {
  constructor(private readonly parts: ContentSyncParts) {}

  /** @returns false when nothing is owed now. @throws whatever HSS, the budget or the log say, but of one image only. */
  async step(part: ContentPart, signal: AbortSignal): Promise<boolean> {
    const { queue, clock } = this.parts;
    const key = queue.next(part, clock.monotonic());
    if (key === undefined) return false;
    try {
      await this.#read(key, part, signal);
      queue.succeeded(key, part);
    } catch (error) {
      if (!(error instanceof UpstreamError && ofTheImage.has(error.code))) throw error;
      queue.failed(key, part, clock.monotonic());
    }
    return true;
  }

  /** With what is left over: what is older than it should be. */
  findExpired(part: ContentPart): Promise<void> {
    const { queue, clock, lifeMs } = this.parts;
    return queue.findExpired(part, clock.now() - lifeMs, clock.monotonic());
  }

  async #read(key: string, part: ContentPart, signal: AbortSignal): Promise<void> {
    const { reader, commits, replica, clock, lifeMs } = this.parts;
    const { store } = replica;
    const document = store.document(key);
    const source = document && contentSource(document);
    if (!source) return;
    const content = store.content(key);
    const isExpired = (content?.[part]?.readAt ?? 0) < clock.now() - lifeMs;
    if (!needsReading(source, content, part) && !isExpired) return;
    const { of, scan } = source;
    // Another instance may have seen the list that told of the scan.
    reader.learnScans([{ imageId: of.imageId, digest: null, scan }]);
    const { rows, readAt, calls } = await this.#rows(this.#list(part, source), signal);
    await commits.commit((draft) => {
      draft.sync.calls += calls;
      if (!draft.document(key)) return;
      const held = store.content(key);
      // A scan that ended while it was read may be in it or not: the one before it is.
      const read = { rows, readAt, scannedUntil: scan.scannedAt };
      draft.put({ key, baseOs: held?.baseOs ?? null, files: held?.files ?? null, of, [part]: read });
    });
  }

  #list(part: ContentPart, { of, scan }: ContentSource): HssList<unknown> {
    const { baseImages, imageFiles } = this.parts;
    const scanned = () => Promise.resolve(scan);
    return part === 'baseOs' ? baseImages.of(of, {}, scanned) : imageFiles.of(of, {}, scanned);
  }

  async #rows(list: HssList<unknown>, signal: AbortSignal) {
    const { reader, clock } = this.parts;
    const read = { rows: [] as unknown[], readAt: Infinity, calls: 0 };
    for (let offset = 0, hasMore = true; hasMore; offset += blockRows) {
      const range = { offset, limit: blockRows };
      const page = await backgroundCall(clock, signal, { mustBeFresh: true }, (asking) =>
        reader.page(list, range, asking),
      );
      read.rows.push(...page.rows);
      read.readAt = Math.min(read.readAt, page.freshness.fetchedAt);
      read.calls += page.freshness.outcome === 'hit' ? 0 : 1;
      hasMore = page.hasMore;
    }
    return read;
  }
}
