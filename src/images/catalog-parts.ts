import type { FreshnessDemand } from '../cache/freshness-demand.js';
import type { Freshness } from '../endpoints/lists/freshness.js';
import { satisfiesDemand } from '../catalog/lookup/catalog-mark.js';
import { shownImage, type KnownImage } from '../catalog/lookup/known-image.js';
import { contentSource } from '../catalog/model/content-source.js';
import { isCurrent } from '../catalog/model/content-state.js';
import type { ContentPart } from '../catalog/model/documents.js';
import type { ImageHosts } from './host-lookup.js';
import type { ImageView } from './image-lookup.js';
import type { Part } from './part.js';

/** Content that is fresh enough for the request. */
interface Read<Name extends 'baseOs' | 'files'> {
  read: NonNullable<ReturnType<KnownImage[Name]>>;
  freshness: Freshness;
}

/**
 * The hosts and the content that the catalog knows of an image, each with its age. The service asks this class before
 * any call of HSS; this class never calls HSS. A part that is not fresh enough for the request is undefined.
 */
export class CatalogParts {
  constructor(
    private readonly known: KnownImage,
    private readonly demand: FreshnessDemand,
    private readonly contentLifeMs: number,
    private readonly now: number,
  ) {}

  /**
   * Undefined until both lists were read to the end: until then a search by name can find more hosts. Which hosts have
   * an image is known from walks, so the hosts are as old as the last walk.
   */
  hosts(): Part<ImageHosts> | undefined {
    const { age, freshnessAt } = this.known;
    const { walkedAt } = age.lists.local;
    const { items, complete, hasUnreadRows } = this.known.allHosts();
    if (hasUnreadRows) return this.#unread({ items, complete: complete && age.complete });
    if (!age.complete || walkedAt === null) return undefined;
    const freshness = freshnessAt(walkedAt);
    if (!this.#isGoodEnough(freshness)) return undefined;
    return { status: freshness.status, value: { items, complete }, freshness };
  }

  /**
   * Base OS or files, unless HSS has scanned the image again since the catalog read the content. Content past its
   * fresh life is undefined, so that the caller reads it from HSS. If `asStandIn` is true, stale content counts as
   * well: the caller uses stale content when HSS fails.
   */
  content<Name extends 'baseOs' | 'files'>(name: Name, asStandIn = false): Read<Name> | undefined {
    const { known } = this;
    const read = known[name]() as ReturnType<KnownImage[Name]>;
    const source = contentSource(known.document);
    if (!read || (source && !isCurrent(read, source.scan))) return undefined;
    // The content holds as long as the document is the same, which the catalog's version tells.
    const freshness = known.freshnessAt(read.readAt, this.contentLifeMs);
    if (!this.#isGoodEnough(freshness) || (freshness.status === 'stale' && !asStandIn)) return undefined;
    return { read, freshness };
  }

  /**
   * A part that HSS said it does not know, until the time at which the sync asks again. The image counts as scanned
   * since then when the catalog knows a newer scan.
   */
  absent(name: ContentPart): Part<never> | undefined {
    const { known } = this;
    const source = contentSource(known.document);
    const told = known.notKnown(name);
    if (!told || !source || !isCurrent(told, source.scan) || this.now >= told.askAgainAt) return undefined;
    const freshness = known.freshnessAt(told.askedAt, told.askAgainAt - told.askedAt);
    return this.#isGoodEnough(freshness) ? { status: 'absent', freshness } : undefined;
  }

  /** A purge leaves identity and hosts in the catalog. They are not fresh until they are read again. */
  #unread<T>(value: T): Part<T> | undefined {
    if (this.demand.mustBeFresh || this.demand.maxAgeMs !== undefined) return undefined;
    const { age, freshnessAt } = this.known;
    const freshness = freshnessAt(age.lists.local.walkedAt ?? age.asOf);
    const freshUntil = Math.min(freshness.freshUntil, this.now);
    return { status: 'stale', value, freshness: { ...freshness, status: 'stale', freshUntil } };
  }

  #isGoodEnough(freshness: Freshness): boolean {
    return satisfiesDemand(freshness, this.demand, this.now);
  }
}

/** The names come from the chosen entry; the findings are the worst that any shown row tells of the image. */
export function viewOf(known: KnownImage): ImageView {
  const { entry, image: whole } = known;
  const image = shownImage(known);
  const { sizeBytes, severity, scan, findingCounts, digest } = image;
  const { imageId, type, namespace, name, tag } = entry?.row ?? image;
  const entries = whole.entries.map(({ entryId, registryName, namespace, name, tag }) => {
    return { entryId, registryName, namespace, name, tag };
  });
  return { imageId, digest, type, namespace, name, tag, sizeBytes, severity, scan, findingCounts, entries };
}
