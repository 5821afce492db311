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

/** The image that a reference names: from the catalog, else as HSS's registry list has it. */
export type Referred =
  { known: KnownImage } | { image: NamedImage; found: { value: RegistryImage; freshness: Freshness } };

/** One name has so many tags at the most; more is HSS ignoring our filters. */
const mostBlocks = 5;

/** What a reference means. Where the catalog does not know it, HSS is asked once, by name. */
@Injectable()
export class ReferenceLookup {
  constructor(
    private readonly catalog: KnownImages,
    private readonly registryImages: RegistryImagesRequest,
    private readonly reader: ListReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Problem `invalid-request`, `ambiguous-reference`, `not-found`, `catalog-not-ready`; what HSS throws. */
  async find(text: string, enterpriseProjectId: string | undefined, asking: ReadContext): Promise<Referred> {
    const reference = parseReference(text);
    if (!reference)
      throw invalid({
        field: 'ref',
        message: 'must be [registry-host/]namespace/name[:tag][@sha256:…], a digest or an id',
      });
    const known = this.catalog.byReference(reference, enterpriseProjectId);
    if (known && this.#standsFor(reference, known, asking)) return { known };
    const question = questionOf(reference);
    if (question) {
      const referred = await this.#ask(reference, question, enterpriseProjectId, asking);
      if (referred) return referred;
    }
    // It is on hosts alone: no list of HSS can be asked for it by this name.
    if (known && known.of === null) return { known };
    if (this.catalog.isComplete || question)
      throw new Problem('not-found', 'Neither the catalog nor HSS knows an image by this reference');
    throw new Problem(
      'catalog-not-ready',
      'Only the catalog could know this reference, and it is not complete',
    );
  }

  /** A digest is for ever. Where a tag leads can change: that must be as new as the consumer wants the answer to be. */
  #standsFor(reference: Reference, { freshness }: KnownImage, { demand }: ReadContext): boolean {
    return reference.kind === 'id' || satisfiesDemand(freshness, demand, this.clock.now());
  }

  async #ask(
    reference: Reference,
    question: Question,
    enterpriseProjectId: string | undefined,
    asking: ReadContext,
  ): Promise<Referred | undefined> {
    const digest = reference.kind === 'id' ? reference.id : undefined;
    const project = enterpriseProjectId === undefined ? {} : { enterpriseProjectId };
    const { list } = this.registryImages.of({ ...question, ...project });
    const rows: RegistryImageRow[] = [];
    const read: Freshness[] = [];
    for await (const page of this.reader.blocks(list, mostBlocks, asking)) {
      rows.push(...page.rows);
      read.push(page.freshness);
    }
    return choose(rows, digest, worst(read));
  }
}

type Question = Pick<RegistryImagesQuery, 'namespace' | 'name' | 'tag'>;

/** @returns undefined where HSS cannot be asked: without a namespace, or for more than its filters take. */
function questionOf({ kind, name: given }: Reference): Question | undefined {
  if (given?.namespace === undefined) return undefined;
  const { namespace, name, tag } = given;
  // A digest wins over a tag, which may have moved on since.
  const question = { namespace, name, ...(kind === 'id' || tag === undefined ? {} : { tag }) };
  return fitsFilters(question) ? question : undefined;
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
