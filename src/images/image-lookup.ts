import { Injectable } from '@nestjs/common';
import { worst, type Freshness } from '../endpoints/lists/freshness.js';
import { sameDigest, type ImageCoordinates, type NamedImage } from '../endpoints/lists/image-coordinates.js';
import { blockRows, ListReader, type HssList } from '../endpoints/lists/list-reader.js';
import type { Scan } from '../endpoints/lists/words.js';
import type { RegistryImage, RegistryImageRow } from '../endpoints/registry-images/registry-image.row.js';
import { RegistryImagesService } from '../endpoints/registry-images/registry-images.service.js';
import type { Asking } from './asking.js';

/** The image part: a registry image, or what the caller said of a CI/CD image, which stands in no list. */
export type ImageView = Omit<RegistryImage, 'scan'> & { scan: Scan | null };

/** How an image's scan stands, as some list told. */
export interface KnownScan {
  scan: Scan;
  freshness: Freshness;
}

/** Exact coordinates match a handful of rows; more than these many blocks is HSS ignoring our filters. */
const mostBlocks = 5;

/** Finds one image in the registry list: no HSS list can be asked for an id or a digest. */
@Injectable()
export class ImageLookup {
  constructor(
    private readonly registryImages: RegistryImagesService,
    private readonly reader: ListReader,
  ) {}

  /** @returns null when no row matches, with how fresh that is. @throws like ListReader.page. */
  async find(
    image: NamedImage,
    enterpriseProjectId: string | undefined,
    { demand, deadline }: Asking,
  ): Promise<{ value: ImageView | null; freshness: Freshness }> {
    const list = this.#list(image, enterpriseProjectId);
    const read: Freshness[] = [];
    for (let block = 0; block < mostBlocks; block += 1) {
      const page = await this.reader.page(
        list,
        { offset: block * blockRows, limit: blockRows },
        demand,
        deadline,
      );
      read.push(page.freshness);
      const value = pick(page.rows, image);
      if (value || !page.hasMore) return { value, freshness: worst(read) };
    }
    return { value: null, freshness: worst(read) };
  }

  /** What a held list says of the image's scan; HSS is not asked. */
  async knownScan(
    image: ImageCoordinates,
    enterpriseProjectId: string | undefined,
  ): Promise<KnownScan | undefined> {
    if (!('name' in image)) return undefined;
    const held = await this.reader.peek(this.#list(image, enterpriseProjectId));
    const scan = held && pick(held.rows, image)?.scan;
    return scan ? { scan, freshness: held.freshness } : undefined;
  }

  #list(image: NamedImage, enterpriseProjectId: string | undefined): HssList<RegistryImageRow> {
    const { type, namespace, name, tag } = image;
    const query = {
      type,
      namespace,
      name,
      tag,
      ...(enterpriseProjectId === undefined ? {} : { enterpriseProjectId }),
    };
    return this.registryImages.list(query).list;
  }
}

/** A CI/CD image as far as its caller described it. */
export function describedImage(imageId: string): ImageView {
  return {
    imageId,
    digest: null,
    type: 'cicd',
    namespace: null,
    name: null,
    tag: null,
    sizeBytes: null,
    severity: null,
    scan: null,
    findingCounts: { vulnerabilities: null, unsafeSettings: null, maliciousFiles: null },
    entries: [],
  };
}

/** All rows of one digest are one image; the flat fields are those of the entry asked for, else of the newest. */
function pick(rows: readonly RegistryImageRow[], image: NamedImage): RegistryImage | null {
  const matching = rows.filter(
    (row) => sameDigest(row.imageId, image.imageId) || sameDigest(row.digest, image.imageId),
  );
  const isAskedFor = (row: RegistryImageRow) =>
    row.type === image.type &&
    row.namespace === image.namespace &&
    row.name === image.name &&
    row.tag === image.tag;
  const [chosen] = [...matching].sort(
    (a, b) => Number(isAskedFor(b)) - Number(isAskedFor(a)) || newest(b).localeCompare(newest(a)),
  );
  if (!chosen) return null;
  const { imageId, digest, type, namespace, name, tag, sizeBytes, severity, scan, findingCounts } = chosen;
  const entries = matching.flatMap((row) => row.entries);
  return { imageId, digest, type, namespace, name, tag, sizeBytes, severity, scan, findingCounts, entries };
}

function newest(row: RegistryImageRow): string {
  return row.scan.scannedAt ?? row.updatedAt ?? '';
}
