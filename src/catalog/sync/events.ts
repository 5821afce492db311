/**
 * The events of one change of an image, for consumers that follow the catalog. The change-set builder calls
 * `eventsOf` for each changed image.
 */
import { groupHosts } from '../../domain/host-identity.js';
import type { CatalogHost } from '../model/catalog-image.js';
import { derive } from '../model/derive.js';
import type { CatalogEvent } from '../model/change-set.js';
import type { ImageDocument } from '../model/documents.js';

/** @param before undefined for a new image. @param after undefined for an image that is gone. */
export function eventsOf(
  before: ImageDocument | undefined,
  after: ImageDocument | undefined,
): CatalogEvent[] {
  const [was, is] = [before, after].map((document) => document && derive(document, undefined));
  const image = is ?? was;
  const key = after?.key ?? before?.key;
  if (!image || key === undefined) return [];
  const event = (kind: CatalogEvent['kind'], more: Partial<CatalogEvent> = {}): CatalogEvent => ({
    kind,
    key,
    imageId: image.imageId,
    digest: image.digest,
    namespace: image.namespace,
    name: image.name,
    tag: image.tag,
    severity: image.severity,
    before: null,
    after: null,
    hostId: null,
    hostName: null,
    ...more,
  });
  const onHost = (kind: CatalogEvent['kind']) => (host: CatalogHost) =>
    event(kind, { hostId: host.hostId, hostName: host.name });
  const { onlyBefore, onlyAfter } = hostsApart(was?.hosts.items ?? [], is?.hosts.items ?? []);
  const came = onlyAfter.map(onHost('came-to-host'));
  const left = onlyBefore.map(onHost('left-host'));
  if (!was) return [event('appeared'), ...came];
  if (!is) return [...left, event('disappeared')];
  const [scannedBefore, scannedAt] = [was.scan.scannedAt, is.scan.scannedAt];
  const isScanned = scannedAt !== null && scannedAt !== scannedBefore;
  return [
    ...(isScanned ? [event('scanned', { before: scannedBefore, after: scannedAt })] : []),
    ...(was.severity === is.severity
      ? []
      : [event('severity-changed', { before: was.severity, after: is.severity })]),
    ...came,
    ...left,
  ];
}

/** The hosts that are in only one of the two lists. */
function hostsApart(
  before: readonly CatalogHost[],
  after: readonly CatalogHost[],
): { onlyBefore: CatalogHost[]; onlyAfter: CatalogHost[] } {
  const all = [...before, ...after];
  const isOfBefore = (at: number) => at < before.length;
  const apart = groupHosts(all).filter(
    ({ members }) => members.every(isOfBefore) || !members.some(isOfBefore),
  );
  const at = apart.flatMap(({ members }) => members).sort((a, b) => a - b);
  const hosts = (positions: readonly number[]) => positions.flatMap((position) => all[position] ?? []);
  return {
    onlyBefore: hosts(at.filter(isOfBefore)),
    onlyAfter: hosts(at.filter((position) => !isOfBefore(position))),
  };
}
