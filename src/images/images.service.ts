import { Inject, Injectable } from '@nestjs/common';
import { BaseImagesService } from '../endpoints/base-images/base-images.service.js';
import type { BaseImageRow } from '../endpoints/base-images/base-image.row.js';
import type { ImageFileRow } from '../endpoints/image-files/image-file.row.js';
import { ImageFilesService } from '../endpoints/image-files/image-files.service.js';
import type { Freshness } from '../endpoints/lists/freshness.js';
import { readCoordinates, type ImageCoordinates } from '../endpoints/lists/image-coordinates.js';
import { Absent, blockRows, ListReader, type Page } from '../endpoints/lists/list-reader.js';
import { isUnsettled, type ScanLookup } from '../endpoints/lists/words.js';
import type { LocalImageRow } from '../endpoints/local-images/local-image.row.js';
import type { DataAnswer } from '../http/answer.js';
import { link, PublicPaths } from '../http/links.js';
import { Problem } from '../http/problem.js';
import type { RequestContext } from '../http/request-context.js';
import { toProblem } from '../http/to-problem.js';
import { LOG } from '../platform.js';
import type { Log } from '../telemetry/log.js';
import { HostLookup, hostsOf, type ImageHosts } from './host-lookup.js';
import { describedImage, ImageLookup, type ImageView, type KnownScan } from './image-lookup.js';
import { defaultParts, type ImageQuery, type PartName } from './images.query.js';
import { merge } from './merge.js';
import type { Part } from './part.js';

interface ImageFiles {
  items: ImageFileRow[];
  total: Page<ImageFileRow>['total'];
  next: string | null;
}

/** One request for a merged answer. */
interface Request {
  image: ImageCoordinates;
  query: ImageQuery;
  context: RequestContext;
}

const defaultFileLimit = 10;

/**
 * The merged answer: image, base OS, files and hosts of one image side by side, each from the cache on its own,
 * each with its own status. A part that fails does not take the others with it.
 */
@Injectable()
export class ImagesService {
  constructor(
    private readonly images: ImageLookup,
    private readonly hosts: HostLookup,
    private readonly imageFiles: ImageFilesService,
    private readonly baseImages: BaseImagesService,
    private readonly reader: ListReader,
    private readonly paths: PublicPaths,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** @throws Problem when the request is wrong or no part is usable. */
  async get(imageId: string, query: ImageQuery, context: RequestContext): Promise<DataAnswer> {
    const request: Request = { image: readCoordinates(imageId, query), query, context };
    const include = new Set((query.include ?? defaultParts).split(',') as PartName[]);
    const known = await this.images.knownScan(request.image, query.enterpriseProjectId);
    // All calls leave side by side; only then does one part look at another.
    const calls = {
      image: include.has('image') ? this.#image(request) : undefined,
      baseOs: include.has('baseOs') ? this.#content(request, known, () => this.#baseOs(request)) : undefined,
      files: include.has('files') ? this.#content(request, known, () => this.#files(request)) : undefined,
      hosts: include.has('hosts') ? this.#localRows(request) : undefined,
    };
    const image = await calls.image;
    const scan = scanOf(image) ?? known;
    const parts: Record<string, Part<unknown>> = {};
    if (image) parts['image'] = image;
    if (calls.baseOs) parts['baseOs'] = orPending(await calls.baseOs, scan, (rows) => rows.length === 0);
    if (calls.files) parts['files'] = orPending(await calls.files, scan, ({ items }) => items.length === 0);
    if (calls.hosts) parts['hosts'] = matchHosts(await calls.hosts, request.image, image);
    return merge(parts, context.strict);
  }

  #image({ image, query, context }: Request): Promise<Part<ImageView>> {
    if (!('name' in image)) {
      const described: Part<ImageView> = {
        status: 'fresh',
        value: describedImage(image.imageId),
        freshness: null,
      };
      return Promise.resolve(described);
    }
    return this.#settle(async () => {
      const { value, freshness } = await this.images.find(image, query.enterpriseProjectId, context);
      return value ? this.#usable(value, freshness) : { status: 'absent', freshness };
    });
  }

  /** Base OS or files, unless it is known beforehand what the answer would be. */
  #content<T>(
    request: Request,
    known: KnownScan | undefined,
    read: () => Promise<Part<T>>,
  ): Promise<Part<T>> {
    if (request.image.type === 'jfrog') return Promise.resolve({ status: 'absent', freshness: null });
    if (known && isUnsettled(known.scan))
      return Promise.resolve({ status: 'pending', freshness: known.freshness });
    return this.#settle(read);
  }

  async #baseOs({ image, query, context }: Request): Promise<Part<BaseImageRow[]>> {
    const list = this.baseImages.list(image, query, this.#scanLookup(image, query));
    const page = await this.reader.page(
      list,
      { offset: 0, limit: blockRows },
      context.demand,
      context.deadline,
    );
    return this.#usable(page.rows, page.freshness);
  }

  async #files({ image, query, context }: Request): Promise<Part<ImageFiles>> {
    const limit = Number(query.fileLimit ?? defaultFileLimit);
    const list = this.imageFiles.list(image, query, this.#scanLookup(image, query));
    const page = await this.reader.page(list, { offset: 0, limit }, context.demand, context.deadline);
    const { imageId, ...coordinates } = image;
    const { fileName, enterpriseProjectId } = query;
    const path = this.paths.of(`/v1/images/${encodeURIComponent(imageId)}/files`);
    const walk = page.freshness.fetchedAt.toString(36);
    const next = link(path, { ...coordinates, fileName, enterpriseProjectId, limit, offset: limit, walk });
    const files = { items: page.rows, total: page.total, next: page.hasMore ? next : null };
    return this.#usable(files, page.freshness);
  }

  #localRows({ image, query, context }: Request): Promise<Part<LocalImageRow[]>> {
    // A CI/CD image has no name to look for.
    if (!('name' in image)) return Promise.resolve({ status: 'absent', freshness: null });
    return this.#settle(async () => {
      const { rows, freshness } = await this.hosts.rows(image, query.enterpriseProjectId, context);
      return this.#usable(rows, freshness);
    });
  }

  #scanLookup(image: ImageCoordinates, { enterpriseProjectId }: ImageQuery): ScanLookup {
    return async () => (await this.images.knownScan(image, enterpriseProjectId))?.scan;
  }

  #usable<T>(value: T, freshness: Freshness): Part<T> {
    const problem = freshness.error === undefined ? undefined : this.#problem(freshness.error);
    return { status: freshness.status, value, freshness, problem };
  }

  async #settle<T>(read: () => Promise<Part<T>>): Promise<Part<T>> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof Absent) return { status: 'absent', freshness: error.freshness };
      return { status: 'failed', problem: this.#problem(error) };
    }
  }

  #problem(error: unknown): Problem {
    const problem = toProblem(error);
    if (problem) return problem;
    this.log.error({ err: error }, 'Unforeseen error in a part of a merged answer');
    return new Problem('internal', 'This is our fault');
  }
}

function scanOf(image: Part<ImageView> | undefined): KnownScan | undefined {
  if (!image || !('value' in image) || !image.value.scan || !image.freshness) return undefined;
  return { scan: image.value.scan, freshness: image.freshness };
}

/**
 * Content of an image whose scan is not through is `pending`, whatever HSS had to show: an empty list would read
 * as clean. The same for an empty list of an image whose scan failed.
 */
function orPending<T>(part: Part<T>, known: KnownScan | undefined, isEmpty: (value: T) => boolean): Part<T> {
  if (!known || known.scan.status === null) return part;
  const isDone = known.scan.status === 'completed';
  const showsNothing = 'value' in part && isEmpty(part.value);
  if (!isUnsettled(known.scan) && (isDone || !showsNothing)) return part;
  return { status: 'pending', freshness: known.freshness };
}

/** The local rows that are this image: those of the digest asked for, or of the digest that its id stands for. */
function matchHosts(
  rows: Part<LocalImageRow[]>,
  { imageId }: ImageCoordinates,
  image: Part<ImageView> | undefined,
): Part<ImageHosts> {
  if (!('value' in rows)) return rows;
  const digest = image && 'value' in image ? image.value.digest : null;
  return { ...rows, value: hostsOf(rows.value, [imageId, digest]) };
}
