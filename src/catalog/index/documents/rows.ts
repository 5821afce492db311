import { plainDigest } from '../../../domain/digest.js';
import type { Namespaces, Place } from '../../../domain/namespaces.js';
import type { Coverage } from '../../model/catalog-query.js';
import { LRUCache } from 'lru-cache';
import { Postings } from '../words/postings.js';
import {
  coverageSeen,
  differsFor,
  isSeen,
  placesLeft,
  type PartCoverage,
  type RowPlace,
} from './image-places.js';
import type { ImageName } from './image-names.js';
import type { StoredContent } from './stored-content.js';

/** One state of an image. Each state has one row in the table `images`. */
export interface Row {
  num: number;
  key: string;
  /** The block that the document lies in, and the document's index there. */
  block: Buffer;
  at: number;
  content: StoredContent | undefined;
  imageNames: ImageName[];
  ids: string[];
  newWords: readonly string[];
  /** The first version to which the row belongs. The same on every instance. */
  since: number;
  /** The first version to which the row no longer belongs. Infinity while the row belongs to the newest version. */
  until: number;
  /** How the parts of the content count in the coverage. */
  baseOs: PartCoverage;
  files: PartCoverage;
  places: readonly RowPlace[];
}

/**
 * All rows of the versions that a query can still use, with maps that find rows by key, id and name without a query.
 * History writes the rows. The index and the snapshot read them.
 */
export class Rows {
  readonly ids = new Postings();
  readonly #byNum = new Map<number, Row>();
  readonly #byKey = new Map<string, Row>();
  readonly #byName = new Postings();
  /** How many names of images name each registry, by its name or by the URL of its instance. */
  readonly #registries = new Map<string, number>();
  /** Rows that belong to earlier versions only, in the order in which they ended. */
  #ended: Row[] = [];
  /** The number of rows of the newest version that have each new word of HSS. */
  readonly #newWords = new Map<string, number>();
  readonly #coverage = noCoverage();
  /** The version at which an image last left each place. A removed row is dropped once no query needs it. */
  readonly #left = new Map<string, Place & { version: number }>();
  /** By the key of the namespaces. */
  readonly #seen = new LRUCache<string, Seen>({ max: mostViews });

  get coverage(): Coverage {
    return structuredClone(this.#coverage);
  }

  /**
   * What is kept for the consumers with these namespaces: coverage and registries of the images that they see, and the
   * versions at which these images changed.
   */
  seenBy(namespaces: Namespaces): Readonly<Seen> {
    let seen = this.#seen.get(namespaces.key);
    if (!seen) {
      seen = {
        namespaces,
        coverage: noCoverage(),
        registries: new Map(),
        changes: this.#changesFor(namespaces),
      };
      for (const row of this.#byKey.values()) countSeen(seen, row, 1);
      this.#seen.set(namespaces.key, seen);
    }
    return seen;
  }

  /** The images with these keys have changed with this version. @param before the rows that have ended. */
  noteChanges(before: ReadonlyMap<string, Row>, after: ReadonlyMap<string, Row>, version: number): void {
    const keys = new Set([...before.keys(), ...after.keys()]);
    for (const [key, { places }] of before)
      for (const { registryName, namespace } of placesLeft(places, after.get(key)?.places))
        this.#left.set(JSON.stringify([registryName, namespace]), { registryName, namespace, version });
    for (const seen of this.#seen.values()) {
      const differs = (key: string) =>
        differsFor(seen.namespaces, before.get(key)?.places, after.get(key)?.places);
      if ([...keys].some(differs)) seen.changes.push(version);
    }
  }

  /**
   * An instance that is asked later finds the same changes. Only an instance that starts later does not know of
   * earlier removals.
   */
  #changesFor(namespaces: Namespaces): number[] {
    const former = new Map<string, Row>();
    for (const row of this.#ended)
      if (isSeen(row.places, namespaces)) former.set(`${row.key} ${row.until}`, row);
    const changes = new Set<number>();
    for (const row of this.#byNum.values()) {
      if (!isSeen(row.places, namespaces)) continue;
      const at = `${row.key} ${row.since}`;
      if (differsFor(namespaces, former.get(at)?.places, row.places)) changes.add(row.since);
      former.delete(at);
    }
    // No seen row has followed these.
    for (const { until } of former.values()) changes.add(until);
    for (const place of this.#left.values()) if (namespaces.sees(place)) changes.add(place.version);
    return [...changes].sort((a, b) => a - b);
  }

  get size(): number {
    return this.#byNum.size;
  }

  /** @param word with its field, as `newWord` makes it. */
  hasNewWord(word: string): boolean {
    return this.#newWords.has(word);
  }

  newest(key: string): Row | undefined {
    return this.#byKey.get(key);
  }

  /** The rows with these numbers, in this order. */
  at(nums: readonly number[]): Row[] {
    return nums.map((num) => {
      const row = this.#byNum.get(num);
      if (!row) throw new Error(`Row ${num} was dropped while it was asked for`);
      return row;
    });
  }

  all(): IterableIterator<Row> {
    return this.#byKey.values();
  }

  /** The rows of the newest version, and of earlier versions that are still kept. */
  everyRow(): IterableIterator<Row> {
    return this.#byNum.values();
  }

  /** The rows that belong to earlier versions only. */
  former(): readonly Row[] {
    return this.#ended;
  }

  /** @param namespaces only names in these namespaces count. Null: all names, those on hosts too. */
  named(
    { registryName, namespace, name, tag }: Partial<ImageName> & { name: string },
    namespaces: Namespaces | null,
  ): string[] {
    const isMeant = (imageName: ImageName) =>
      (namespaces === null || namespaces.sees(imageName)) &&
      imageName.name === name &&
      (registryName === undefined || imageName.registryName === registryName) &&
      (namespace === undefined || imageName.namespace === namespace) &&
      (tag === undefined || imageName.tag === tag);
    return this.#current(this.#byName.of(name), ({ imageNames }) => imageNames.some(isMeant));
  }

  /** Names and URLs of the registries that the newest images are in. */
  get registryNames(): string[] {
    return [...this.#registries.keys()];
  }

  /** @param namespaces only rows of HSS in these namespaces tell ids. Null: all rows. */
  known(id: string, namespaces: Namespaces | null): string[] {
    const plain = plainDigest(id);
    return this.#current(
      this.ids.of(plain),
      ({ places }) => namespaces === null || isSeen(places, namespaces, plain),
    );
  }

  /** The rows with an id, for questions. @param namespaces as for `known`. */
  idsFor(namespaces: Namespaces | null): Pick<Postings, 'of'> {
    if (namespaces === null) return this.ids;
    return {
      of: (id) => this.ids.of(id).filter((num) => isSeen(this.#byNum.get(num)?.places ?? [], namespaces, id)),
    };
  }

  add(row: Row): void {
    this.#byNum.set(row.num, row);
    this.#byKey.set(row.key, row);
    for (const id of row.ids) this.ids.add(id, row.num);
    for (const { name } of row.imageNames) if (name !== null) this.#byName.add(name, row.num);
    this.#count(row, 1);
  }

  /** Ends the row at `version`. Queries of earlier versions still find the row. */
  end(row: Row, version: number): void {
    row.until = version;
    if (this.#byKey.get(row.key) === row) this.#byKey.delete(row.key);
    this.#ended.push(row);
    this.#count(row, -1);
  }

  /** Drops the rows that ended before the version `needed` or at this version. @returns how many rows. */
  drop(needed: number): number {
    for (const { changes } of this.#seen.values())
      // Of the changes before, the last one tells where the versions that are needed begin.
      changes.splice(
        0,
        changes.findLastIndex((version) => version <= needed),
      );
    const first = this.#ended.findIndex(({ until }) => until > needed);
    const dropped = this.#ended.splice(0, first === -1 ? this.#ended.length : first);
    for (const row of dropped) {
      this.#byNum.delete(row.num);
      for (const id of row.ids) this.ids.delete(id, row.num);
      for (const { name } of row.imageNames) if (name !== null) this.#byName.delete(name, row.num);
    }
    return dropped.length;
  }

  #current(nums: readonly number[], isMeant: (row: Row) => boolean): string[] {
    return nums.flatMap((num) => {
      const row = this.#byNum.get(num);
      return row?.until === Infinity && isMeant(row) ? [row.key] : [];
    });
  }

  #count(row: Row, difference: 1 | -1): void {
    countRegistries(this.#registries, row.imageNames, difference);
    for (const word of row.newWords) {
      const count = (this.#newWords.get(word) ?? 0) + difference;
      if (count === 0) this.#newWords.delete(word);
      else this.#newWords.set(word, count);
    }
    count(this.#coverage, row, difference);
    for (const seen of this.#seen.values()) countSeen(seen, row, difference);
  }
}

interface Seen {
  namespaces: Namespaces;
  coverage: Coverage;
  /** How many names of images name each registry, by its name or by the URL of its instance. */
  registries: Map<string, number>;
  /** The versions at which the images or contents that the consumers see changed, in order. */
  changes: number[];
}

/** Sets of namespaces that are kept up with every write. */
const mostViews = 200;

function noCoverage(): Coverage {
  return { baseOs: { known: 0, total: 0 }, files: { known: 0, total: 0 } };
}

function countSeen({ namespaces, coverage, registries }: Seen, row: Row, difference: 1 | -1): void {
  count(coverage, coverageSeen(row.places, namespaces), difference);
  const names = row.imageNames.filter((imageName) => namespaces.sees(imageName));
  countRegistries(registries, names, difference);
}

function countRegistries(
  registries: Map<string, number>,
  names: readonly ImageName[],
  difference: 1 | -1,
): void {
  for (const { registryName, instanceUrl } of names)
    for (const name of [registryName, instanceUrl]) {
      if (!name) continue;
      const count = (registries.get(name) ?? 0) + difference;
      if (count > 0) registries.set(name, count);
      else registries.delete(name);
    }
}

function count(coverage: Coverage, row: Pick<Row, 'baseOs' | 'files'>, difference: 1 | -1): void {
  for (const part of ['baseOs', 'files'] as const) {
    if (row[part] !== null) coverage[part].total += difference;
    if (row[part] === 'known') coverage[part].known += difference;
  }
}
