import { contentSource, needsReading } from '../model/content-source.js';
import type { ChangeSet } from '../model/change-set.js';
import { derive, severityRank } from '../model/derive.js';
import type { ImageDocument } from '../model/documents.js';
import type { CatalogStore } from '../model/reader.js';

export type ContentPart = 'baseOs' | 'files';

const bit: Record<ContentPart, number> = { baseOs: 1, files: 2 };
const parts = 4;
/** An image that HSS cannot answer for is asked for so often, */
const mostTries = 3;
const tryAgainMs = 10 * 60_000;
/** then left alone for a day. */
const givenUpMs = 24 * 3_600_000;
const mostExpired = 1_000;

/** Which image's content is to be read next: the riskiest first, of these the most deployed. */
export class ContentQueue {
  /** By key: rank × 4, and what is owed. One number each, as there can be 100,000. */
  readonly #owed = new Map<string, number>();
  /** Consumers have just read of these: what is missing is cheap. */
  readonly #hinted: Record<ContentPart, Set<string>> = { baseOs: new Set(), files: new Set() };
  readonly #failed = new Map<string, { times: number; notBefore: number }>();
  /** Content past its life, the oldest first. */
  readonly #expired: Record<ContentPart, string[]> = { baseOs: [], files: [] };

  constructor(private readonly store: CatalogStore) {}

  /** Looks at every image. */
  async rebuild(): Promise<void> {
    this.#owed.clear();
    for await (const slice of this.store.documents()) for (const { image } of slice) this.#look(image);
  }

  learn({ images, contents, gone }: ChangeSet): void {
    for (const image of images) this.#look(image);
    for (const key of gone) this.#owed.delete(key);
    for (const { key } of contents) {
      const image = this.store.document(key);
      if (image) this.#look(image);
    }
  }

  hint(key: string, part: ContentPart): void {
    if (((this.#owed.get(key) ?? 0) & bit[part]) !== 0) this.#hinted[part].add(key);
  }

  /** @param now on the monotonic clock. @returns undefined when nothing is owed that can be asked for now. */
  next(part: ContentPart, now: number): string | undefined {
    const [hinted] = this.#hinted[part];
    if (hinted !== undefined) {
      this.#hinted[part].delete(hinted);
      return hinted;
    }
    let best: string | undefined;
    let bestRank = -1;
    for (const [key, value] of this.#owed) {
      if ((value & bit[part]) === 0 || value <= bestRank) continue;
      if (this.#isLeftAlone(key, part, now)) continue;
      [best, bestRank] = [key, value];
    }
    return best ?? this.#expired[part].shift();
  }

  /** Finds content that was read before this wall time. @param now on the monotonic clock. */
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

  /** HSS has no answer for this image. */
  failed(key: string, part: ContentPart, now: number): void {
    const name = `${part} ${key}`;
    const times = (this.#failed.get(name)?.times ?? 0) + 1;
    this.#failed.set(name, { times, notBefore: now + (times < mostTries ? tryAgainMs : givenUpMs) });
  }

  succeeded(key: string, part: ContentPart): void {
    this.#failed.delete(`${part} ${key}`);
  }

  #isLeftAlone(key: string, part: ContentPart, now: number): boolean {
    return (this.#failed.get(`${part} ${key}`)?.notBefore ?? 0) > now;
  }

  #look(image: ImageDocument): void {
    const { key } = image;
    const source = contentSource(image);
    const content = this.store.content(key);
    const owed = (part: ContentPart) => (source && needsReading(source, content, part) ? bit[part] : 0);
    const bits = owed('baseOs') | owed('files');
    // The bits are read with `&`, which looks at the lowest 32 bits: the rank stands above them all the same.
    if (bits === 0) this.#owed.delete(key);
    else this.#owed.set(key, rankOf(image) * parts + bits);
  }
}

/** Severity (of none is known: -1), then hosts, then vulnerabilities. Never negative. */
function rankOf(image: ImageDocument): number {
  const { severity, hosts, findingCounts } = derive(image, undefined);
  const vulnerabilities = Number(findingCounts.vulnerabilities ?? 0);
  return (
    (severityRank(severity) + 1) * 1e10 +
    Math.min(hosts.total, 999_999) * 1e4 +
    Math.min(vulnerabilities, 9_999)
  );
}
