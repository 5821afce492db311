import { Inject, Injectable } from '@nestjs/common';
import { bothValid } from '../cache/validity.js';
import { KnownImages } from '../catalog/lookup/known-images.js';
import type { ContentPart } from '../catalog/model/documents.js';
import { isDigest } from '../domain/digest.js';
import type { ImageCoordinates } from '../domain/image-coordinates.js';
import { isUnsettled } from '../domain/scan.js';
import type { BaseImageRow } from '../endpoints/base-images/base-image.row.js';
import type { LocalImageRow } from '../endpoints/local-images/local-image.row.js';
import { DataAnswer } from '../http/answer.js';
import { Problem } from '../http/problem.js';
import type { RequestContext } from '../http/request-context.js';
import { CLOCK } from '../injection-tokens.js';
import type { Clock } from '../time/clock.js';
import { CicdImages } from './cicd-images.js';
import type { CatalogParts } from './catalog-parts.js';
import { hostsOf, type ImageHosts } from './host-lookup.js';
import type { ImageView } from './image-lookup.js';
import type { PartName } from './images.query.js';
import { hasNoItems, isEmptyList, withScanStatus, knownScan, showsNothing } from './content-status.js';
import { merge } from './merge.js';
import type { Part } from './part.js';
import { PartReader, type ImageFiles, type PartsRequest } from './part-reader.js';

/** One request, with the data that need no call of HSS. */
export interface AnswerRequest extends PartsRequest {
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
 * Makes the merged answer: image, base OS, files and hosts of one image. Each part is read separately, from the catalog
 * or through the cache, and has its own status. A failed part does not make the other parts fail. Used by ImagesService,
 * which knows the image.
 */
@Injectable()
export class MergedAnswers {
  constructor(
    private readonly parts: PartReader,
    private readonly cicd: CicdImages,
    private readonly catalog: KnownImages,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The image part has four sources, in this order of preference:
   * 1. `imageFromLookup`: the lookup of the image has read it, from the catalog or from HSS.
   * 2. `readImage`: HSS's registry list through the cache, when the consumer wants the part or the hosts need a
   *    digest.
   * 3. `heldImage`: a list that the cache holds, without a call. This source is mostly enough for the other parts.
   * 4. A call of HSS, only to tell whether an empty list of content means that the image is clean.
   */
  async of(request: AnswerRequest): Promise<DataAnswer> {
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

  #baseOs(request: AnswerRequest, heldImage: Part<ImageView> | undefined): Promise<Part<BaseImageRow[]>> {
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

  #files(request: AnswerRequest, heldImage: Part<ImageView> | undefined): Promise<Part<ImageFiles>> {
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
    { image, known, catalogParts }: AnswerRequest,
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
    request: AnswerRequest,
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

/** For gates that must fail closed: an image whose scan is not complete has no assessment to trust. */
function refuseUnscanned(image: Part<ImageView> | undefined): void {
  if (!image || !('value' in image) || !image.value.scan || image.value.scan.status === 'completed') return;
  const { status } = image.value.scan;
  const detail = `HSS has not completed a scan of this image: its scan is ${status ?? 'not known'}`;
  throw new Problem('image-not-scanned', detail);
}
