import { Inject, Injectable } from '@nestjs/common';
import { bothValid } from '../cache/validity.js';
import { KnownImages, type KnownImage } from '../catalog/lookup/known-images.js';
import {
  checkImageId,
  hasCoordinates,
  readCoordinates,
  type CoordinatesQuery,
} from '../endpoints/lists/coordinates.query.js';
import { isDigest } from '../domain/digest.js';
import type { ImageCoordinates } from '../domain/image-coordinates.js';
import { isUnsettled } from '../domain/scan.js';
import type { BaseImageRow } from '../endpoints/base-images/base-image.row.js';
import type { LocalImageRow } from '../endpoints/local-images/local-image.row.js';
import { DataAnswer } from '../http/answer.js';
import { Problem } from '../http/problem.js';
import type { RequestContext } from '../http/request-context.js';
import { invalid } from '../http/validation.js';
import { Lifetimes } from '../endpoints/lists/lifetimes.js';
import { CLOCK } from '../injection-tokens.js';
import type { Clock } from '../time/clock.js';
import { CatalogParts } from './catalog-parts.js';
import { hostsOf, type ImageHosts } from './host-lookup.js';
import type { ImageView } from './image-lookup.js';
import { defaultParts, type ImageQuery, type PartName } from './images.query.js';
import { hasNoItems, isEmptyList, withScanStatus, knownScan, showsNothing } from './content-status.js';
import { merge } from './merge.js';
import type { Part } from './part.js';
import { PartReader, type ImageFiles, type PartsRequest } from './part-reader.js';
import { ReferenceLookup } from './reference-lookup.js';

/** One request, with what is at hand for it without a call of HSS. */
interface Request extends PartsRequest {
  include: ReadonlySet<PartName>;
  /** The image part, when the lookup of the image has read it already. */
  imageFromLookup?: Part<ImageView> | undefined;
  catalogParts?: CatalogParts | undefined;
}

/**
 * The merged answer: image, base OS, files and hosts of one image side by side, each from the catalog or the cache on
 * its own, each with its own status. A part that fails does not take the others with it.
 */
@Injectable()
export class ImagesService {
  constructor(
    private readonly parts: PartReader,
    private readonly references: ReferenceLookup,
    private readonly catalog: KnownImages,
    private readonly lifetimes: Lifetimes,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws Problem when the request is wrong or no part is usable. */
  async get(imageId: string, query: ImageQuery, context: RequestContext): Promise<DataAnswer> {
    checkImageId(imageId);
    const include = partsOf(query.include);
    if (!hasCoordinates(query)) {
      const known = this.catalog.byId(imageId, query);
      // Says what is missing.
      if (!known) readCoordinates(imageId, query);
      return this.#answer(this.#ofKnown(imageId, known as KnownImage, include, query, context));
    }
    const image = readCoordinates(imageId, query);
    const known = include.has('hosts') ? this.#unlessAmbiguous(imageId, query) : undefined;
    const catalogParts = known && this.#partsOf(known, context);
    return this.#answer({ imageId, image, include, catalogParts, query, context });
  }

  /** The same answer for whatever the reference stands for. @throws like ReferenceLookup.find, and like `get`. */
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
      return this.#answer(this.#ofKnown(imageId, known, include, query, context));
    }
    const { image, found } = referred;
    const imageFromLookup = this.parts.usable(found.value, found.freshness);
    return this.#answer({ imageId: image.imageId, image, include, imageFromLookup, query, context });
  }

  /** What HSS has to be given to be asked about the image's content. @throws Problem where that cannot be known. */
  contentCoordinates(imageId: string, query: CoordinatesQuery): ImageCoordinates {
    checkImageId(imageId);
    const known = hasCoordinates(query) ? undefined : this.catalog.byId(imageId, query);
    if (known && !known.of)
      throw new Problem('not-found', 'HSS has no files or base OS of an image that is on hosts only');
    if ((known?.of?.type ?? query.type) === 'jfrog')
      throw invalid({
        field: 'type',
        message: 'must not be jfrog: HSS has no files or base OS of these images',
      });
    return known?.of ?? readCoordinates(imageId, query);
  }

  #ofKnown(
    imageId: string,
    known: KnownImage,
    include: ReadonlySet<PartName>,
    query: Omit<ImageQuery, 'include'>,
    context: RequestContext,
  ): Request {
    const catalogParts = this.#partsOf(known, context);
    return {
      imageId,
      image: known.of,
      known,
      imageFromLookup: catalogParts.image(),
      include,
      catalogParts,
      query,
      context,
    };
  }

  #partsOf(known: KnownImage, { demand }: RequestContext): CatalogParts {
    return new CatalogParts(known, demand, this.lifetimes.content.freshMs, this.clock.now());
  }

  /** With all its coordinates an image can be answered for, whatever else has its id. */
  #unlessAmbiguous(imageId: string, query: ImageQuery): KnownImage | undefined {
    try {
      return this.catalog.byId(imageId, query);
    } catch (error) {
      if (error instanceof Problem && error.code === 'ambiguous-reference') return undefined;
      throw error;
    }
  }

  /**
   * The image part has four sources, in this order of preference:
   * 1. `imageFromLookup`: the lookup of the image has read it, from the catalog or from HSS.
   * 2. `readImage`: HSS's registry list through the cache, when the consumer wants the part or the hosts need a digest.
   * 3. `heldImage`: a list that the cache holds. It costs no call, and it is all that the other parts need mostly.
   * 4. A call of HSS, only to tell whether an empty list of content means that the image is clean.
   */
  async #answer(request: Request): Promise<DataAnswer> {
    const { include, imageId, imageFromLookup, context } = request;
    const heldImage = imageFromLookup ?? (await this.parts.held(request));
    const catalogHosts = include.has('hosts') ? request.catalogParts?.hosts() : undefined;
    const needsDigest = include.has('hosts') && !catalogHosts && !heldImage && !isDigest(imageId);
    const wantsImage = include.has('image') || needsDigest;
    // All calls leave side by side; only then does one part look at another.
    const calls = {
      image: wantsImage ? (imageFromLookup ?? this.parts.image(request)) : undefined,
      baseOs: include.has('baseOs') ? this.#baseOs(request, heldImage) : undefined,
      files: include.has('files') ? this.#files(request, heldImage) : undefined,
      hosts: include.has('hosts') && !catalogHosts ? this.parts.localRows(request) : undefined,
    };
    const [readImage, baseOs, files, localRows] = [
      await calls.image,
      await calls.baseOs,
      await calls.files,
      await calls.hosts,
    ];
    const seemsClean = showsNothing(baseOs, isEmptyList) || showsNothing(files, hasNoItems);
    // What an empty list means depends on the scan: one call for that is well spent, though nobody asked for it.
    const image = readImage ?? heldImage ?? (seemsClean ? await this.parts.image(request) : undefined);
    const hosts = catalogHosts ?? (localRows && this.#matchHosts(localRows, request, image));
    const answer = merge(
      {
        ...(include.has('image') && image ? { image } : {}),
        ...(baseOs ? { baseOs: withScanStatus(baseOs, image, isEmptyList) } : {}),
        ...(files ? { files: withScanStatus(files, image, hasNoItems) } : {}),
        ...(hosts ? { hosts } : {}),
      },
      context.strict,
      image,
    );
    return request.known || catalogHosts ? this.#marked(answer) : answer;
  }

  /** It is of the catalog, in part at least, and says how old and how whole that is. */
  #marked({ body, age }: DataAnswer): DataAnswer {
    const newest = { until: Infinity, dependencies: this.catalog.dependencies() };
    const marked = age && { ...age, validity: bothValid(age.validity, newest) };
    return new DataAnswer({ ...body, catalog: this.catalog.mark }, marked);
  }

  #baseOs(request: Request, heldImage: Part<ImageView> | undefined): Promise<Part<BaseImageRow[]>> {
    const fromCatalog = (asStandIn?: boolean) => {
      const content = request.known && request.catalogParts?.content('baseOs', asStandIn);
      return content && this.parts.usable(content.read.rows, content.freshness);
    };
    return this.#content(request, heldImage, fromCatalog, (image) => this.parts.baseOs(image, request));
  }

  #files(request: Request, heldImage: Part<ImageView> | undefined): Promise<Part<ImageFiles>> {
    const fromCatalog = (asStandIn?: boolean) => {
      const content = request.known && request.catalogParts?.content('files', asStandIn);
      if (!content) return undefined;
      const { read, freshness } = content;
      return this.parts.usable(this.parts.filesOf(read, freshness, request), freshness);
    };
    return this.#content(request, heldImage, fromCatalog, (image) => this.parts.files(image, request));
  }

  /** Base OS or files, unless it is known beforehand what the answer would be. */
  async #content<T>(
    { image }: Request,
    heldImage: Part<ImageView> | undefined,
    fromCatalog: (asStandIn?: boolean) => Part<T> | undefined,
    read: (image: ImageCoordinates) => Promise<Part<T>>,
  ): Promise<Part<T>> {
    if (!image || image.type === 'jfrog') return { status: 'absent', freshness: null };
    const scan = knownScan(heldImage);
    if (scan && isUnsettled(scan.scan)) return { status: 'pending', freshness: scan.freshness };
    const part = fromCatalog() ?? (await read(image));
    if (part.status !== 'failed') return part;
    const standIn = fromCatalog(true);
    return standIn && 'value' in standIn ? { ...standIn, problem: part.problem } : part;
  }

  /** The local rows that are this image: those of the digest asked for, or of the digest that its id stands for. */
  #matchHosts(
    rows: Part<LocalImageRow[]>,
    { imageId, known, context }: Request,
    image: Part<ImageView> | undefined,
  ): Part<ImageHosts> {
    // Both lists are not read to their ends yet: what is known of one that is on hosts only is what there is.
    if (known && !known.of && !context.strict && rows.status === 'failed') {
      const { items } = known.image.hosts;
      return this.parts.usable({ items, complete: false }, known.freshness);
    }
    if (!('value' in rows)) return rows;
    const digest = image && 'value' in image ? image.value.digest : null;
    // Hosts know digests. What an id stands for that is none is for the registry to say: "on no host" would be a guess.
    if (image && !('value' in image) && !isDigest(imageId)) return image;
    return { ...rows, value: hostsOf(rows.value, [imageId, digest]) };
  }
}

function partsOf(include: string | undefined): ReadonlySet<PartName> {
  return new Set((include ?? defaultParts).split(',') as PartName[]);
}
