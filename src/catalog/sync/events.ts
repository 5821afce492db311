/**
 * The events of one change of an image, for consumers that follow the catalog, and what changed in each of its places.
 * The change-set builder calls these functions for each changed image.
 */
import { groupHosts } from '../../domain/host-identity.js';
import { isDeepStrictEqual } from 'node:util';
import type { CatalogHost, CatalogImage } from '../model/catalog-image.js';
import { derive, newestEntryFirst } from '../model/derive.js';
import type { CatalogEvent } from '../model/catalog-event.js';
import type { ImageDocument, RegistryRecord } from '../model/documents.js';
import {
  eventsBetween,
  type EventImage,
  type HostOfEvent,
  type ImageChange,
  type PlaceState,
} from '../model/image-change.js';

/**
 * @param before undefined for a new image. @param after undefined for an image that is gone.
 * @returns the events of the whole image; and the change by places, undefined when no place and no host changed.
 */
export function changeOf(
  before: ImageDocument | undefined,
  after: ImageDocument | undefined,
): { events: CatalogEvent[]; change: ImageChange | undefined } {
  const [was, is] = [before, after].map((document) => document && derive(document, undefined));
  const key = after?.key ?? before?.key;
  if (key === undefined) return { events: [], change: undefined };
  const { onlyBefore, onlyAfter } = hostsApart(was?.hosts.items ?? [], is?.hosts.items ?? []);
  const [came, left] = [onlyAfter.map(hostOf), onlyBefore.map(hostOf)];
  const events = eventsBetween(key, was && imageOf(was), is && imageOf(is), came, left);
  const places = { was: placesOf(before), is: placesOf(after) };
  const isSame = came.length + left.length === 0 && isDeepStrictEqual(places.was, places.is);
  const isNobodys = places.was.length + places.is.length === 0;
  return { events, change: isSame || isNobodys ? undefined : { key, ...places, came, left } };
}

function imageOf({ imageId, digest, namespace, name, tag, severity, scan }: CatalogImage): EventImage {
  return { imageId, digest, namespace, name, tag, severity, scannedAt: scan.scannedAt };
}

function hostOf({ hostId, name }: CatalogHost): HostOfEvent {
  return { hostId, hostName: name };
}

/** The places of an image in the order of their first entries. */
function placesOf(document: ImageDocument | undefined): PlaceState[] {
  if (!document) return [];
  const places = new Map<
    string,
    Pick<PlaceState, 'registryName' | 'namespace'> & { entries: RegistryRecord[] }
  >();
  for (const entry of newestEntryFirst(document.entries)) {
    const { registry, namespace } = entry.row;
    if (namespace === null) continue;
    const key = JSON.stringify([registry.name, namespace]);
    const place = places.get(key) ?? { registryName: registry.name, namespace, entries: [] };
    places.set(key, place);
    place.entries.push(entry);
  }
  return [...places.values()].map(({ entries, ...place }) => {
    const image = derive({ ...document, entries, onHosts: [] }, undefined);
    return { ...imageOf(image), ...place, scanStatus: image.scan.status };
  });
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
