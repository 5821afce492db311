import { hash } from 'node:crypto';
import { plainDigest } from '../../../domain/digest.js';
import type { Namespaces, Place } from '../../../domain/namespaces.js';
import { stringifyJson } from '../../../json/lossless.js';
import type { CatalogImage } from '../../model/catalog-image.js';
import { contentOutlooks, coverageOf, type ContentOutlook } from '../../model/content-outlook.js';
import { newestReadable } from '../../model/content-source.js';
import { derive, hostsIn, newestEntryFirst } from '../../model/derive.js';
import type { ContentPart, ImageDocument, RegistryRecord } from '../../model/documents.js';
import { partSeen, seenContent } from '../../model/seen.js';
import type { ContentStates } from '../../model/content-outlook.js';

// The places of an image: each registry, type and namespace that has rows of it. A consumer with namespaces sees some of
// the places, and a question of such a consumer puts together what these places tell.

export type PartCoverage = ReturnType<typeof coverageOf>;

/** What the registry rows of one place tell of an image. */
export interface ImagePlace extends Place {
  type: string | null;
  /** Ids and digests, without `sha256:`. */
  ids: string[];
  image: CatalogImage;
  appearedAt: number;
  outlooks: Record<ContentPart, ContentOutlook>;
  baseOs: PartCoverage;
  files: PartCoverage;
  /** 0: HSS's content of this place comes from the newest scan, among all places. Null: HSS tells no content here. */
  sourceOrder: number | null;
  /**
   * Equal for equal states of the place, with its hosts and its content. Null for the only place of an image, unless the
   * image had more places before, or has more places afterwards.
   */
  state: string | null;
  /** Positions among all entries of the image: of the first one, and of those that tell these values. */
  at: { first: number; severity: number; scan: number; size: number };
}

/** The part of a place that is kept in memory. */
export type RowPlace = Pick<
  ImagePlace,
  'registryName' | 'namespace' | 'ids' | 'baseOs' | 'files' | 'sourceOrder' | 'state'
>;

type Content = (ContentStates & { num: number }) | undefined;

export function placesOf(document: ImageDocument, content: Content): ImagePlace[] {
  const places = statelessPlaces(document, content);
  if (places.length > 1) {
    const hosts = hostsIn(document.onHosts);
    for (const place of places) place.state = stateOf(place, hosts, content);
  }
  return places;
}

/** The state of the only place of an image. */
export function onlyState(document: ImageDocument, content: Content): string | null {
  const [place] = statelessPlaces(document, content);
  return place ? stateOf(place, hostsIn(document.onHosts), content) : null;
}

function statelessPlaces(document: ImageDocument, content: Content): ImagePlace[] {
  const sorted = newestEntryFirst(document.entries);
  const groups = new Map<string, RegistryRecord[]>();
  for (const entry of sorted) {
    const { registry, type, namespace } = entry.row;
    if (namespace === null) continue;
    const key = JSON.stringify([registry.name, type, namespace]);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  const sources = sourcesInOrder([...groups.values()]);
  return [...groups.values()].map((entries) =>
    placeOf(document, entries, sorted, sources.indexOf(newestReadable(entries)), content),
  );
}

function placeOf(
  document: ImageDocument,
  entries: RegistryRecord[],
  sorted: readonly RegistryRecord[],
  source: number,
  content: ContentStates | undefined,
): ImagePlace {
  const part = { ...document, ...partSeen(document, entries), onHosts: [] };
  const image = derive(part, undefined);
  const outlooks = contentOutlooks(part, image.scan, seenContent(part, content));
  const { registry, type = null, namespace = null } = entries[0]?.row ?? { registry: { name: null } };
  const position = (tells: (row: RegistryRecord['row']) => boolean) =>
    sorted.findIndex((entry) => entries.includes(entry) && tells(entry.row));
  return {
    registryName: registry.name,
    type,
    namespace,
    ids: idsOf(part),
    image,
    appearedAt: part.appearedAt,
    outlooks,
    baseOs: coverageOf(part, outlooks.baseOs),
    files: coverageOf(part, outlooks.files),
    sourceOrder: source < 0 ? null : source,
    state: null,
    at: {
      first: position(() => true),
      severity: position(({ severity }) => severity === image.severity),
      scan: position(({ scan }) => scan === image.scan),
      size: position(({ sizeBytes }) => sizeBytes !== null),
    },
  };
}

/** The state leaves out the order of the place's scan among all places: a newer scan elsewhere changes nothing here. */
function stateOf({ image, sourceOrder }: ImagePlace, hosts: unknown, content: Content): string {
  const parts = [image, hosts, sourceOrder === null ? null : (content?.num ?? 0)];
  return hash('sha256', stringifyJson(parts), 'base64url').slice(0, 16);
}

/** For each group the entry that tells its content, in the order in which all entries together would be chosen. */
function sourcesInOrder(groups: readonly RegistryRecord[][]): (RegistryRecord | undefined)[] {
  const left = groups.flatMap((entries) => newestReadable(entries) ?? []);
  const sources: RegistryRecord[] = [];
  for (let next = newestReadable(left); next; next = newestReadable(left)) {
    sources.push(next);
    left.splice(left.indexOf(next), 1);
  }
  return sources;
}

/**
 * Ids and digests of an image, without `sha256:`. Most of these texts are equal to the key, and use the key's string.
 */
export function idsOf({ key, entries, onHosts }: ImageDocument): string[] {
  const ids = [...entries, ...onHosts].flatMap(({ row }) => [row.imageId, row.digest]);
  const plain = new Set(ids.map(plainDigest));
  return [...plain].filter((id) => id !== null).map((id) => (id === key ? key : id));
}

/** Whether a consumer sees the image, by a row with this id if one is given. Unpacks nothing. */
export function isSeen(places: readonly RowPlace[], namespaces: Namespaces, id?: string): boolean {
  return places.some((place) => (id === undefined || place.ids.includes(id)) && namespaces.sees(place));
}

/**
 * Whether a consumer sees a difference between two states of an image. Undefined: the image is not there. Each new state of
 * an image that stays in one place counts as a difference.
 */
export function differsFor(
  namespaces: Namespaces,
  before: readonly RowPlace[] = [],
  after: readonly RowPlace[] = [],
): boolean {
  const [was, is] = [before, after].map((places) => places.filter((place) => namespaces.sees(place)));
  if (!was || !is || was.length !== is.length) return true;
  return was.some(({ state }, at) => state === null || state !== is[at]?.state);
}

/** The places that an image no longer has, or has with fewer types. */
export function placesLeft(
  before: readonly RowPlace[],
  after: readonly RowPlace[] = [],
): readonly RowPlace[] {
  const keyOf = ({ registryName, namespace }: RowPlace) => JSON.stringify([registryName, namespace]);
  const left = new Map<string, number>();
  for (const place of after) left.set(keyOf(place), (left.get(keyOf(place)) ?? 0) + 1);
  return before.filter((place) => {
    const count = left.get(keyOf(place)) ?? 0;
    left.set(keyOf(place), count - 1);
    return count <= 0;
  });
}

/** How the content that a consumer sees counts in the coverage: the place with the newest scan decides. */
export function coverageSeen(
  places: readonly RowPlace[],
  namespaces: Namespaces,
): Pick<RowPlace, 'baseOs' | 'files'> {
  let newest: RowPlace | undefined;
  for (const place of places) {
    if (place.sourceOrder === null || !namespaces.sees(place)) continue;
    if (place.sourceOrder < (newest?.sourceOrder ?? Infinity)) newest = place;
  }
  return newest ?? { baseOs: null, files: null };
}
