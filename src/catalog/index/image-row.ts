import type { Integer } from '../../json/lossless.js';
import type { Scan } from '../../endpoints/lists/words.js';
import { isCurrent, isScanned } from '../model/content-state.js';
import { severityRank, type CatalogImage } from '../model/derive.js';
import type { ImageDocument, ReadContent } from '../model/documents.js';
import { forever } from './schema.js';
import type { Cell, TableWriter } from './table-writer.js';
import type { FileWords } from './file-words.js';
import type { HostLabels } from './host-labels.js';
import type { Words } from './words.js';

/** A name that an image goes by. */
export interface Place {
  registryName: string | null;
  type: string | null;
  namespace: string | null;
  name: string | null;
  tag: string | null;
}

/** What an image row needs of its content. */
export interface ContentState {
  num: number;
  hasOs: boolean;
  baseOs: ReadState | null;
  files: ReadState | null;
}

export type ReadState = Pick<ReadContent<unknown>, 'scannedUntil'>;

/** The words that stand as numbers in the tables. */
export interface Vocabulary {
  severity: Words;
  scanStatus: Words;
  names: Words;
  hosts: Words;
  labels: HostLabels;
  baseOs: Words;
  baseOsShown: Words;
  files: FileWords;
}

/** Parts the words of one name in a search: nobody's words reach over it. */
const wordEnd = '\u0000';

/** Registry entries and local rows; of a local row only name and tag are known. */
export function placesOf({ entries, onHosts }: ImageDocument): Place[] {
  const places = new Map<string, Place>();
  let last: Place | undefined;
  const add = (place: Place) => {
    // A thousand hosts call it the same.
    if (last && last.type === place.type && last.name === place.name && last.tag === place.tag)
      if (last.namespace === place.namespace && last.registryName === place.registryName) return;
    last = place;
    places.set(Object.values(place).join(wordEnd), place);
  };
  for (const { row } of entries) {
    const { registry, type, namespace, name, tag } = row;
    add({ registryName: registry.name, type, namespace, name, tag });
  }
  for (const { row } of onHosts)
    add({ registryName: null, type: null, namespace: null, name: row.name, tag: row.tag });
  return [...places.values()];
}

/** The same place, of strings that other places use too. */
export function sharing({ registryName, type, namespace, name, tag }: Place, words: Words): Place {
  const one = (word: string | null) => words.textOf(words.numberOf(word));
  return {
    registryName: one(registryName),
    type: one(type),
    namespace: one(namespace),
    name: one(name),
    tag: one(tag),
  };
}

/** What tells hosts apart. */
export function hostIdentity(host: { hostId: string | null; agentId: string | null; name: string | null }) {
  return host.hostId ?? host.agentId ?? host.name ?? '';
}

/** Writes one state of an image. */
export function writeImage(
  writer: TableWriter,
  words: Vocabulary,
  row: {
    num: number;
    since: number;
    document: ImageDocument;
    image: CatalogImage;
    places: Place[];
    /** Which content must hold to be current. */
    scan: Scan;
  },
  content: ContentState | undefined,
): void {
  const { num, since, document, image, scan } = row;
  const { vulnerabilities, unsafeSettings, maliciousFiles } = image.findingCounts;
  const isOpen = (part: ReadState | null) => isScanned(scan) && !isCurrent(part, scan);
  const { names } = words;
  const facets = (['namespace', 'registryName', 'type'] as const).map((field) =>
    distinct(row.places, field, names),
  );
  writer.append(
    'images',
    ...[num, since, forever, document.serial, content?.num ?? 0],
    words.severity.numberOf(image.severity),
    image.severity === null ? null : severityRank(image.severity),
    words.scanStatus.numberOf(image.scan.status),
    ...[vulnerabilities, unsafeSettings, maliciousFiles, image.hosts.total].map(cellOf),
    ...[document.onHosts.length > 0, image.hosts.items.length > 0, image.running, image.multiArch],
    ...[wallTime(image.scan.scannedAt), wallTime(image.updatedAt), document.appearedAt],
    ...[cellOf(image.sizeBytes), image.name],
    ...[content?.hasOs ?? false, isOpen(content?.baseOs ?? null), isOpen(content?.files ?? null)],
    ...facets.map(([first]) => first ?? 0),
  );
  for (const [index, { namespace, name, tag, registryName, type }] of row.places.entries())
    writer.append(
      'names',
      ...[num, names.numberOf(namespace), name, tag, names.numberOf(registryName), names.numberOf(type)],
      [namespace, name, tag].map((word) => fold(word ?? '')).join(wordEnd),
      ...facets.map((values) => (index === 0 ? null : (values[index] ?? null))),
    );
  for (const host of image.hosts.items)
    writer.append('presences', num, words.hosts.numberOf(hostIdentity(host)), words.labels.numberOf(host));
}

/** The values that an image counts for, each once, as numbers; "not known" only when no place knows one. */
function distinct(places: readonly Place[], field: keyof Place, words: Words): number[] {
  const values = new Set(places.map((place) => place[field]));
  if (values.size > 1) values.delete(null);
  return [...values].map((value) => words.numberOf(value));
}

/** Case does not matter in words that are folded. */
export function fold(word: string): string {
  return word.toLowerCase();
}

/** Wall time in ms of an RFC 3339 time. */
function wallTime(time: string | null): Cell {
  return time === null ? null : Date.parse(time);
}

/** Beyond what an int64 holds nothing comes out of the parsers. */
function cellOf(value: Integer | null): Cell {
  return value;
}
