import { Inject, Injectable } from '@nestjs/common';
import { bothValid, type Dependency } from '../cache/validity.js';
import type { KnownImage } from '../catalog/lookup/known-image.js';
import { KnownImages } from '../catalog/lookup/known-images.js';
import type { ContentPart } from '../catalog/model/documents.js';
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
import { CicdImages } from './cicd-images.js';
import { CatalogParts } from './catalog-parts.js';
import { hostsOf, type ImageHosts } from './host-lookup.js';
import type { ImageView } from './image-lookup.js';
import { defaultParts, type ImageQuery, type PartName } from './images.query.js';
import { hasNoItems, isEmptyList, withScanStatus, knownScan, showsNothing } from './content-status.js';
import { merge } from './merge.js';
import type { Part } from './part.js';
import { PartReader, type ImageFiles, type PartsRequest } from './part-reader.js';
import { ReferenceLookup } from './reference-lookup.js';

/** One request, with the data that need no call of HSS. */
interface Request extends PartsRequest {
  include: ReadonlySet<PartName>;
  /** The image part, when the lookup of the image has read it already. */
  imageFromLookup?: Part<ImageView> | undefined;
  catalogParts?: CatalogParts | undefined;
}

/** The places to read base OS or files from. `newer`: from the cache, if the cache holds a newer read. */
interface ContentSources<T> {
  fromCatalog(asStandIn?: boolean): Part<T> | undefined;
  newer(inCatalog: Part<T>, image: ImageCoordinates): Promise<Part<T>>;
  read(image: ImageCoordinates): Promise<Part<T>>;
}

/**
 * The merged answer: image, base OS, files and hosts of one image. The routes of one image and the batch use this
 * service. Each part is read separately, from the catalog or through the cache, and has its own status. A failed
 * part does not make the other parts fail.
 */
@Injectable()
export class ImagesService {
  constructor(
    private readonly parts: PartReader,
    private readonly cicd: CicdImages,
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
      return this.#answer(await this.#ofKnown(imageId, known as KnownImage, include, query, context));
    }
    const image = readCoordinates(imageId, query);
    const known = include.has('hosts') ? this.#unlessAmbiguous(imageId, query, context) : undefined;
    const catalogParts = known && this.#partsOf(known, context);
    return this.#answer({ imageId, image, include, catalogParts, query, context });
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
      return this.#answer(await this.#ofKnown(imageId, known, include, query, context));
    }
    const { image, found } = referred;
    const imageFromLookup = this.parts.usable(found.value, found.freshness);
    const { imageId } = image;
    const known = this.#unlessAmbiguous(found.value.digest ?? imageId, {}, context);
    const catalogParts = known && this.#partsOf(known, context);
    return this.#answer({ imageId, image, known, include, imageFromLookup, catalogParts, query, context });
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
  ): Promise<Request> {
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

  /**
   * The image part has four sources, in this order of preference:
   * 1. `imageFromLookup`: the lookup of the image has read it, from the catalog or from HSS.
   * 2. `readImage`: HSS's registry list through the cache, when the consumer wants the part or the hosts need a
   *    digest.
   * 3. `heldImage`: a list that the cache holds, without a call. This source is mostly enough for the other parts.
   * 4. A call of HSS, only to tell whether an empty list of content means that the image is clean.
   */
  async #answer(request: Request): Promise<DataAnswer> {
    const { include, imageId, image: coordinates, imageFromLookup, context } = request;
    const strictness = context.strict ? { maxAgeMs: context.demand.maxAgeMs, now: this.clock.now() } : null;
    if (coordinates && !('name' in coordinates))
      return merge(await this.cicd.parts(coordinates, include, request), strictness);
    const heldImage = imageFromLookup ?? (await this.parts.held(request));
    const catalogHosts = include.has('hosts') ? request.catalogParts?.hosts() : undefined;
    const needsDigest = include.has('hosts') && !catalogHosts && !heldImage && !isDigest(imageId);
    const wantsImage = include.has('image') || needsDigest;
    // All calls start side by side. Only after the calls does one part depend on another part.
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
    // The meaning of an empty list depends on the scan, so the service spends a call that the consumer did not
    // request.
    const image = readImage ?? heldImage ?? (seemsClean ? await this.parts.image(request) : undefined);
    const hosts = catalogHosts ?? (localRows && (await this.#matchHosts(localRows, request, image)));
    if (context.strict && include.has('image')) refuseUnscanned(image);
    const answer = merge(
      {
        ...(include.has('image') && image ? { image } : {}),
        ...(baseOs ? { baseOs: withScanStatus(baseOs, image, isEmptyList) } : {}),
        ...(files ? { files: withScanStatus(files, image, hasNoItems) } : {}),
        ...(hosts ? { hosts } : {}),
      },
      strictness,
      image,
    );
    return request.known || catalogHosts ? this.#marked(answer, context) : answer;
  }

  /** Adds the catalog's age and coverage to an answer with at least one part from the catalog. */
  #marked({ body, age }: DataAnswer, { namespaces }: RequestContext): DataAnswer {
    const newest = { until: Infinity, dependencies: this.catalog.dependencies() };
    const marked = age && { ...age, validity: bothValid(age.validity, newest) };
    return new DataAnswer({ ...body, catalog: this.catalog.markFor(namespaces) }, marked);
  }

  #baseOs(request: Request, heldImage: Part<ImageView> | undefined): Promise<Part<BaseImageRow[]>> {
    const fromCatalog = (asStandIn?: boolean) => {
      const content = request.known && request.catalogParts?.content('baseOs', asStandIn);
      return content && this.parts.usable(content.read.rows, content.freshness);
    };
    return this.#content(request, 'baseOs', heldImage, {
      fromCatalog,
      newer: (part, image) => this.parts.newerBaseOs(part, image, request),
      read: (image) => this.parts.baseOs(image, request),
    });
  }

  #files(request: Request, heldImage: Part<ImageView> | undefined): Promise<Part<ImageFiles>> {
    const fromCatalog = (asStandIn?: boolean) => {
      const content = request.known && request.catalogParts?.content('files', asStandIn);
      if (!content) return undefined;
      const { read, freshness } = content;
      return this.parts.usable(this.parts.filesOf(read, freshness, request), freshness);
    };
    return this.#content(request, 'files', heldImage, {
      fromCatalog,
      newer: (part, image) => this.parts.newerFiles(part, image, request),
      read: (image) => this.parts.files(image, request),
    });
  }

  /** Base OS or files. Makes no call when the outcome is known without HSS. */
  async #content<T>(
    { image, known, catalogParts }: Request,
    name: ContentPart,
    heldImage: Part<ImageView> | undefined,
    sources: ContentSources<T>,
  ): Promise<Part<T>> {
    if (!image || image.type === 'jfrog') return { status: 'absent', freshness: null };
    // HSS shows the image under none of its names any more.
    if (known && heldImage?.status === 'absent') return heldImage;
    const scan = knownScan(heldImage);
    if (scan && isUnsettled(scan.scan)) return { status: 'pending', freshness: scan.freshness };
    const inCatalog = sources.fromCatalog() ?? (known && catalogParts?.absent(name));
    const part = inCatalog ? await sources.newer(inCatalog, image) : await sources.read(image);
    if (part.status !== 'failed') return part;
    const standIn = sources.fromCatalog(true);
    return standIn && 'value' in standIn ? { ...standIn, problem: part.problem } : part;
  }

  /**
   * The hosts of this image among the local rows: rows with the requested digest, with the digest of the image, or with
   * the digest of a relative.
   */
  async #matchHosts(
    rows: Part<LocalImageRow[]>,
    request: Request,
    image: Part<ImageView> | undefined,
  ): Promise<Part<ImageHosts>> {
    const { imageId, known, context } = request;
    // HSS has failed, and the image is on hosts only: the hosts that the catalog knows so far are the best answer.
    if (known && !known.of && !context.strict && rows.status === 'failed') {
      const { items } = known.allHosts();
      return this.parts.usable(
        { items, complete: false },
        known.freshnessAt(known.age.lists.local.walkedAt ?? known.age.asOf),
      );
    }
    if (!('value' in rows)) return rows;
    const digest = image && 'value' in image ? image.value.digest : null;
    // Local rows carry digests only. If the id is not a digest and the registry did not tell its digest, report the
    // image part's own status: the service cannot say "on no host".
    if (image && !('value' in image) && !isDigest(imageId)) return image;
    const relatives = await this.parts.relatives(request);
    return { ...rows, value: hostsOf(rows.value, [imageId, digest], relatives) };
  }
}

function partsOf(include: string | undefined): ReadonlySet<PartName> {
  return new Set((include ?? defaultParts).split(',') as PartName[]);
}

/** For gates that must fail closed: an image whose scan is not complete has no assessment to trust. */
function refuseUnscanned(image: Part<ImageView> | undefined): void {
  if (!image || !('value' in image) || !image.value.scan || image.value.scan.status === 'completed') return;
  const { status } = image.value.scan;
  const detail = `HSS has not completed a scan of this image: its scan is ${status ?? 'not known'}`;
  throw new Problem('image-not-scanned', detail);
}
