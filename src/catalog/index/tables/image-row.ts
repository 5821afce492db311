import type { Integer } from '../../../json/lossless.js';
import type { Scan } from '../../../domain/scan.js';
import { hostKey } from '../../../domain/host-identity.js';
import { isCurrent, isScanned } from '../../model/content-state.js';
import type { CatalogImage } from '../../model/catalog-image.js';
import { severityRank } from '../../../domain/severity.js';
import type { ImageDocument, ReadContent } from '../../model/documents.js';
import { combinationNumber } from '../words/combined-facets.js';
import { forever } from './schema.js';
import type { Cell, TableWriter } from './table-writer.js';
import type { FileWords } from '../words/file-words.js';
import type { NamedHosts } from '../words/named-hosts.js';
import type { Words } from '../words/words.js';

/** A name that an image goes by. */
export interface ImageName {
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
  labels: NamedHosts;
  baseOs: Words;
  baseOsShown: Words;
  combinations: Words;
  files: FileWords;
}

/** Parts the words of one place: no word holds it. */
const wordEnd = '\u0000';

/** Registry entries, and local rows that go by another name: of those only name and tag are known. */
export function imageNamesOf({ entries, onHosts }: ImageDocument): ImageName[] {
  const places = new Map<string, ImageName>();
  let last: ImageName | undefined;
  const add = (place: ImageName) => {
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
  for (const { row } of onHosts) {
    const { name, tag } = row;
    if (entries.some((entry) => entry.row.name === name && entry.row.tag === tag)) continue;
    add({ registryName: null, type: null, namespace: null, name, tag });
  }
  return [...places.values()];
}

/** The same place, of strings that other places use too. */
export function sharing({ registryName, type, namespace, name, tag }: ImageName, words: Words): ImageName {
  const one = (word: string | null) => words.textOf(words.numberOf(word));
  return {
    registryName: one(registryName),
    type: one(type),
    namespace: one(namespace),
    name: one(name),
    tag: one(tag),
  };
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
    places: ImageName[];
    /** Which content must hold to be current. */
    scan: Scan;
  },
  content: ContentState | undefined,
): void {
  const { num, since, document, image, scan } = row;
  const { vulnerabilities, unsafeSettings, maliciousFiles } = image.findingCounts;
  const onHosts = document.onHosts.length > 0;
  const isOpen = (part: ReadState | null) => isScanned(scan) && !isCurrent(part, scan);
  const { names } = words;
  const namespaces = distinct(row.places, 'namespace', names);
  const registries = distinct(row.places, 'registryName', names);
  const types = distinct(row.places, 'type', names);
  const severity = words.severity.numberOf(image.severity);
  const scanStatus = words.scanStatus.numberOf(image.scan.status);
  const combination = {
    ...{ severity, scanStatus, type: types[0] ?? 0, registryName: registries[0] ?? 0 },
    ...{ onHosts: Number(onHosts), running: Number(image.running), multiArch: Number(image.multiArch) },
    baseOs: content?.hasOs ? null : 0,
  };
  writer.append(
    'images',
    ...[num, since, forever, document.serial, content?.num ?? 0],
    ...[severity, image.severity === null ? null : severityRank(image.severity), scanStatus],
    ...[vulnerabilities, unsafeSettings, maliciousFiles, image.hosts.total].map(cellOf),
    ...[onHosts, image.hosts.items.length > 0, image.running, image.multiArch],
    ...[wallTime(image.scan.scannedAt), wallTime(image.updatedAt), document.appearedAt],
    ...[cellOf(image.sizeBytes), image.name],
    ...[isOpen(content?.baseOs ?? null), isOpen(content?.files ?? null)],
    ...[combinationNumber(combination, words.combinations), namespaces[0] ?? 0],
  );
  for (const { namespace, name, tag, registryName, type } of row.places)
    writer.append(
      'names',
      num,
      ...[namespace, name, tag, registryName, type].map((word) => names.numberOf(word)),
    );
  const further = [namespaces, registries, types];
  const most = Math.max(...further.map(({ length }) => length));
  for (let nth = 1; nth < most; nth += 1)
    writer.append('more_facets', num, ...further.map((values) => values[nth] ?? null));
  for (const host of image.hosts.items)
    writer.append('presences', num, words.hosts.numberOf(hostKey(host) ?? ''), words.labels.numberOf(host));
}

/** The values that an image counts for, each once, as numbers; "not known" only when no place knows one. */
function distinct(places: readonly ImageName[], field: keyof ImageName, words: Words): number[] {
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
