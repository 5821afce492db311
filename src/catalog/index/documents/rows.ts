import { plainDigest } from '../../../domain/digest.js';
import type { Namespaces } from '../../../domain/namespaces.js';
import type { Coverage } from '../../model/catalog-query.js';
import { Postings } from '../words/postings.js';
import { ContentFiles } from './content-files.js';
import type { ImageName } from './image-names.js';
import { isSeen } from './image-places.js';
import { contentsOf, type Row } from './row.js';
import { countCoverage, countRegistries, noCoverage } from './row-counts.js';
import { SeenViews } from './seen-views.js';

/**
 * All rows of the versions that a query can still use, with maps that find rows by key, id and name without a query.
 * History writes the rows. The index and the snapshot read them.
 */
export class Rows {
  readonly ids = new Postings();
  readonly views = new SeenViews(this);
  /** The files of the rows' contents. Contents that no row has any more stay until `dropContents`. */
  readonly contentFiles = new ContentFiles();
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

  get coverage(): Coverage {
    return structuredClone(this.#coverage);
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
    if (row.content) this.contentFiles.add(row.content.state.num, row.content.fileNumbers);
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
    this.views.drop(needed);
    const first = this.#ended.findIndex(({ until }) => until > needed);
    const dropped = this.#ended.splice(0, first === -1 ? this.#ended.length : first);
    for (const row of dropped) {
      this.#byNum.delete(row.num);
      for (const id of row.ids) this.ids.delete(id, row.num);
      for (const { name } of row.imageNames) if (name !== null) this.#byName.delete(name, row.num);
    }
    return dropped.length;
  }

  /** Drops the files of the contents that no row has any more. */
  dropContents(): void {
    this.contentFiles.keepOnly(contentsOf(this.#byNum.values()));
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
    countCoverage(this.#coverage, row, difference);
    this.views.count(row, difference);
  }
}
