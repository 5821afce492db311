import { Injectable } from '@nestjs/common';
import type { CatalogHost } from '../catalog/model/catalog-image.js';
import { withHostsOfRelatives, type Relative } from '../catalog/model/related-hosts.js';
import type { Freshness } from '../endpoints/lists/freshness.js';
import { groupHosts } from '../domain/host-identity.js';
import { sameDigest } from '../domain/digest.js';
import { ListReader } from '../endpoints/lists/list-reader.js';
import { readBlocks } from '../endpoints/lists/read-blocks.js';
import type { LocalImageRow } from '../endpoints/local-images/local-image.row.js';
import { LocalImagesRequest } from '../endpoints/local-images/local-images.request.js';
import type { ReadContext } from '../cache/read-context.js';

export interface ImageHosts {
  items: CatalogHost[];
  /** False when the search covered only the image's own name and tag, or when HSS counts more hosts. */
  complete: boolean;
}

/** 1,000 rows of one name and tag: the call budget of one minute cannot read more. */
const mostBlocks = 5;

/** Finds the hosts that have an image: reads the local list by name and tag, then compares digests. */
@Injectable()
export class HostLookup {
  constructor(
    private readonly localImages: LocalImagesRequest,
    private readonly reader: ListReader,
  ) {}

  /** Reads the local rows with the image's name and tag. @throws like ListReader.page. */
  async rows(
    image: { name: string; tag: string },
    enterpriseProjectId: string | undefined,
    readContext: ReadContext,
  ): Promise<{ rows: LocalImageRow[]; freshness: Freshness }> {
    const { name, tag } = image;
    const query = { name, tag, ...(enterpriseProjectId === undefined ? {} : { enterpriseProjectId }) };
    const list = this.localImages.of(query);
    const { rows, freshness } = await readBlocks(this.reader, list, mostBlocks, readContext);
    // HSS matches a part of a name: `app` finds `app-debug` too. A row without a name contradicts nothing.
    const named = rows.filter((row) => (row.name ?? name) === name && (row.tag ?? tag) === tag);
    return { rows: named, freshness };
  }
}

/**
 * The hosts among local rows that have one of these digests, or the digest of a relative. A host that is listed twice is
 * one host.
 */
export function hostsOf(
  rows: readonly LocalImageRow[],
  digests: readonly (string | null)[],
  relatives: readonly Relative[] = [],
): ImageHosts {
  const own = hostsWith(rows, digests, 'digest');
  const further = relatives.flatMap(({ key, matchedBy }) => hostsWith(rows, [key], matchedBy));
  return { items: withHostsOfRelatives(own, further), complete: false };
}

function hostsWith(
  rows: readonly LocalImageRow[],
  digests: readonly (string | null)[],
  matchedBy: CatalogHost['matchedBy'],
): CatalogHost[] {
  const matching = rows.filter(({ digest, imageId }) =>
    digests.some((wanted) => sameDigest(digest, wanted) || sameDigest(imageId, wanted)),
  );
  return groupHosts(matching.map(({ host }) => host)).map(({ host, members }): CatalogHost => {
    const { hostId, name, agentId } = host;
    const containerCount = matching[members[0] ?? 0]?.containerCount ?? null;
    return { hostId, name, agentId, containerCount, matchedBy };
  });
}
