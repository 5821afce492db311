import { Injectable } from '@nestjs/common';
import type { FreshnessDemand } from '../cache/freshness-demand.js';
import { worst, type Freshness } from '../endpoints/lists/freshness.js';
import { type ImageCoordinates, type NamedImage } from '../domain/image-coordinates.js';
import type { CoordinatesQuery } from '../endpoints/lists/coordinates.query.js';
import { sameDigest } from '../domain/digest.js';
import { ListReader, type HssList } from '../endpoints/lists/list-reader.js';
import { noFindingCounts } from '../domain/finding-counts.js';
import { newestFirst, type Scan, type ScanLookup } from '../domain/scan.js';
import type { RegistryImage, RegistryImageRow } from '../endpoints/registry-images/registry-image.row.js';
import { RegistryImagesRequest } from '../endpoints/registry-images/registry-images.request.js';
import type { ReadContext } from '../cache/read-context.js';

/** The image part: a registry image, or what the caller said of a CI/CD image, which stands in no list. */
export type ImageView = Omit<RegistryImage, 'scan'> & { scan: Scan | null };

/** Exact coordinates match a handful of rows; more than these many blocks is HSS ignoring our filters. */
const mostBlocks = 5;

/** Finds one image in the registry list: no HSS list can be asked for an id or a digest. */
@Injectable()
export class ImageLookup {
  constructor(
    private readonly registryImages: RegistryImagesRequest,
    private readonly reader: ListReader,
  ) {}

  /** @returns null when no row matches, with how fresh that is. @throws like ListReader.page. */
  async find(
    image: NamedImage,
    enterpriseProjectId: string | undefined,
    asking: ReadContext,
  ): Promise<{ value: ImageView | null; freshness: Freshness }> {
    const list = this.#list(image, enterpriseProjectId);
    const read: Freshness[] = [];
    for await (const page of this.reader.blocks(list, mostBlocks, asking)) {
      read.push(page.freshness);
      const value = pick(page.rows, image);
      if (value) return { value, freshness: worst(read) };
    }
    return { value: null, freshness: worst(read) };
  }

  /** What a held list says of the image; HSS is not asked. */
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

  /** For how long the image's content may be kept: how its scan stands, as far as that is known without asking. */
  scanLookup(image: ImageCoordinates, enterpriseProjectId: string | undefined): ScanLookup {
    return async () => (await this.held(image, enterpriseProjectId, {}))?.value.scan;
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
    return this.registryImages.of(query).list;
  }
}

/** A CI/CD image as far as its caller described it. */
export function describedImage(imageId: string, { namespace, name, tag }: CoordinatesQuery): ImageView {
  return {
    imageId,
    digest: imageId.startsWith('sha256:') ? imageId : null,
    type: 'cicd',
    namespace: namespace ?? null,
    name: name ?? null,
    tag: tag ?? null,
    sizeBytes: null,
    severity: null,
    scan: null,
    findingCounts: noFindingCounts,
    entries: [],
  };
}

/** A row, or one architecture of a multi-architecture row: each is an image with a digest of its own. */
type Candidate = RegistryImage & Partial<Pick<RegistryImageRow, 'updatedAt'>>;

/** All entries of one digest are one image; the flat fields are those of the entry asked for, else of the newest. */
export function pick(rows: readonly RegistryImageRow[], image: NamedImage): RegistryImage | null {
  const candidates = rows.flatMap((row): Candidate[] => [row, ...variantsOf(row)]);
  const matches = ({ imageId, digest }: Candidate) =>
    sameDigest(imageId, image.imageId) || sameDigest(digest, image.imageId);
  const isAskedFor = (candidate: Candidate) =>
    candidate.type === image.type &&
    candidate.namespace === image.namespace &&
    candidate.name === image.name &&
    candidate.tag === image.tag;
  const [chosen] = candidates
    .filter(matches)
    .sort((a, b) => Number(isAskedFor(b)) - Number(isAskedFor(a)) || newestFirst(a, b));
  if (!chosen) return null;
  const { imageId, digest, type, namespace, name, tag, sizeBytes, severity, scan, findingCounts } = chosen;
  const entries = candidates
    .filter((candidate) => candidate === chosen || sameDigest(candidate.digest, digest))
    .flatMap((candidate) => candidate.entries);
  return { imageId, digest, type, namespace, name, tag, sizeBytes, severity, scan, findingCounts, entries };
}

function variantsOf(row: RegistryImageRow): RegistryImage[] {
  return row.variants.map(({ entryId, imageId, digest, scanStatus, findingCounts, ...names }) => {
    const namespace = names.namespace ?? row.namespace;
    const name = names.name ?? row.name;
    const tag = names.tag ?? row.tag;
    return {
      imageId,
      digest,
      type: names.type ?? row.type,
      namespace,
      name,
      tag,
      sizeBytes: null,
      severity: null,
      scan: { status: scanStatus, scannedAt: null, failure: null },
      findingCounts,
      entries: [{ entryId, registryName: row.registry.name, namespace, name, tag }],
    };
  });
}
