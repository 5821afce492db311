import { Injectable } from '@nestjs/common';
import type { FreshnessDemand } from '../cache/freshness-demand.js';
import { worst, type Freshness } from '../endpoints/lists/freshness.js';
import { type ImageCoordinates, type NamedImage } from '../domain/image-coordinates.js';
import { sameDigest } from '../domain/digest.js';
import { ListReader } from '../endpoints/lists/list-reader.js';
import type { HssList } from '../endpoints/lists/hss-list.js';
import { findingsOf, worstRows } from '../domain/findings.js';
import { registryRecords } from '../catalog/model/rows.js';
import { relativesOf, type Relative } from '../catalog/model/related-hosts.js';
import { newestFirst, scanOfCopies, type Scan, type ScanLookup } from '../domain/scan.js';
import type {
  RegistryImage,
  RegistryImageRow,
  RegistryImageVariant,
} from '../endpoints/registry-images/registry-image.row.js';
import { variantRow } from '../endpoints/registry-images/variant-row.js';
import { RegistryImagesRequest } from '../endpoints/registry-images/registry-images.request.js';
import type { ReadContext } from '../cache/read-context.js';

/**
 * The image part: a registry image, or a CI/CD image as the consumer described it. No list of HSS has CI/CD images.
 */
export type ImageView = Omit<RegistryImage, 'scan'> & { scan: Scan | null };

/** Exact coordinates match a few rows. If there are more blocks than this, HSS has ignored the filters. */
const mostBlocks = 5;

/** Finds one image in the registry list by its names: no list of HSS has a filter for an id or a digest. */
@Injectable()
export class ImageLookup {
  constructor(
    private readonly registryImages: RegistryImagesRequest,
    private readonly reader: ListReader,
  ) {}

  /** @returns the freshness, and the image or null when no row matches. @throws like ListReader.page. */
  async find(
    image: NamedImage,
    enterpriseProjectId: string | undefined,
    readContext: ReadContext,
  ): Promise<{ value: ImageView | null; freshness: Freshness }> {
    const list = this.#list(image, enterpriseProjectId);
    const read: Freshness[] = [];
    for await (const page of this.reader.blocks(list, mostBlocks, readContext)) {
      read.push(page.freshness);
      const value = pick(page.rows, image);
      if (value) return { value, freshness: worst(read) };
    }
    return { value: null, freshness: worst(read) };
  }

  /** The image in a list that the cache holds. Never calls HSS. */
  async held(
    image: ImageCoordinates,
    enterpriseProjectId: string | undefined,
    demand: FreshnessDemand,
  ): Promise<{ value: RegistryImage; freshness: Freshness } | undefined> {
    if (!('name' in image)) return undefined;
    const held = await this.reader.peek(this.#list(image, enterpriseProjectId), demand);
    const value = held && pick(held.rows, image);
    return value ? { value, freshness: held.freshness } : undefined;
  }

  /**
   * Looks up the image's scan in a list that the cache holds. The scan decides how long the image's content lives.
   */
  scanLookup(image: ImageCoordinates, enterpriseProjectId: string | undefined): ScanLookup {
    return async () => (await this.held(image, enterpriseProjectId, {}))?.value.scan;
  }

  /**
   * The architectures of the image, or the images that it is an architecture of, among the rows of a list that the cache
   * holds. Never calls HSS.
   */
  async relatives(
    image: ImageCoordinates,
    enterpriseProjectId: string | undefined,
    demand: FreshnessDemand,
  ): Promise<Relative[]> {
    if (!('name' in image)) return [];
    const held = await this.reader.peek(this.#list(image, enterpriseProjectId), demand);
    const records = (held?.rows ?? []).flatMap((row) => registryRecords(row, 0));
    const isMeant = ({ row }: (typeof records)[number]) =>
      sameDigest(row.imageId, image.imageId) || sameDigest(row.digest, image.imageId);
    const entries = records.filter(isMeant);
    const [first] = entries;
    return first ? relativesOf({ key: first.key, entries }) : [];
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
    return this.registryImages.of(query);
  }
}

/**
 * All entries with one digest are one image. Names and size come from the requested entry, or from the newest entry.
 * The findings are the worst of all entries, and of the architectures of a multi-architecture image.
 */
export function pick(rows: readonly RegistryImageRow[], image: NamedImage): RegistryImage | null {
  const candidates = rows.flatMap((row) => [row, ...row.variants.map((variant) => undated(row, variant))]);
  const matches = ({ imageId, digest }: RegistryImageRow) =>
    sameDigest(imageId, image.imageId) || sameDigest(digest, image.imageId);
  const isAskedFor = (candidate: RegistryImageRow) =>
    candidate.type === image.type &&
    candidate.namespace === image.namespace &&
    candidate.name === image.name &&
    candidate.tag === image.tag;
  const [chosen] = candidates
    .filter(matches)
    .sort((a, b) => Number(isAskedFor(b)) - Number(isAskedFor(a)) || newestFirst(a, b));
  if (!chosen) return null;
  const { imageId, digest, type, namespace, name, tag, sizeBytes } = chosen;
  const same = candidates.filter((candidate) => candidate === chosen || sameDigest(candidate.digest, digest));
  const variants = same.flatMap((row) => row.variants.map((variant) => variantRow(row, variant)));
  const entries = same.flatMap((candidate) => candidate.entries);
  const scan = scanOfCopies(same.map((candidate) => candidate.scan)) ?? chosen.scan;
  const { severity, findingCounts } = findingsOf(worstRows([...same, ...variants]));
  return { imageId, digest, type, namespace, name, tag, sizeBytes, severity, scan, findingCounts, entries };
}

/**
 * One architecture as a row. The row's update time is not the time of the architecture and is left out. So an
 * architecture without a scan sorts after every row that has a time.
 */
function undated(row: RegistryImageRow, variant: RegistryImageVariant): RegistryImageRow {
  return { ...variantRow(row, variant), updatedAt: null };
}
