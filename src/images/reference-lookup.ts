import { Injectable } from '@nestjs/common';
import { ambiguousReference } from '../catalog/lookup/ambiguous-reference.js';
import { KnownImages, type KnownImage } from '../catalog/lookup/known-images.js';
import { parseReference, type Reference } from '../catalog/lookup/reference.js';
import { registryRecords } from '../catalog/model/rows.js';
import type { ReadContext } from '../cache/read-context.js';
import { worst, type Freshness } from '../endpoints/lists/freshness.js';
import { fitsFilters, namedImageOf, type NamedImage } from '../domain/image-coordinates.js';
import { sameDigest } from '../domain/digest.js';
import { ListReader } from '../endpoints/lists/list-reader.js';
import type { RegistryImage, RegistryImageRow } from '../endpoints/registry-images/registry-image.row.js';
import type { RegistryImagesQuery } from '../endpoints/registry-images/registry-images.query.js';
import { RegistryImagesRequest } from '../endpoints/registry-images/registry-images.request.js';
import { Problem } from '../http/problem.js';
import { invalid } from '../http/validation.js';
import { satisfiesDemand } from '../catalog/lookup/catalog-mark.js';
import { CLOCK } from '../injection-tokens.js';
import { Inject } from '@nestjs/common';
import type { Clock } from '../time/clock.js';
import { pick } from './image-lookup.js';

/** The image that a reference names: from the catalog, or from HSS's registry list. */
export type Referred =
  { known: KnownImage } | { image: NamedImage; found: { value: RegistryImage; freshness: Freshness } };

/** One name has at most 1,000 tags. If there are more blocks than this, HSS has ignored the filters. */
const mostBlocks = 5;

/** Finds the image that a reference means: in the catalog, or by one search by name in HSS's registry list. */
@Injectable()
export class ReferenceLookup {
  constructor(
    private readonly catalog: KnownImages,
    private readonly registryImages: RegistryImagesRequest,
    private readonly reader: ListReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Problem `invalid-request`, `ambiguous-reference`, `not-found`, `catalog-not-ready`; what HSS throws. */
  async find(
    text: string,
    enterpriseProjectId: string | undefined,
    readContext: ReadContext,
  ): Promise<Referred> {
    const reference = parseReference(text);
    if (!reference)
      throw invalid({
        field: 'ref',
        message: 'must be [registry-host/]namespace/name[:tag][@sha256:…], a digest or an id',
      });
    const known = this.catalog.byReference(reference, enterpriseProjectId);
    if (known && this.#standsFor(reference, known, readContext)) return { known };
    const search = searchOf(reference);
    if (search) {
      const referred = await this.#ask(reference, search, enterpriseProjectId, readContext);
      if (referred) return referred;
    }
    // The image is on hosts only: the registry list does not have this name.
    if (known && known.of === null) return { known };
    if (this.catalog.isComplete || search)
      throw new Problem('not-found', 'Neither the catalog nor HSS knows an image by this reference');
    throw new Problem(
      'catalog-not-ready',
      'Only the catalog could know this reference, and the catalog is not complete yet',
    );
  }

  /** A digest never changes its meaning. A tag can move, so the catalog must be as new as the consumer demands. */
  #standsFor(reference: Reference, { freshness }: KnownImage, { demand }: ReadContext): boolean {
    return reference.kind === 'id' || satisfiesDemand(freshness, demand, this.clock.now());
  }

  async #ask(
    reference: Reference,
    search: NameSearch,
    enterpriseProjectId: string | undefined,
    readContext: ReadContext,
  ): Promise<Referred | undefined> {
    const digest = reference.kind === 'id' ? reference.id : undefined;
    const project = enterpriseProjectId === undefined ? {} : { enterpriseProjectId };
    const { list } = this.registryImages.of({ ...search, ...project });
    const rows: RegistryImageRow[] = [];
    const read: Freshness[] = [];
    for await (const page of this.reader.blocks(list, mostBlocks, readContext)) {
      rows.push(...page.rows);
      read.push(page.freshness);
    }
    return choose(rows, digest, worst(read));
  }
}

type NameSearch = Pick<RegistryImagesQuery, 'namespace' | 'name' | 'tag'>;

/** @returns undefined without a namespace, or when a name is longer than HSS's filters accept. */
function searchOf({ kind, name: given }: Reference): NameSearch | undefined {
  if (given?.namespace === undefined) return undefined;
  const { namespace, name, tag } = given;
  // If tag and digest disagree, the digest decides: the tag may have moved to another image.
  const search = { namespace, name, ...(kind === 'id' || tag === undefined ? {} : { tag }) };
  return fitsFilters(search) ? search : undefined;
}

function choose(
  rows: readonly RegistryImageRow[],
  digest: string | undefined,
  freshness: Freshness,
): Referred | undefined {
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
