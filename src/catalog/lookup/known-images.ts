import { Inject, Injectable } from '@nestjs/common';
import type { Dependency } from '../../cache/validity.js';
import type { CoordinatesQuery } from '../../endpoints/lists/coordinates.query.js';
import { plainDigest } from '../../domain/digest.js';
import { EnterpriseProject } from '../../endpoints/lists/enterprise-project.js';
import { Lifetimes } from '../../endpoints/lists/lifetimes.js';
import { CLOCK } from '../../injection-tokens.js';
import type { Clock } from '../../time/clock.js';
import type { RegistryRecord } from '../model/documents.js';
import type { WholeImage } from '../model/reader.js';
import { ambiguousReference, type Candidate } from './ambiguous-reference.js';
import { CatalogAccess } from './catalog-access.js';
import { ageOf, freshnessOfCatalog, markOf, type CatalogMark } from './catalog-mark.js';
import { chosenOf, type KnownImage } from './known-image.js';
import { namedEntries, namedOnHosts } from './named-records.js';
import type { Reference, ReferenceName } from './reference.js';

/**
 * Finds the one image of the catalog that an id or a reference means. Every request for one image calls this class.
 * The class reads maps of the index and never runs a query.
 */
@Injectable()
export class KnownImages {
  constructor(
    private readonly access: CatalogAccess,
    private readonly lifetimes: Lifetimes,
    private readonly enterpriseProject: EnterpriseProject,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Whether the catalog has every image of HSS's lists. If true, HSS does not list an image that is missing here. */
  get isComplete(): boolean {
    return this.#isThere && ageOf(this.access.reader).complete;
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
    if (!this.#covers(given.enterpriseProjectId)) return undefined;
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
    if (!this.#covers(enterpriseProjectId)) return undefined;
    const { name } = reference;
    const byId = reference.kind === 'id' ? this.#keysOf(reference.id) : [];
    const keys = byId.length === 0 && name && isByName(reference) ? this.#keysNamed(name) : byId;
    const isMeant = ({ row }: RegistryRecord) =>
      name !== undefined &&
      row.namespace === (name.namespace ?? row.namespace) &&
      row.name === name.name &&
      row.tag === (name.tag ?? row.tag);
    return this.#only(keys, isMeant, byId.length > 0 ? 'digest' : 'name');
  }

  /**
   * The keys of the images with this id. HSS can use the digest of one image as the id of another image. If the id is
   * the digest of one of the images, only that image is meant.
   */
  #keysOf(id: string): string[] {
    const keys = this.access.reader.keysOf(id);
    const digest = plainDigest(id);
    return keys.length > 1 && keys.includes(digest) ? [digest] : keys;
  }

  /** Local rows have no namespace: the name of a local row can contain registry host and namespace, with slashes. */
  #keysNamed({ registryHost, namespace, name, tag }: ReferenceName): string[] {
    const { reader } = this.access;
    const tagged = tag === undefined ? {} : { tag };
    const exact = { ...(namespace === undefined ? {} : { namespace }), name, ...tagged };
    const keys = reader.keysNamed(exact);
    if (registryHost !== undefined && keys.length > 1) {
      const there = reader.keysNamed({ ...exact, registryName: registryHost });
      if (there.length > 0) return there;
    }
    if (keys.length > 0 || namespace === undefined) return keys;
    const path = `${namespace}/${name}`;
    const onHosts = reader.keysNamed({ name: path, ...tagged });
    if (onHosts.length > 0 || registryHost === undefined) return onHosts;
    return reader.keysNamed({ name: `${registryHost}/${path}`, ...tagged });
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
    const { walkedAt } = isOnHostsOnly ? local : registry;
    return {
      ...whole,
      ...chosenOf(document, isMeant),
      shown,
      isShown,
      isMeant,
      age: ageOf(reader),
      names: isOnHostsOnly ? namedOnHosts(document, reader.sync) : namedEntries(document.key, shown, reader),
      resolvedAt: by === 'name' ? walkedAt : Infinity,
      freshnessAt: (readAt, lifeMs = this.lifetimes.lists.freshMs) =>
        freshnessOfCatalog(versions, readAt, lifeMs, this.clock.now()),
    };
  }

  /** The catalog has the images of the configured enterprise project, and of no other project. */
  #covers(enterpriseProjectId: string | undefined): boolean {
    return this.#isThere && this.enterpriseProject.isConfigured(enterpriseProjectId);
  }

  get #isThere(): boolean {
    return this.access.reader.version > 0;
  }
}

function candidateOf({ image }: WholeImage): Candidate {
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
