import { Inject, Injectable } from '@nestjs/common';
import type { KnownImage } from '../catalog/lookup/known-image.js';
import { relativesOf, type Relative } from '../catalog/model/related-hosts.js';
import type { KnownFiles } from '../catalog/model/reader.js';
import { BaseImagesRequest } from '../endpoints/base-images/base-images.request.js';
import type { BaseImageRow } from '../endpoints/base-images/base-image.row.js';
import type { ImageFileRow } from '../endpoints/image-files/image-file.row.js';
import { ImageFilesRequest } from '../endpoints/image-files/image-files.request.js';
import type { Freshness } from '../endpoints/lists/freshness.js';
import type { ImageCoordinates } from '../domain/image-coordinates.js';
import { blockRows } from '../endpoints/lists/list-blocks.js';
import { Absent, ListReader, type Page } from '../endpoints/lists/list-reader.js';
import type { ScanLookup } from '../domain/scan.js';
import type { LocalImageRow } from '../endpoints/local-images/local-image.row.js';
import { link, PublicPaths } from '../http/links.js';
import { Problem } from '../http/problem.js';
import type { RequestContext } from '../http/request-context.js';
import { toProblem } from '../http/to-problem.js';
import { LOG } from '../injection-tokens.js';
import type { Log } from '../telemetry/log.js';
import { viewOf } from './catalog-parts.js';
import { ageOf, FreshRows } from './fresh-rows.js';
import { HostLookup } from './host-lookup.js';
import { ImageLookup, type ImageView } from './image-lookup.js';
import type { ImageQuery } from './images.query.js';
import { newerOf, type Part } from './part.js';

export interface ImageFiles {
  items: ImageFileRow[];
  total: Page<ImageFileRow>['total'];
  next: string | null;
}

/** One request for a merged answer. */
export interface PartsRequest {
  /** The id that the consumer gave. Links in the answer use this id. */
  imageId: string;
  /** Null for an image on hosts only: HSS has no call for its parts. */
  image: ImageCoordinates | null;
  /** The catalog's image, when the catalog supplied the coordinates in place of the consumer. */
  known?: KnownImage | undefined;
  query: Omit<ImageQuery, 'include'>;
  context: RequestContext;
}

type HeldFiles = Pick<Page<ImageFileRow>, 'rows' | 'total' | 'freshness'>;

const defaultFileLimit = 10;

/** Reads single parts of a merged answer through the cache. An error never throws: it becomes the part's status. */
@Injectable()
export class PartReader {
  constructor(
    private readonly images: ImageLookup,
    private readonly hosts: HostLookup,
    private readonly rows: FreshRows,
    private readonly imageFiles: ImageFilesRequest,
    private readonly baseImages: BaseImagesRequest,
    private readonly reader: ListReader,
    private readonly paths: PublicPaths,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** The image part from a list that the cache holds. Never calls HSS. */
  async held({ image, query, context }: PartsRequest): Promise<Part<ImageView> | undefined> {
    const held = image && (await this.images.held(image, query.enterpriseProjectId, context.demand));
    return held ? this.usable(held.value, held.freshness) : undefined;
  }

  /**
   * The image of the catalog with its newest rows, and the image part.
   * @param mayAsk whether HSS is asked for rows that are too old for the request. If not, the part can be older.
   */
  async known(
    known: KnownImage,
    { query, context }: Pick<PartsRequest, 'query' | 'context'>,
    mayAsk: boolean,
  ): Promise<{ known: KnownImage; image: Part<ImageView> }> {
    const project = query.enterpriseProjectId;
    let fresh = await this.rows.held(known, project);
    const tooOld = this.rows.tooOld(fresh, context.demand);
    const image = await this.#settle<ImageView>(async () => {
      if (mayAsk && tooOld.length > 0) fresh = await this.rows.read(fresh, tooOld, project, context);
      const { entries, onHosts } = fresh.known.document;
      const freshness = ageOf(fresh);
      if (entries.length + onHosts.length === 0 || (known.namespaces && entries.length === 0))
        return { status: 'absent', freshness };
      return this.usable(viewOf(fresh.known), freshness);
    });
    return { known: fresh.known, image };
  }

  image({ image, query, context }: PartsRequest): Promise<Part<ImageView>> {
    if (!image || !('name' in image)) return Promise.resolve(this.#outOfReach());
    return this.#settle(async () => {
      const { value, freshness } = await this.images.find(image, query.enterpriseProjectId, context);
      return value ? this.usable(value, freshness) : { status: 'absent', freshness };
    });
  }

  baseOs(image: ImageCoordinates, request: PartsRequest): Promise<Part<BaseImageRow[]>> {
    return this.#settle(async () => {
      const { query, context } = request;
      const list = this.baseImages.of(image, query, this.#scanLookup(image, request));
      const page = await this.reader.page(list, { offset: 0, limit: blockRows }, context);
      return this.usable(page.rows, page.freshness);
    });
  }

  files(image: ImageCoordinates, request: PartsRequest): Promise<Part<ImageFiles>> {
    return this.#settle(async () => {
      const { query, context } = request;
      const limit = fileLimitOf(query);
      const list = this.imageFiles.of(image, query, this.#scanLookup(image, request));
      const { rows, total, hasMore, freshness } = await this.reader.page(list, { offset: 0, limit }, context);
      const next = hasMore ? this.#nextFiles(request, freshness, rows.length) : null;
      return this.usable({ items: rows, total, next }, freshness);
    });
  }

  /** The catalog's base OS, or a newer base OS that the cache holds. Never calls HSS. */
  async newerBaseOs(
    inCatalog: Part<BaseImageRow[]>,
    image: ImageCoordinates,
    request: PartsRequest,
  ): Promise<Part<BaseImageRow[]>> {
    const list = this.baseImages.of(image, request.query, this.#scanLookup(image, request));
    const held = await this.reader.peek(list, request.context.demand);
    const part = held && this.usable(held.rows, held.freshness);
    return newerOf(inCatalog, part, this.reader.dependencyOn(list));
  }

  /** The catalog's files, or newer files that the cache holds. Never calls HSS. */
  async newerFiles(
    inCatalog: Part<ImageFiles>,
    image: ImageCoordinates,
    request: PartsRequest,
  ): Promise<Part<ImageFiles>> {
    const list = this.imageFiles.of(image, request.query, this.#scanLookup(image, request));
    const held = await this.reader.peek(list, request.context.demand);
    return newerOf(inCatalog, held && this.#heldFiles(held, request), this.reader.dependencyOn(list));
  }

  #heldFiles({ rows, total, freshness }: HeldFiles, request: PartsRequest): Part<ImageFiles> | undefined {
    const limit = fileLimitOf(request.query);
    // HSS can give fewer rows than asked for: the first block then lacks some of the requested rows.
    if (total === null || rows.length < Math.min(limit, Number(total))) return undefined;
    const next = total > limit ? this.#nextFiles(request, freshness, limit) : null;
    return this.usable({ items: rows.slice(0, limit), total, next }, freshness);
  }

  /** The first files of a whole list from the catalog. A file name matches as in the filters of the catalog. */
  filesOf(files: KnownFiles, freshness: Freshness, request: PartsRequest): ImageFiles {
    const { fileName } = request.query;
    const limit = fileLimitOf(request.query);
    const named = fileName === undefined ? null : files.rows().filter(({ name }) => name?.includes(fileName));
    const total = named?.length ?? files.total;
    const next = total > limit ? this.#nextFiles(request, freshness, limit) : null;
    return { items: (named ?? files.rows(limit)).slice(0, limit), total, next };
  }

  localRows({ image, query, context }: PartsRequest): Promise<Part<LocalImageRow[]>> {
    if (!image || !('name' in image)) return Promise.resolve(this.#outOfReach());
    return this.#settle(async () => {
      const { rows, freshness } = await this.hosts.rows(image, query.enterpriseProjectId, context);
      return this.usable(rows, freshness);
    });
  }

  /** The images that a host can name in the place of this image. Never calls HSS. */
  async relatives({ image, known, query, context }: PartsRequest): Promise<Relative[]> {
    if (known) return relativesOf(known.document);
    // The list can hold rows of the same name in a registry that the consumer does not see.
    return image && !context.namespaces
      ? this.images.relatives(image, query.enterpriseProjectId, context.demand)
      : [];
  }

  usable<T>(value: T, freshness: Freshness): Part<T> {
    const problem = freshness.error === undefined ? undefined : this.#problem(freshness.error);
    return { status: freshness.status, value, freshness, problem };
  }

  #nextFiles(
    { imageId, image, known, query }: PartsRequest,
    { fetchedAt }: Freshness,
    offset: number,
  ): string {
    const limit = fileLimitOf(query);
    const { fileName, enterpriseProjectId } = query;
    const path = this.paths.of(`/v1/images/${encodeURIComponent(imageId)}/files`);
    // The route takes the coordinates from the catalog, so the link does not need them.
    const coordinates = known || !image ? {} : { ...image, imageId: undefined };
    const walk = fetchedAt.toString(36);
    return link(path, { ...coordinates, fileName, enterpriseProjectId, limit, offset, walk });
  }

  #scanLookup(image: ImageCoordinates, { known, query }: PartsRequest): ScanLookup {
    const held = this.images.scanLookup(image, query.enterpriseProjectId);
    return async () => (await held()) ?? known?.image.scan;
  }

  async #settle<T>(read: () => Promise<Part<T>>): Promise<Part<T>> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof Absent) return { status: 'absent', freshness: error.freshness };
      return { status: 'failed', problem: this.#problem(error) };
    }
  }

  #outOfReach<T>(): Part<T> {
    return { status: 'failed', problem: this.rows.outOfReach() };
  }

  #problem(error: unknown): Problem {
    const problem = toProblem(error);
    if (problem) return problem;
    this.log.error({ err: error }, 'Unforeseen error in a part of a merged answer');
    return new Problem('internal', 'The service has failed');
  }
}

function fileLimitOf({ fileLimit }: Pick<ImageQuery, 'fileLimit'>): number {
  return Number(fileLimit ?? defaultFileLimit);
}
