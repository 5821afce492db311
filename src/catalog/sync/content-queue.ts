/**
 * The queue of images whose content (base OS or files) the content sync reads next: the riskiest first, and among
 * equal risks the most deployed. The queue never calls HSS.
 */
import { contentSource, needsReading, notKnownOf } from '../model/content-source.js';
import type { ChangeSet } from '../model/change-set.js';
import { derive } from '../model/derive.js';
import { isAhead } from '../../cache/entry.js';
import { severityRank } from '../../domain/severity.js';
import { contentParts, type ContentPart, type ImageDocument } from '../model/documents.js';
import type { CatalogStore } from '../model/reader.js';

const bit: Record<ContentPart, number> = { baseOs: 1, files: 2 };
const parts = 4;
/** The sync asks this many times for an image that HSS has no answer for. */
const mostTries = 3;
const tryAgainMs = 10 * 60_000;
/** After the last try the sync leaves the image alone for this long. */
const givenUpMs = 24 * 3_600_000;

/** How long the sync leaves a part of an image alone after that many answers in a row that were no help. */
export function restAfter(times: number): number {
  return times < mostTries ? tryAgainMs : givenUpMs;
}

const mostExpired = 1_000;

/** The time for which a part of an image is left alone: wall times in ms. */
interface Rest {
  from: number;
  until: number;
}

export class ContentQueue {
  /** Rank × 4 plus the bits of the parts to read, by key. One number for each image: there can be 100,000 images. */
  readonly #needsReading = new Map<string, number>();
  /** Images whose content a call has just read: the cache can have newer content than the catalog. */
  readonly #hinted: Record<ContentPart, Set<string>> = { baseOs: new Set(), files: new Set() };
  /** Parts that HSS had no usable answer for. The memory of this instance only. */
  readonly #failed = new Map<string, Rest & { times: number }>();
  /** Parts that HSS said it does not know. The documents have the same. */
  readonly #notKnown = new Map<string, Rest>();
  /** Keys of images whose content is past its life, the oldest content first. */
  readonly #expired: Record<ContentPart, string[]> = { baseOs: [], files: [] };

  constructor(private readonly store: CatalogStore) {}

  /** Looks at every image. */
  async rebuild(): Promise<void> {
    this.#needsReading.clear();
    this.#notKnown.clear();
    for (const part of contentParts) this.#hinted[part].clear();
    for await (const slice of this.store.documents()) for (const { image } of slice) this.#update(image);
    for (const name of this.#failed.keys())
      if (!this.store.document(name.slice(name.indexOf(' ') + 1))) this.#failed.delete(name);
  }

  learn({ images, contents, gone }: ChangeSet): void {
    for (const key of gone) this.#forget(key);
    for (const image of images) this.#update(image);
    for (const { key } of contents) {
      const image = this.store.document(key);
      if (image) this.#update(image);
    }
  }

  hint(key: string, part: ContentPart): void {
    this.#hinted[part].add(key);
  }

  /** @param now wall time in ms. @returns undefined when no image can be read now. */
  next(part: ContentPart, now: number): string | undefined {
    const [hinted] = this.#hinted[part];
    if (hinted !== undefined) {
      this.#hinted[part].delete(hinted);
      return hinted;
    }
    let best: string | undefined;
    let bestRank = -1;
    for (const [key, value] of this.#needsReading) {
      if ((value & bit[part]) === 0 || value <= bestRank) continue;
      if (this.#isLeftAlone(key, part, now)) continue;
      [best, bestRank] = [key, value];
    }
    return best ?? this.#expired[part].shift();
  }

  /** Finds content that was read before `before`. Both are wall times in ms. */
  async findExpired(part: ContentPart, before: number, now: number): Promise<void> {
    const found: { key: string; readAt: number }[] = [];
    for await (const slice of this.store.documents())
      for (const { image, content } of slice) {
        const readAt = content?.[part]?.readAt;
        if (readAt === undefined || readAt >= before || !contentSource(image)) continue;
        if (!this.#isLeftAlone(image.key, part, now)) found.push({ key: image.key, readAt });
      }
    found.sort((a, b) => a.readAt - b.readAt);
    this.#expired[part] = found.slice(0, mostExpired).map(({ key }) => key);
  }

  /** Notes that HSS has no usable answer for this image. */
  failed(key: string, part: ContentPart, now: number): void {
    const times = this.#timesFailed(key, part) + 1;
    this.#rest(key, part, { times, from: now, until: now + restAfter(times) });
  }

  /**
   * Notes that a call for this image failed, perhaps because of the image alone: other images come first for a while.
   * The failure does not count as a try, because HSS may be down for all images.
   */
  setAside(key: string, part: ContentPart, now: number): void {
    const times = this.#timesFailed(key, part);
    this.#rest(key, part, { times, from: now, until: now + restAfter(1) });
  }

  /** Looks at the image anew: an image that needs no content any more must not come again. */
  succeeded(key: string, part: ContentPart): void {
    this.#failed.delete(nameOf(key, part));
    const image = this.store.document(key);
    if (image) this.#update(image);
    else this.#forget(key);
  }

  #timesFailed(key: string, part: ContentPart): number {
    return this.#failed.get(nameOf(key, part))?.times ?? 0;
  }

  #rest(key: string, part: ContentPart, rest: Rest & { times: number }): void {
    // The image may have gone during its call.
    if (this.store.document(key)) this.#failed.set(nameOf(key, part), rest);
  }

  /** An image that is gone leaves nothing behind: such images would fill the memory in the course of months. */
  #forget(key: string): void {
    this.#needsReading.delete(key);
    for (const part of contentParts) {
      this.#hinted[part].delete(key);
      this.#failed.delete(nameOf(key, part));
      this.#notKnown.delete(nameOf(key, part));
    }
  }

  #isLeftAlone(key: string, part: ContentPart, now: number): boolean {
    const name = nameOf(key, part);
    // A rest that begins in the future was told by a clock that has been set back.
    return [this.#failed.get(name), this.#notKnown.get(name)].some(
      (rest) => rest && rest.until > now && !isAhead(rest.from, now),
    );
  }

  #update(image: ImageDocument): void {
    const { key } = image;
    const source = contentSource(image);
    const content = this.store.content(key);
    for (const part of contentParts) {
      const told = source && notKnownOf(source, content, part);
      if (told) this.#notKnown.set(nameOf(key, part), { from: told.askedAt, until: told.askAgainAt });
      else this.#notKnown.delete(nameOf(key, part));
    }
    const bitOf = (part: ContentPart) => (source && needsReading(source, content, part) ? bit[part] : 0);
    const bits = bitOf('baseOs') | bitOf('files');
    // `&` reads the lowest 32 bits only. A rank above 32 bits does no harm: the two bits of the parts stay readable.
    if (bits === 0) this.#needsReading.delete(key);
    else this.#needsReading.set(key, rankOf(image) * parts + bits);
  }
}

function nameOf(key: string, part: ContentPart): string {
  return `${part} ${key}`;
}

/** Orders by severity (-1 where unknown), then by hosts, then by vulnerabilities. Never negative. */
function rankOf(image: ImageDocument): number {
  const { severity, hosts, findingCounts } = derive(image, undefined);
  const vulnerabilities = Number(findingCounts.vulnerabilities ?? 0);
  return (
    (severityRank(severity) + 1) * 1e10 +
    Math.min(hosts.total, 999_999) * 1e4 +
    Math.min(vulnerabilities, 9_999)
  );
}
