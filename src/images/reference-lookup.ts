import { Inject, Injectable } from '@nestjs/common';
import { ambiguousReference } from '../catalog/lookup/ambiguous-reference.js';
import { satisfiesDemand } from '../catalog/lookup/catalog-mark.js';
import type { KnownImage, RowSearch } from '../catalog/lookup/known-image.js';
import { KnownImages } from '../catalog/lookup/known-images.js';
import { parseReference, type Reference } from '../catalog/lookup/reference.js';
import { hostRecord, registryRecords } from '../catalog/model/rows.js';
import { fitsFilters, namedImageOf, type NamedImage } from '../domain/image-coordinates.js';
import { sameDigest } from '../domain/digest.js';
import type { Freshness } from '../endpoints/lists/freshness.js';
import type { RegistryImage } from '../endpoints/registry-images/registry-image.row.js';
import { Problem } from '../http/problem.js';
import type { RequestContext } from '../http/request-context.js';
import { invalid } from '../http/validation.js';
import { CLOCK } from '../injection-tokens.js';
import type { Clock } from '../time/clock.js';
import { pick } from './image-lookup.js';
import { NameSearch, type NamedRows } from './name-search.js';

/** The image that a reference names: from the catalog, or from HSS's registry list. */
export type Referred =
  { known: KnownImage } | { image: NamedImage; found: { value: RegistryImage; freshness: Freshness } };

/** Finds the image that a reference means: in the catalog, or by one search by name in HSS's registry list. */
@Injectable()
export class ReferenceLookup {
  constructor(
    private readonly catalog: KnownImages,
    private readonly names: NameSearch,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Problem `invalid-request`, `ambiguous-reference`, `not-found`, `catalog-not-ready`; what HSS throws. */
  async find(
    text: string,
    enterpriseProjectId: string | undefined,
    context: RequestContext,
  ): Promise<Referred> {
    const reference = parseReference(text);
    if (!reference)
      throw invalid({
        field: 'ref',
        message: 'must be [registry-host/]namespace/name[:tag][@sha256:…], a digest or an id',
      });
    const known = this.catalog.byReference(reference, enterpriseProjectId);
    // A digest never changes its meaning. A tag can move to another image.
    if (known?.resolvedAt === Infinity) return { known };
    const search = searchOf(reference);
    const held = search && (await this.names.held(search, enterpriseProjectId));
    const resolved = known && this.#resolved(known, held, context);
    if (resolved) return { known: resolved };
    const isHeldGoodEnough = held && satisfiesDemand(held.freshness, context.demand, this.clock.now());
    const rows = isHeldGoodEnough
      ? held
      : search && (await this.names.read(search, enterpriseProjectId, context));
    const referred = rows && choose(rows, digestOf(reference));
    if (referred) return referred;
    // The image is on hosts only: the registry list does not have this name.
    if (known?.of === null) return { known: await this.#onHosts(known, enterpriseProjectId, context) };
    if (this.catalog.isComplete || search)
      throw new Problem('not-found', 'Neither the catalog nor HSS knows an image by this reference');
    throw new Problem(
      'catalog-not-ready',
      'Only the catalog could know this reference, and the catalog is not complete yet',
    );
  }

  /**
   * @returns undefined when the request demands a newer knowledge of which image has the name than the catalog's, or
   * when the cache holds newer rows.
   */
  #resolved(
    known: KnownImage,
    held: NamedRows | undefined,
    { demand }: RequestContext,
  ): KnownImage | undefined {
    const heldAt = held?.freshness.fetchedAt ?? 0;
    if (known.names.some(({ readAt }) => heldAt > readAt)) return undefined;
    const demandsAge = demand.mustBeFresh === true || demand.maxAgeMs !== undefined;
    if (known.resolvedAt === null) return demandsAge ? undefined : known;
    const resolvedAt = Math.max(known.resolvedAt, heldAt);
    const age = known.freshnessAt(resolvedAt);
    return satisfiesDemand(age, demand, this.clock.now()) ? { ...known, resolvedAt } : undefined;
  }

  /** Asks HSS for the rows of an image on hosts only, if the request demands a newer state than the catalog's. */
  async #onHosts(
    known: KnownImage,
    enterpriseProjectId: string | undefined,
    context: RequestContext,
  ): Promise<KnownImage> {
    const resolved = this.#resolved(known, undefined, context);
    if (resolved) return resolved;
    for (const { search } of known.names) {
      if (!search) continue;
      const found = await this.names.read(search, enterpriseProjectId, context);
      const rows = found.list === 'local' ? found.rows : [];
      const others = rows.filter((row) => hostRecord(row, 0).key !== known.document.key);
      if (others.length === 0) continue;
      throw ambiguousReference(
        rows.map(({ imageId, digest, name, tag }) => {
          return { imageId, digest, type: null, namespace: null, name, tag, registryName: null };
        }),
      );
    }
    return { ...known, resolvedAt: Infinity };
  }
}

function digestOf(reference: Reference): string | undefined {
  return reference.kind === 'id' ? reference.id : undefined;
}

/** @returns undefined without a namespace, or when a name is longer than HSS's filters accept. */
function searchOf({ kind, name: given }: Reference): RowSearch | undefined {
  if (given?.namespace === undefined) return undefined;
  const { namespace, name, tag } = given;
  // If tag and digest disagree, the digest decides: the tag may have moved to another image.
  const search = { namespace, name, ...(kind === 'id' || tag === undefined ? {} : { tag }) };
  return fitsFilters(search) ? search : undefined;
}

function choose(found: NamedRows, digest: string | undefined): Referred | undefined {
  const { freshness } = found;
  const rows = found.list === 'registry' ? found.rows : [];
  const records = rows.flatMap((row) => registryRecords(row, freshness.fetchedAt));
  const matches = records.filter(({ key, variantOf }) =>
    digest === undefined ? variantOf === null : sameDigest(key, digest),
  );
  const keys = new Set(matches.map(({ key }) => key));
  if (keys.size > 1) {
    const candidates = matches.map(({ row }) => {
      const { imageId, digest, type, namespace, name, tag, registry } = row;
      return { imageId, digest, type, namespace, name, tag, registryName: registry.name };
    });
    throw ambiguousReference(candidates);
  }
  const [match] = matches;
  const image = match && namedImageOf(match.row);
  const value = image && pick(rows, image);
  return value ? { image, found: { value, freshness } } : undefined;
}
