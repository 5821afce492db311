import { Inject, Injectable } from '@nestjs/common';
import type { Dependency } from '../../cache/validity.js';
import type { CoordinatesQuery } from '../../endpoints/lists/coordinates.query.js';
import { isDigest, plainDigest } from '../../domain/digest.js';
import { EnterpriseProject } from '../../endpoints/lists/enterprise-project.js';
import { Lifetimes } from '../../endpoints/lists/lifetimes.js';
import { CLOCK } from '../../injection-tokens.js';
import type { Clock } from '../../time/clock.js';
import type { RegistryRecord } from '../model/documents.js';
import type { WholeImage } from '../model/reader.js';
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

  /** The wall time (ms) from which `isComplete` is expected to be true. */
  get completeAt(): number {
    return this.access.completeAt;
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
  get mark(): CatalogMark | null {
    const { reader } = this.access;
    return this.#isThere ? markOf(ageOf(reader), reader.coverage()) : null;
  }

  /**
   * @param given the coordinates that the consumer gave. The coordinates distinguish images with the same id.
   * @throws Problem `ambiguous-reference`.
   */
  byId(id: string, given: CoordinatesQuery & { enterpriseProjectId?: string }): KnownImage | undefined {
    if (!this.covers(given.enterpriseProjectId)) return undefined;
    const { type, namespace, name, tag } = given;
    const fits = ({ row }: RegistryRecord) =>
      (type === undefined || row.type === type) &&
      (namespace === undefined || row.namespace === namespace) &&
      (name === undefined || row.name === name) &&
      (tag === undefined || row.tag === tag);
    const isNarrowed = [type, namespace, name, tag].some((value) => value !== undefined);
    const keys = this.#keysOf(id).filter(
      (key) => !isNarrowed || this.access.reader.document(key)?.entries.some(fits),
    );
    return this.#only(keys, fits, 'digest');
  }

  /** @throws Problem `ambiguous-reference` when the reference stands for different digests. */
  byReference(reference: Reference, enterpriseProjectId: string | undefined): KnownImage | undefined {
    if (!this.covers(enterpriseProjectId)) return undefined;
    const { name } = reference;
    const byId = reference.kind === 'id' ? this.#keysOf(reference.id) : [];
    const foundBy = byId.length === 0 && isByName(reference) ? 'name' : 'digest';
    const keys = foundBy === 'name' && name ? this.named.keysOf(name) : byId;
    return this.#only(keys, (entry) => name !== undefined && this.named.isEntry(entry, name), foundBy);
  }

  /** Images with the reference's path that are not what the reference names, because another registry has them. */
  elsewhere({ name }: Reference, enterpriseProjectId: string | undefined): Candidate[] {
    if (!name || !this.covers(enterpriseProjectId)) return [];
    const keys = this.named.keysElsewhere(name).slice(0, mostCandidates);
    return keys.flatMap((key) => this.access.reader.whole(key) ?? []).map(candidateOf);
  }

  /**
   * The keys of the images with this id. HSS can use the digest of one image as the id of another image. If the id is
   * the digest of one of the images, only that image is meant.
   */
  #keysOf(id: string): string[] {
    const asDigest = id.toLowerCase();
    const digest = plainDigest(isDigest(asDigest) ? asDigest : id);
    const keys = this.access.reader.keysOf(digest);
    return keys.length > 1 && keys.includes(digest) ? [digest] : keys;
  }

  #only(
    keys: readonly string[],
    isMeant: (entry: RegistryRecord) => boolean,
    by: 'digest' | 'name',
  ): KnownImage | undefined {
    const found = [...new Set(keys)].flatMap((key) => this.access.reader.whole(key) ?? []);
    // If an image and one of its architectures are both found, only the image counts.
    const apart = found.filter(
      ({ document: { entries, onHosts } }) =>
        onHosts.length > 0 ||
        entries.length === 0 ||
        !entries.every(({ variantOf }) => variantOf !== null && keys.includes(variantOf)),
    );
    const [whole] = apart.length > 0 ? apart : found;
    if (apart.length > 1) throw ambiguousReference(apart.map(candidateOf));
    return whole && this.#known(whole, isMeant, by);
  }

  #known(whole: WholeImage, isMeant: (entry: RegistryRecord) => boolean, by: 'digest' | 'name'): KnownImage {
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
      ...chosenOf(document, isMeant),
      shown,
      isShown,
      isMeant,
      isNamedByHosts: by === 'name' && !hasMeant,
      age: ageOf(reader),
      names: isOnHostsOnly ? namedOnHosts(document, reader.sync) : namedEntries(document.key, shown, reader),
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
