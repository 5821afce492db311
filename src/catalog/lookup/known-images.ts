import { Inject, Injectable } from '@nestjs/common';
import type { Namespaces } from '../../domain/namespaces.js';
import type { Dependency } from '../../cache/validity.js';
import type { CoordinatesQuery } from '../../endpoints/lists/coordinates.query.js';
import { isDigest, plainDigest } from '../../domain/digest.js';
import { EnterpriseProject } from '../../endpoints/lists/enterprise-project.js';
import { Lifetimes } from '../../endpoints/lists/lifetimes.js';
import { Problem } from '../../http/problem.js';
import { CLOCK } from '../../injection-tokens.js';
import type { Clock } from '../../time/clock.js';
import type { RegistryRecord } from '../model/documents.js';
import type { SeenImages, WholeImage } from '../model/reader.js';
import { ambiguousReference, mostCandidates, type Candidate } from './ambiguous-reference.js';
import { CatalogAccess } from './catalog-access.js';
import { ageOf, freshnessOfCatalog, markOf, type CatalogMark } from './catalog-mark.js';
import { chosenOf, type KnownImage } from './known-image.js';
import { NamedImages } from './named-images.js';
import { namedEntries, namedOnHosts } from './named-records.js';
import type { Reference } from './reference.js';

/**
 * Finds the one image of the catalog that an id or a reference means. Every request for one image calls this class.
 * The class reads maps of the index and never runs a query.
 */
@Injectable()
export class KnownImages {
  constructor(
    private readonly access: CatalogAccess,
    private readonly named: NamedImages,
    private readonly lifetimes: Lifetimes,
    private readonly enterpriseProject: EnterpriseProject,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Whether the catalog has every image of HSS's lists. If true, HSS does not list an image that is missing here. */
  get isComplete(): boolean {
    return this.#isThere && ageOf(this.access.reader).complete;
  }

  /** The earliest wall time (ms) at which rows that HSS cannot be asked for by name are newer. */
  get walkedAgainAt(): number {
    return this.access.walkedAgainAt;
  }

  /** The catalog's epoch and newest version, for an answer that holds only until one of them changes. */
  dependencies(): readonly Dependency[] {
    return this.access.versions.dependencies();
  }

  /** @returns null while there is no catalog. */
  markFor(namespaces: Namespaces | null): CatalogMark | null {
    const { reader } = this.access;
    return this.#isThere ? markOf(ageOf(reader), reader.seenBy(namespaces).coverage()) : null;
  }

  /**
   * The problem for an image that a consumer with namespaces does not see: the same, whether it is there or not.
   * @throws Problem `catalog-not-ready` while the catalog is empty.
   */
  notSeen(): Problem {
    if (this.isComplete) return new Problem('not-found', 'The catalog knows no such image');
    return this.notComplete('The catalog knows no such image, and it is not complete yet');
  }

  /**
   * The problem for an image that may be in the part of the catalog that is still to be read.
   * @throws Problem `catalog-not-ready` while the catalog is empty, or is being loaded: with another reason and time.
   */
  notComplete(detail: string): Problem {
    this.access.checkReady();
    return new Problem('catalog-not-ready', detail, { retryAt: this.access.completeAt });
  }

  /**
   * @param given the coordinates that the consumer gave. The coordinates distinguish images with the same id.
   * @param namespaces those that the consumer sees. Null: all.
   * @throws Problem `ambiguous-reference`.
   */
  byId(
    id: string,
    given: CoordinatesQuery & { enterpriseProjectId?: string },
    namespaces: Namespaces | null,
  ): KnownImage | undefined {
    if (!this.covers(given.enterpriseProjectId)) return undefined;
    const { type, namespace, name, tag } = given;
    const fits = ({ row }: RegistryRecord) =>
      (type === undefined || row.type === type) &&
      (namespace === undefined || row.namespace === namespace) &&
      (name === undefined || row.name === name) &&
      (tag === undefined || row.tag === tag);
    const isNarrowed = [type, namespace, name, tag].some((value) => value !== undefined);
    const images = this.access.reader.seenBy(namespaces);
    const keys = keysOf(id, images).filter((key) => !isNarrowed || images.document(key)?.entries.some(fits));
    return this.#only(keys, fits, 'digest', namespaces);
  }

  /** @throws Problem `ambiguous-reference` when the reference stands for different digests. */
  byReference(
    reference: Reference,
    enterpriseProjectId: string | undefined,
    namespaces: Namespaces | null,
  ): KnownImage | undefined {
    if (!this.covers(enterpriseProjectId)) return undefined;
    const { name } = reference;
    const images = this.access.reader.seenBy(namespaces);
    const byId = reference.kind === 'id' ? keysOf(reference.id, images) : [];
    const foundBy = byId.length === 0 && isByName(reference) ? 'name' : 'digest';
    const keys = foundBy === 'name' && name ? this.named.keysOf(name, images) : byId;
    const isMeant = (entry: RegistryRecord) => name !== undefined && this.named.isEntry(entry, name, images);
    return this.#only(keys, isMeant, foundBy, namespaces);
  }

  /** Images with the reference's path that are not what the reference names, because another registry has them. */
  elsewhere(
    { name }: Reference,
    enterpriseProjectId: string | undefined,
    namespaces: Namespaces | null,
  ): Candidate[] {
    if (!name || !this.covers(enterpriseProjectId)) return [];
    const images = this.access.reader.seenBy(namespaces);
    const keys = this.named.keysElsewhere(name, images).sort().slice(0, mostCandidates);
    return keys.flatMap((key) => images.whole(key) ?? []).map(candidateOf);
  }

  #only(
    keys: readonly string[],
    isMeant: (entry: RegistryRecord) => boolean,
    by: 'digest' | 'name',
    namespaces: Namespaces | null,
  ): KnownImage | undefined {
    const images = this.access.reader.seenBy(namespaces);
    // The order of the index tells which image was written last, for whatever reason.
    const found = [...new Set(keys)].sort().flatMap((key) => images.whole(key) ?? []);
    // If an image and one of its architectures are both found, only the image counts.
    const apart = found.filter(
      ({ document: { entries, onHosts } }) =>
        onHosts.length > 0 ||
        entries.length === 0 ||
        !entries.every(({ variantOf }) => variantOf !== null && keys.includes(variantOf)),
    );
    const [whole] = apart.length > 0 ? apart : found;
    if (apart.length > 1) throw ambiguousReference(apart.map(candidateOf));
    return whole && this.#known(whole, isMeant, by, namespaces);
  }

  #known(
    whole: WholeImage,
    isMeant: (entry: RegistryRecord) => boolean,
    by: 'digest' | 'name',
    namespaces: Namespaces | null,
  ): KnownImage {
    const { reader, versions } = this.access;
    const { document } = whole;
    const hasMeant = by === 'name' && document.entries.some(isMeant);
    const isShown = hasMeant ? isMeant : () => true;
    const shown = document.entries.filter(isShown);
    const isOnHostsOnly = shown.length === 0;
    const { registry, local } = reader.sync;
    const { walkedAt } = hasMeant ? registry : local;
    return {
      ...whole,
      namespaces,
      ...chosenOf(document, isMeant),
      shown,
      isShown,
      isMeant,
      isNamedByHosts: by === 'name' && !hasMeant,
      age: ageOf(reader),
      names: isOnHostsOnly
        ? namedOnHosts(document, reader.sync)
        : namedEntries(document.key, shown, reader, reader.seenBy(namespaces)),
      resolvedAt: by === 'digest' ? Infinity : reader.purges.hasUnreadList ? null : walkedAt,
      freshnessAt: (readAt, lifeMs = this.lifetimes.lists.freshMs) =>
        freshnessOfCatalog(versions, readAt, lifeMs, this.clock.now()),
    };
  }

  /** The catalog has the images of the configured enterprise project, and of no other project. */
  covers(enterpriseProjectId: string | undefined): boolean {
    return this.#isThere && this.enterpriseProject.isConfigured(enterpriseProjectId);
  }

  get #isThere(): boolean {
    return this.access.isThere;
  }
}

/**
 * The keys of the images with this id. HSS can use the digest of one image as the id of another image. If the id is
 * the digest of one of the images, only that image is meant.
 */
function keysOf(id: string, images: SeenImages): string[] {
  const asDigest = id.toLowerCase();
  const digest = plainDigest(isDigest(asDigest) ? asDigest : id);
  const keys = images.keysOf(digest);
  return keys.length > 1 && keys.includes(digest) ? [digest] : keys;
}

/** The image as a problem shows it to a consumer who must choose. */
export function candidateOf({ image }: Pick<WholeImage, 'image'>): Candidate {
  const { imageId, digest, type, namespace, name, tag, entries } = image;
  const registryName = entries[0]?.registryName ?? null;
  return { imageId, digest, type, namespace, name, tag, registryName };
}

/**
 * Whether the reference's name may find the image. A reference with a digest is found by the digest alone. A single
 * segment without a digest can be an id or a name.
 */
function isByName(reference: Reference): boolean {
  return reference.kind === 'name' || !/^sha256:/.test(reference.id);
}
