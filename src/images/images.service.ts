import { Inject, Injectable } from '@nestjs/common';
import type { Dependency } from '../cache/validity.js';
import type { KnownImage } from '../catalog/lookup/known-image.js';
import { KnownImages } from '../catalog/lookup/known-images.js';
import {
  checkImageId,
  hasCoordinates,
  readCoordinates,
  type CoordinatesQuery,
} from '../endpoints/lists/coordinates.query.js';
import type { ImageCoordinates } from '../domain/image-coordinates.js';
import { DataAnswer } from '../http/answer.js';
import { Problem } from '../http/problem.js';
import type { RequestContext } from '../http/request-context.js';
import { invalid } from '../http/validation.js';
import { Lifetimes } from '../endpoints/lists/lifetimes.js';
import { CLOCK } from '../injection-tokens.js';
import type { Clock } from '../time/clock.js';
import { CatalogParts } from './catalog-parts.js';
import { defaultParts, type ImageQuery, type PartName } from './images.query.js';
import { MergedAnswers, type AnswerRequest } from './merged-answers.js';
import { PartReader } from './part-reader.js';
import { ReferenceLookup } from './reference-lookup.js';

/**
 * Finds the image that a request means, and gives the merged answer about it. The routes of one image and the batch use
 * this service. MergedAnswers makes the answer.
 */
@Injectable()
export class ImagesService {
  constructor(
    private readonly answers: MergedAnswers,
    private readonly parts: PartReader,
    private readonly references: ReferenceLookup,
    private readonly catalog: KnownImages,
    private readonly lifetimes: Lifetimes,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The merged answer for an image id. @throws Problem when the request is wrong or no part is usable. */
  async get(imageId: string, query: ImageQuery, context: RequestContext): Promise<DataAnswer> {
    checkImageId(imageId);
    const include = partsOf(query.include);
    // Coordinates are no proof that a consumer sees the image.
    if (context.namespaces || !hasCoordinates(query)) {
      const known = this.#known(imageId, query, context);
      // The problem names the missing coordinates.
      if (!known) readCoordinates(imageId, query);
      return this.answers.of(await this.#ofKnown(imageId, known as KnownImage, include, query, context));
    }
    const image = readCoordinates(imageId, query);
    const known = include.has('hosts') ? this.#unlessAmbiguous(imageId, query, context) : undefined;
    const catalogParts = known && this.#partsOf(known, context);
    return this.answers.of({ imageId, image, include, catalogParts, query, context });
  }

  /** The merged answer for a reference. @throws like ReferenceLookup.find, and like `get`. */
  async lookup(
    ref: string,
    { include: words, ...query }: ImageQuery,
    context: RequestContext,
  ): Promise<DataAnswer> {
    const include = partsOf(words);
    const referred = await this.references.find(ref, query.enterpriseProjectId, context);
    if ('known' in referred) {
      const { known } = referred;
      const imageId = known.image.digest ?? known.image.imageId ?? ref;
      return this.answers.of(await this.#ofKnown(imageId, known, include, query, context));
    }
    const { image, found } = referred;
    const imageFromLookup = this.parts.usable(found.value, found.freshness);
    const { imageId } = image;
    const known = this.#unlessAmbiguous(found.value.digest ?? imageId, {}, context);
    const catalogParts = known && this.#partsOf(known, context);
    return this.answers.of({ imageId, image, known, include, imageFromLookup, catalogParts, query, context });
  }

  /**
   * The coordinates for HSS's two content calls. A consumer with namespaces sees the content only as long as the catalog
   * has the image in one of them, so the answer depends on the catalog.
   * @throws Problem when the coordinates cannot be known.
   */
  contentCoordinates(
    imageId: string,
    query: CoordinatesQuery,
    context: RequestContext,
  ): { image: ImageCoordinates; dependencies: readonly Dependency[] } {
    checkImageId(imageId);
    const isGiven = context.namespaces === null && hasCoordinates(query);
    const known = isGiven ? undefined : this.#known(imageId, query, context);
    if (known && !known.of)
      throw new Problem('not-found', 'HSS has no files or base OS of an image that is on hosts only');
    if (known?.of?.type === 'jfrog')
      throw invalid({
        field: 'type',
        message: 'must not be jfrog: HSS has no files or base OS of these images',
      });
    return {
      image: known?.of ?? readCoordinates(imageId, query),
      dependencies: context.namespaces ? this.catalog.dependencies() : [],
    };
  }

  /** @throws Problem for an image that a consumer with namespaces does not see; `ambiguous-reference`. */
  #known(imageId: string, query: CoordinatesQuery, { namespaces }: RequestContext): KnownImage | undefined {
    const known = this.catalog.byId(imageId, query, namespaces);
    if (namespaces && !known) throw this.catalog.notSeen();
    return known;
  }

  async #ofKnown(
    imageId: string,
    inCatalog: KnownImage,
    include: ReadonlySet<PartName>,
    query: Omit<ImageQuery, 'include'>,
    context: RequestContext,
  ): Promise<AnswerRequest> {
    const { known, image } = await this.parts.known(inCatalog, { query, context }, include.has('image'));
    const catalogParts = this.#partsOf(known, context);
    return { imageId, image: known.of, known, imageFromLookup: image, include, catalogParts, query, context };
  }

  #partsOf(known: KnownImage, { demand }: RequestContext): CatalogParts {
    return new CatalogParts(known, demand, this.lifetimes.content.freshMs, this.clock.now());
  }

  /** Several images can have one id. The request has all coordinates, so an ambiguous id is no error here. */
  #unlessAmbiguous(
    imageId: string,
    query: CoordinatesQuery,
    { namespaces }: RequestContext,
  ): KnownImage | undefined {
    try {
      return this.catalog.byId(imageId, query, namespaces);
    } catch (error) {
      if (error instanceof Problem && error.code === 'ambiguous-reference') return undefined;
      throw error;
    }
  }
}

function partsOf(include: string | undefined): ReadonlySet<PartName> {
  return new Set((include ?? defaultParts).split(',') as PartName[]);
}
