/**
 * Changes of images as events. An event of the whole image is made when the sync changes the image. A consumer with
 * namespaces sees a part of the image, so the step also tells what changed in each place, and the events of this consumer
 * are made when it asks.
 */
import type { Namespaces, Place } from '../../domain/namespaces.js';
import { findingsOf, worstRows } from '../../domain/findings.js';
import { noFindingCounts } from '../../domain/finding-counts.js';
import { scanOfCopies, type Scan } from '../../domain/scan.js';
import type { CatalogEvent } from './catalog-event.js';

/** What the events of an image tell of it. */
export type EventImage = Pick<CatalogEvent, 'imageId' | 'digest' | 'namespace' | 'name' | 'tag'> & {
  severity: string | null;
  scannedAt: string | null;
};

/** What the rows of one place tell. */
export interface PlaceState extends Place, EventImage {
  namespace: string;
  scanStatus: string | null;
}

export type HostOfEvent = Pick<CatalogEvent, 'hostId' | 'hostName'>;

/** What one step changed of one image. The first of several places tells the names, as in answers. */
export interface ImageChange {
  key: string;
  was: PlaceState[];
  is: PlaceState[];
  /** Hosts that the image came to or left. */
  came: HostOfEvent[];
  left: HostOfEvent[];
}

/** The events that a consumer with these namespaces sees. */
export function eventsSeen(
  { key, was, is, came, left }: ImageChange,
  namespaces: Namespaces,
): CatalogEvent[] {
  const seen = (places: readonly PlaceState[]) => together(places.filter((place) => namespaces.sees(place)));
  return eventsBetween(key, seen(was), seen(is), came, left);
}

/** @param was undefined for a new image. @param is undefined for an image that is gone. */
export function eventsBetween(
  key: string,
  was: EventImage | undefined,
  is: EventImage | undefined,
  came: readonly HostOfEvent[],
  left: readonly HostOfEvent[],
): CatalogEvent[] {
  const image = is ?? was;
  if (!image) return [];
  const event = (kind: CatalogEvent['kind'], more: Partial<CatalogEvent> = {}): CatalogEvent => {
    const { imageId, digest, namespace, name, tag, severity } = image;
    const of = { key, imageId, digest, namespace, name, tag, severity };
    return { kind, ...of, before: null, after: null, hostId: null, hostName: null, ...more };
  };
  const onHosts = [
    ...came.map((host) => event('came-to-host', host)),
    ...left.map((host) => event('left-host', host)),
  ];
  if (!was) return [event('appeared'), ...onHosts];
  if (!is) return [...onHosts, event('disappeared')];
  const isScanned = is.scannedAt !== null && is.scannedAt !== was.scannedAt;
  return [
    ...(isScanned ? [event('scanned', { before: was.scannedAt, after: is.scannedAt })] : []),
    ...(was.severity === is.severity
      ? []
      : [event('severity-changed', { before: was.severity, after: is.severity })]),
    ...onHosts,
  ];
}

/** The image that several places tell of, by the rules for rows of one image. */
function together(places: readonly PlaceState[]): EventImage | undefined {
  const [first] = places;
  if (!first) return undefined;
  const { imageId, digest, namespace, name, tag } = first;
  const rows = places.map(({ severity }) => ({ severity, findingCounts: noFindingCounts }));
  const scans = places.map(({ scanStatus, scannedAt }): Scan => ({
    status: scanStatus,
    scannedAt,
    failure: null,
  }));
  const { severity } = findingsOf(worstRows(rows));
  return {
    imageId,
    digest,
    namespace,
    name,
    tag,
    severity,
    scannedAt: scanOfCopies(scans)?.scannedAt ?? null,
  };
}
