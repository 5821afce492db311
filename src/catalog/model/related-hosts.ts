import { groupHosts } from '../../domain/host-identity.js';
import { isDigest, plainDigest } from '../../domain/digest.js';
import { addIntegers, type Integer } from '../../json/lossless.js';
import type { CatalogHost, RelatedHosts } from './catalog-image.js';
import { byHost, hostsIn } from './derive.js';
import type { ImageDocument } from './documents.js';
import type { SeenImages } from './reader.js';
import { isUnreadRow } from './unread.js';

/**
 * The hosts of an image together with the hosts of its relatives. A multi-architecture image (an index) and its
 * architectures (the variants) have different digests: a host can name either of them. The lists of the catalog count
 * by the image's own digest only.
 */

/** An image that a host can name in the place of another image. */
export interface Relative {
  key: string;
  /** `variant`: an architecture of the asked image. `index`: the asked image is an architecture of this image. */
  matchedBy: 'variant' | 'index';
}

export function relativesOf({ key, entries }: Pick<ImageDocument, 'key' | 'entries'>): Relative[] {
  const relatives = new Map<string, Relative>();
  const add = (of: string | null, matchedBy: Relative['matchedBy']) => {
    if (of !== null && of !== key && !relatives.has(of)) relatives.set(of, { key: of, matchedBy });
  };
  for (const { row, variantOf } of entries) {
    for (const { digest } of row.variants) add(plainDigest(digest), 'variant');
    add(variantOf, 'index');
  }
  return [...relatives.values()];
}

/** All hosts that have the image or a relative. */
export function hostsWithRelatives(
  document: ImageDocument,
  catalog: Pick<SeenImages, 'document' | 'keysNamed'>,
): RelatedHosts {
  const own = hostsIn(document.onHosts);
  const others = relativesOf(document).flatMap(({ key, matchedBy }) => {
    const relative = catalog.document(key);
    return relative ? [{ matchedBy, onHosts: relative.onHosts, hosts: hostsIn(relative.onHosts) }] : [];
  });
  const further = others.flatMap(({ matchedBy, hosts }) =>
    hosts.items.map((host): CatalogHost => ({ ...host, matchedBy })),
  );
  return {
    items: withHostsOfRelatives(own.items, further),
    complete:
      own.complete &&
      others.every(({ hosts }) => hosts.complete) &&
      hasDigests(document) &&
      !hasNamesakes(document, catalog),
    hasUnreadRows: [document, ...others].some(({ onHosts }) => onHosts.some(isUnreadRow)),
  };
}

/**
 * The hosts of an image and of its relatives, each host once. A host that has the image itself is shown as such, with
 * the containers of the image itself.
 */
export function withHostsOfRelatives(
  own: readonly CatalogHost[],
  further: readonly CatalogHost[],
): CatalogHost[] {
  if (further.length === 0) return [...own];
  const all = [...own, ...further];
  const hosts = groupHosts(all).map(({ host, members }): CatalogHost => {
    const rows = members.flatMap((at) => all[at] ?? []);
    const ofImage = rows.filter(({ matchedBy }) => matchedBy === 'digest' || matchedBy === 'name');
    const counted = ofImage.length > 0 ? ofImage : rows;
    const containerCount = counted.reduce<Integer | null>(
      (sum, row) => addIntegers(sum, row.containerCount),
      null,
    );
    return { ...host, containerCount, matchedBy: counted[0]?.matchedBy ?? 'digest' };
  });
  return hosts.sort(byHost);
}

/** Hosts are found by digest: hosts of a registry image or of an architecture without a digest can be missing. */
function hasDigests({ entries }: ImageDocument): boolean {
  return entries.every(
    ({ row: { digest, imageId, variants } }) =>
      (digest !== null || (imageId !== null && isDigest(imageId))) &&
      variants.every((variant) => variant.digest !== null),
  );
}

/** Whether a local row without a digest has a name of the image: the row can mean the image. */
function hasNamesakes(
  { key, entries, onHosts }: ImageDocument,
  catalog: Pick<SeenImages, 'document' | 'keysNamed'>,
): boolean {
  const names = new Map<string, { name: string; tag: string }>();
  for (const { row } of [...entries, ...onHosts]) {
    const { name, tag } = row;
    if (name === null || tag === null) continue;
    names.set(`${name}:${tag}`, { name, tag });
    // A local row has no namespace: the name can contain the namespace.
    if ('namespace' in row && row.namespace !== null)
      names.set(`${row.namespace}/${name}:${tag}`, { name: `${row.namespace}/${name}`, tag });
  }
  return [...names.values()].some(({ name, tag }) =>
    catalog.keysNamed({ name, tag }).some((other) => {
      if (other === key) return false;
      const rows = catalog.document(other)?.onHosts ?? [];
      return rows.some(
        ({ row }) =>
          row.name === name &&
          row.tag === tag &&
          row.digest === null &&
          (row.imageId === null || !isDigest(row.imageId)),
      );
    }),
  );
}
