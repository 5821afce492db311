/**
 * The events of one change of an image, for consumers that follow the catalog. The change-set builder calls
 * `eventsOf` for each changed image.
 */
import { derive, type CatalogHost, type CatalogImage } from '../model/derive.js';
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
    before: null,
    after: null,
    hostId: null,
    hostName: null,
    ...more,
  });
  const onHost = (kind: CatalogEvent['kind']) => (host: CatalogHost) =>
    event(kind, { hostId: host.hostId, hostName: host.name });
  const came = hostsBeside(is, was).map(onHost('came-to-host'));
  const left = hostsBeside(was, is).map(onHost('left-host'));
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

/** Hosts of the image `one` that the image `other` does not have. */
function hostsBeside(one: CatalogImage | undefined, other: CatalogImage | undefined): CatalogHost[] {
  const known = new Set(other?.hosts.items.map(nameOf));
  return one?.hosts.items.filter((host) => !known.has(nameOf(host))) ?? [];
}

function nameOf({ hostId, agentId, name }: CatalogHost): string | null {
  return hostId ?? agentId ?? name;
}
