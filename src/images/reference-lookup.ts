import { Inject, Injectable } from '@nestjs/common';
import { ambiguousReference, type Candidate } from '../catalog/lookup/ambiguous-reference.js';
import { CATALOG } from '../catalog/lookup/catalog-access.js';
import { satisfiesDemand } from '../catalog/lookup/catalog-mark.js';
import { dependingOn, type KnownImage, type RowName } from '../catalog/lookup/known-image.js';
import { candidateOf, KnownImages } from '../catalog/lookup/known-images.js';
import { isHubOwn, parseReference, referenceHint, type Reference } from '../catalog/lookup/reference.js';
import { Registries } from '../catalog/lookup/registries.js';
import type { CatalogReader } from '../catalog/model/reader.js';
import { registryRecords } from '../catalog/model/rows.js';
import { seesRow } from '../catalog/model/seen.js';
import { fitsFilters, namedImageOf, type NamedImage } from '../domain/image-coordinates.js';
import type { Namespaces } from '../domain/namespaces.js';
import { sameDigest } from '../domain/digest.js';
import type { Freshness } from '../endpoints/lists/freshness.js';
import type { RegistryImage, RegistryImageRow } from '../endpoints/registry-images/registry-image.row.js';
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

const inOtherRegistry =
  'The registry of this reference does not have the image, but another registry or a host has an image of this name: ' +
  'ask for one of the candidates by its digest';
const onHostsOnly =
  'Only hosts have this name, and the tag may mean another image in the registry by now: ask for the image by its digest';

/** Finds the image that a reference means: in the catalog, or by one search by name in HSS's registry list. */
@Injectable()
export class ReferenceLookup {
  constructor(
    private readonly catalog: KnownImages,
    private readonly registries: Registries,
    @Inject(CATALOG) private readonly reader: CatalogReader,
    private readonly names: NameSearch,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Problem `invalid-request`, `ambiguous-reference`, `not-found`, `catalog-not-ready`; what HSS throws. */
  async find(
    text: string,
    enterpriseProjectId: string | undefined,
    context: RequestContext,
  ): Promise<Referred> {
    const parsed = parseReference(text);
    if (!parsed) throw invalid({ field: 'ref', message: referenceHint(text) });
    const { namespaces } = context;
    const reference = this.registries.resolve(parsed, this.reader.seenBy(namespaces));
    // HSS is asked for a consumer with namespaces only about images that the consumer sees.
    const mayAsk = namespaces === null || this.#isSeen(reference, namespaces);
    const search =
      mayAsk && this.#mayBeInHss(reference, enterpriseProjectId, namespaces)
        ? searchOf(reference)
        : undefined;
    const held = search && (await this.names.held(search, enterpriseProjectId));
    const canBeSettled = held !== undefined || demandsAge(context);
    const known = this.#known(reference, enterpriseProjectId, namespaces, canBeSettled);
    // A digest never changes its meaning. A tag can move to another image.
    if (known?.resolvedAt === Infinity) return { known };
    const resolved = known && this.#resolved(known, held, context);
    if (resolved) {
      const watched = search ? [this.names.dependencyOn(search, enterpriseProjectId)] : [];
      return { known: dependingOn(resolved, watched) };
    }
    const isHeldGoodEnough = held && satisfiesDemand(held.freshness, context.demand, this.clock.now());
    const rows = isHeldGoodEnough
      ? held
      : search && (await this.names.read(search, enterpriseProjectId, context));
    const referred = rows && this.#choose(seenRows(rows, namespaces), reference, namespaces);
    if (referred) return referred;
    // The registry list does not have this name, and hosts have it.
    if (known?.isNamedByHosts) {
      if (context.strict) throw ambiguousReference([candidateOf(known)], onHostsOnly);
      return { known };
    }
    const elsewhere = known ? [] : this.catalog.elsewhere(reference, enterpriseProjectId, namespaces);
    if (elsewhere.length > 0) throw ambiguousReference(elsewhere, inOtherRegistry);
    if (namespaces) throw this.catalog.notSeen();
    if (this.catalog.isComplete || search)
      throw new Problem('not-found', 'Neither the catalog nor HSS knows an image by this reference');
    throw this.catalog.notComplete(
      'Only the catalog could know this reference, and the catalog is not complete yet',
    );
  }

  /** Whether the reference means an image that the consumer sees, or several of them. */
  #isSeen(reference: Reference, namespaces: Namespaces): boolean {
    try {
      return this.catalog.byReference(reference, undefined, namespaces) !== undefined;
    } catch (error) {
      if (error instanceof Problem && error.code === 'ambiguous-reference') return true;
      throw error;
    }
  }

  /**
   * @param canBeSettled newer rows can tell which one of several images has the name now.
   * @throws Problem `ambiguous-reference`
   */
  #known(
    reference: Reference,
    enterpriseProjectId: string | undefined,
    namespaces: Namespaces | null,
    canBeSettled: boolean,
  ): KnownImage | undefined {
    try {
      return this.catalog.byReference(reference, enterpriseProjectId, namespaces);
    } catch (error) {
      const isAmbiguous = error instanceof Problem && error.code === 'ambiguous-reference';
      if (isAmbiguous && canBeSettled && reference.kind === 'name') return undefined;
      throw error;
    }
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
    if (known.isNamedByHosts && demand.mustBeFresh === true) return undefined;
    if (known.resolvedAt === null) return demandsAge({ demand }) ? undefined : known;
    const resolvedAt = Math.max(known.resolvedAt, heldAt);
    const age = known.freshnessAt(resolvedAt);
    return satisfiesDemand(age, demand, this.clock.now()) ? { ...known, resolvedAt } : undefined;
  }

  /**
   * Whether HSS's registry list can have the image. The complete catalog names all registries, so a host that is none
   * of them costs no call.
   */
  #mayBeInHss(
    { name }: Reference,
    enterpriseProjectId: string | undefined,
    namespaces: Namespaces | null,
  ): boolean {
    const host = name?.registryHost;
    if (host === undefined || this.registries.isOurs(host, this.reader.seenBy(namespaces))) return true;
    if (name && isHubOwn(name)) return false;
    return !(this.catalog.covers(enterpriseProjectId) && this.catalog.isComplete);
  }

  #choose(found: NamedRows, reference: Reference, namespaces: Namespaces | null): Referred | undefined {
    const { freshness } = found;
    const digest = reference.kind === 'id' ? reference.id : undefined;
    const rows = found.list === 'registry' ? found.rows : [];
    const images = this.reader.seenBy(namespaces);
    const isThere = (row: RegistryImageRow) =>
      this.registries.isAt(reference.name?.registryHost, row, images);
    // Equal digests are equal images, in whatever registry.
    const there = digest === undefined ? rows.filter(isThere) : rows;
    if (there.length === 0 && rows.length > 0)
      throw ambiguousReference(rows.map(candidateIn), inOtherRegistry);
    const records = there.flatMap((row) => registryRecords(row, freshness.fetchedAt));
    const matches = records.filter(({ key, variantOf }) =>
      digest === undefined ? variantOf === null : sameDigest(key, digest),
    );
    const keys = new Set(matches.map(({ key }) => key));
    if (keys.size > 1) throw ambiguousReference(matches.map(({ row }) => candidateIn(row)));
    const [match] = matches;
    const image = match && namedImageOf(match.row);
    const value = image && pick(there, image);
    return value ? { image, found: { value, freshness } } : undefined;
  }
}

function demandsAge({ demand }: Pick<RequestContext, 'demand'>): boolean {
  return demand.mustBeFresh === true || demand.maxAgeMs !== undefined;
}

/** @returns undefined without a namespace, or when a name is longer than HSS's filters accept. */
function searchOf({ kind, name: given }: Reference): RowName | undefined {
  if (given?.namespace === undefined) return undefined;
  const { namespace, name, tag } = given;
  // If tag and digest disagree, the digest decides: the tag may have moved to another image.
  const search = { namespace, name, ...(kind === 'id' || tag === undefined ? {} : { tag }) };
  return fitsFilters(search) ? search : undefined;
}

/** HSS is asked by namespace and name, and can show rows of a registry that the consumer does not see. */
function seenRows(found: NamedRows, namespaces: Namespaces | null): NamedRows {
  if (found.list === 'local') return found;
  return { ...found, rows: found.rows.filter((row) => seesRow(namespaces, row)) };
}

function candidateIn({
  imageId,
  digest,
  type,
  namespace,
  name,
  tag,
  registry,
}: Omit<RegistryImageRow, 'entries'>): Candidate {
  return { imageId, digest, type, namespace, name, tag, registryName: registry.name };
}
