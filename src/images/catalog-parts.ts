import type { Freshness } from '../endpoints/lists/freshness.js';
import type { FreshnessDemand } from '../cache/freshness-demand.js';
import { satisfiesDemand } from '../catalog/lookup/catalog-mark.js';
import type { KnownImage } from '../catalog/lookup/known-images.js';
import { contentSource } from '../catalog/model/content-source.js';
import { isCurrent } from '../catalog/model/content-state.js';
import type { ImageHosts } from './host-lookup.js';
import type { ImageView } from './image-lookup.js';
import type { Part } from './part.js';

/** Content good enough for whoever asks. */
interface Read<Name extends 'baseOs' | 'files'> {
  read: NonNullable<ReturnType<KnownImage[Name]>>;
  freshness: Freshness;
}

/**
 * The parts of a merged answer as the catalog has them, each with its age. Nothing here asks HSS; what is not good
 * enough for whoever asks is undefined.
 */
export class CatalogParts {
  constructor(
    private readonly known: KnownImage,
    private readonly demand: FreshnessDemand,
    private readonly contentLifeMs: number,
    private readonly now: number,
  ) {}

  image(): Part<ImageView> | undefined {
    const { freshness } = this.known;
    if (!this.#isGoodEnough(freshness)) return undefined;
    return { status: freshness.status, value: viewOf(this.known), freshness };
  }

  /** Not before both lists were read: until then a look by name may find more. */
  hosts(): Part<ImageHosts> | undefined {
    const { image, age, freshness } = this.known;
    if (!age.complete || !this.#isGoodEnough(freshness)) return undefined;
    const { items, complete } = image.hosts;
    return { status: freshness.status, value: { items, complete }, freshness };
  }

  /**
   * Base OS or files, unless the image was scanned again since. Past its fresh life it is read anew where that can be:
   * `asStandIn` asks for what is there for when it cannot.
   */
  content<Name extends 'baseOs' | 'files'>(name: Name, asStandIn = false): Read<Name> | undefined {
    const { known } = this;
    const read = known[name]() as ReturnType<KnownImage[Name]>;
    const source = contentSource(known.document);
    if (!read || (source && !isCurrent(read, source.scan))) return undefined;
    const freshUntil = read.readAt + this.contentLifeMs;
    const status = this.now < freshUntil ? 'fresh' : 'stale';
    const { validity } = known.freshness;
    const freshness: Freshness = {
      ...known.freshness,
      ...{ status, fetchedAt: read.readAt, freshUntil, lifeMs: this.contentLifeMs },
      validity: { ...validity, until: Math.min(validity.until, freshUntil) },
    };
    if (!this.#isGoodEnough(freshness) || (status === 'stale' && !asStandIn)) return undefined;
    return { read, freshness };
  }

  #isGoodEnough(freshness: Freshness): boolean {
    return satisfiesDemand(freshness, this.demand, this.now);
  }
}

/** The names of the entry that is meant, the worst of what is said of the image anywhere. */
function viewOf({ image, entry }: KnownImage): ImageView {
  const { sizeBytes, severity, scan, findingCounts, digest } = image;
  const { imageId, type, namespace, name, tag } = entry?.row ?? image;
  const entries = image.entries.map(({ entryId, registryName, namespace, name, tag }) => ({
    ...{ entryId, registryName, namespace, name, tag },
  }));
  return {
    ...{ imageId, digest, type, namespace, name, tag },
    ...{ sizeBytes, severity, scan, findingCounts, entries },
  };
}
