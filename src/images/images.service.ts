import { Inject, Injectable } from '@nestjs/common';
import { BaseImagesService } from '../endpoints/base-images/base-images.service.js';
import type { BaseImageRow } from '../endpoints/base-images/base-image.row.js';
import type { ImageFileRow } from '../endpoints/image-files/image-file.row.js';
import { ImageFilesService } from '../endpoints/image-files/image-files.service.js';
import type { Freshness } from '../endpoints/lists/freshness.js';
import { isDigest, readCoordinates, type ImageCoordinates } from '../endpoints/lists/image-coordinates.js';
import { Absent, blockRows, ListReader, type Page } from '../endpoints/lists/list-reader.js';
import { isUnsettled, type Scan } from '../endpoints/lists/words.js';
import type { LocalImageRow } from '../endpoints/local-images/local-image.row.js';
import type { DataAnswer } from '../http/answer.js';
import { link, PublicPaths } from '../http/links.js';
import { Problem } from '../http/problem.js';
import type { RequestContext } from '../http/request-context.js';
import { toProblem } from '../http/to-problem.js';
import { LOG } from '../platform.js';
import type { Log } from '../telemetry/log.js';
import { HostLookup, hostsOf, type ImageHosts } from './host-lookup.js';
import { describedImage, ImageLookup, type ImageView } from './image-lookup.js';
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
    const held = await this.#held(request);
    const needsDigest = include.has('hosts') && !held && !isDigest(imageId);
    // All calls leave side by side; only then does one part look at another.
    const calls = {
      image: include.has('image') || needsDigest ? this.#image(request) : undefined,
      baseOs: include.has('baseOs') ? this.#content(request, held, () => this.#baseOs(request)) : undefined,
      files: include.has('files') ? this.#content(request, held, () => this.#files(request)) : undefined,
      hosts: include.has('hosts') ? this.#localRows(request) : undefined,
    };
    const [found, baseOs, files, localRows] = [
      await calls.image,
      await calls.baseOs,
      await calls.files,
      await calls.hosts,
    ];
    const seemsClean = showsNothing(baseOs, isEmptyList) || showsNothing(files, hasNoItems);
    // What an empty list means depends on the scan: one call for that is well spent, though nobody asked for it.
    const image = found ?? held ?? (seemsClean ? await this.#image(request) : undefined);
    return merge(
      {
        ...(include.has('image') && image ? { image } : {}),
        ...(baseOs ? { baseOs: judged(baseOs, image, isEmptyList) } : {}),
        ...(files ? { files: judged(files, image, hasNoItems) } : {}),
        ...(localRows ? { hosts: matchHosts(localRows, imageId, image) } : {}),
      },
      context.strict,
      image,
    );
  }

  async #held({ image, query, context }: Request): Promise<Part<ImageView> | undefined> {
    const held = await this.images.held(image, query.enterpriseProjectId, context.demand);
    return held && this.#usable(held.value, held.freshness);
  }

  #image({ image, query, context }: Request): Promise<Part<ImageView>> {
    if (!('name' in image)) {
      const described: Part<ImageView> = {
        status: 'fresh',
        value: describedImage(image.imageId, query),
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
    held: Part<ImageView> | undefined,
    read: () => Promise<Part<T>>,
  ): Promise<Part<T>> {
    if (request.image.type === 'jfrog') return Promise.resolve({ status: 'absent', freshness: null });
    const known = knownScan(held);
    if (known && isUnsettled(known.scan))
      return Promise.resolve({ status: 'pending', freshness: known.freshness });
    return this.#settle(read);
  }

  async #baseOs({ image, query, context }: Request): Promise<Part<BaseImageRow[]>> {
    const list = this.baseImages.list(image, query, this.images.scanLookup(image, query.enterpriseProjectId));
    const page = await this.reader.page(list, { offset: 0, limit: blockRows }, context);
    return this.#usable(page.rows, page.freshness);
  }

  async #files({ image, query, context }: Request): Promise<Part<ImageFiles>> {
    const limit = Number(query.fileLimit ?? defaultFileLimit);
    const list = this.imageFiles.list(image, query, this.images.scanLookup(image, query.enterpriseProjectId));
    const page = await this.reader.page(list, { offset: 0, limit }, context);
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

const isEmptyList = (rows: readonly unknown[]) => rows.length === 0;
const hasNoItems = ({ items }: ImageFiles) => items.length === 0;

function showsNothing<T>(part: Part<T> | undefined, isEmpty: (value: T) => boolean): boolean {
  return part !== undefined && 'value' in part && isEmpty(part.value);
}

/** How the image's scan stands, where the image part tells. */
function knownScan(image: Part<ImageView> | undefined): { scan: Scan; freshness: Freshness } | undefined {
  if (!image || !('value' in image) || !image.value.scan || !image.freshness) return undefined;
  return { scan: image.value.scan, freshness: image.freshness };
}

/**
 * Content in the light of the scan. That of an image whose scan is not through is `pending`, whatever HSS had to
 * show: an empty list would read as clean. The same for an empty list of an image whose scan failed; and when it
 * could not be learned how the scan stands, an empty list says nothing at all.
 */
function judged<T>(
  part: Part<T>,
  image: Part<ImageView> | undefined,
  isEmpty: (value: T) => boolean,
): Part<T> {
  const isBlank = showsNothing(part, isEmpty);
  if (isBlank && image?.status === 'failed') return image;
  const known = knownScan(image);
  if (!known || known.scan.status === null) return part;
  const isDone = known.scan.status === 'completed';
  if (!isUnsettled(known.scan) && (isDone || !isBlank)) return part;
  return { status: 'pending', freshness: known.freshness };
}

/** The local rows that are this image: those of the digest asked for, or of the digest that its id stands for. */
function matchHosts(
  rows: Part<LocalImageRow[]>,
  imageId: string,
  image: Part<ImageView> | undefined,
): Part<ImageHosts> {
  if (!('value' in rows)) return rows;
  const digest = image && 'value' in image ? image.value.digest : null;
  // Hosts know digests. What an id stands for that is none is for the registry to say: "on no host" would be a guess.
  if (image && !('value' in image) && !isDigest(imageId)) return image;
  return { ...rows, value: hostsOf(rows.value, [imageId, digest]) };
}
