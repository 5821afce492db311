import { plainDigest } from '../../../domain/digest.js';
import type { ImageDocument } from '../../model/documents.js';
import type { Packed } from './document-store.js';
import type { ContentState, ImageName } from '../tables/image-row.js';
import { Postings } from '../words/postings.js';

/** An image's content as it lies in memory: what is shown of it apart from its files, which may be thousands. */
export interface StoredContent {
  state: ContentState;
  /** A ContentDocument with the first of its files, which most answers show. */
  summary: Packed;
  fileCount: number;
  /** The rows of the others. */
  files: Packed | null;
}

/** One state of an image: what a row of the table `images` stands for. */
export interface Row {
  num: number;
  key: string;
  block: Buffer;
  at: number;
  content: StoredContent | undefined;
  places: ImageName[];
  ids: string[];
  /** The first version it is not true in any more; Infinity while it is. */
  until: number;
  /** What it adds to the coverage: HSS can be asked about it; what is known of its last scan. */
  isAsked: boolean;
  knowsOs: boolean;
  knowsFiles: boolean;
}

/** All rows that can still be asked for, and the maps that find them without a query. */
export class Rows {
  readonly ids = new Postings();
  readonly #byNum = new Map<number, Row>();
  readonly #byKey = new Map<string, Row>();
  readonly #byName = new Postings();
  /** In the order in which they ended. */
  #ended: Row[] = [];
  readonly #coverage = { baseOs: 0, files: 0, total: 0 };

  get coverage() {
    const { baseOs, files, total } = this.#coverage;
    return { baseOs: { known: baseOs, total }, files: { known: files, total } };
  }

  get size(): number {
    return this.#byNum.size;
  }

  newest(key: string): Row | undefined {
    return this.#byKey.get(key);
  }

  at(num: number): Row | undefined {
    return this.#byNum.get(num);
  }

  all(): IterableIterator<Row> {
    return this.#byKey.values();
  }

  named({ registryName, namespace, name, tag }: Partial<ImageName> & { name: string }): string[] {
    const isMeant = (place: ImageName) =>
      place.name === name &&
      (registryName === undefined || place.registryName === registryName) &&
      (namespace === undefined || place.namespace === namespace) &&
      (tag === undefined || place.tag === tag);
    return this.#current(this.#byName.of(name), ({ places }) => places.some(isMeant));
  }

  known(id: string): string[] {
    return this.#current(this.ids.of(plainDigest(id)), () => true);
  }

  add(row: Row): void {
    this.#byNum.set(row.num, row);
    this.#byKey.set(row.key, row);
    for (const id of row.ids) this.ids.add(id, row.num);
    for (const { name } of row.places) if (name !== null) this.#byName.add(name, row.num);
    this.#count(row, 1);
  }

  /** It stays for the versions before. */
  end(row: Row, version: number): void {
    row.until = version;
    if (this.#byKey.get(row.key) === row) this.#byKey.delete(row.key);
    this.#ended.push(row);
    this.#count(row, -1);
  }

  /** Drops what no version from `needed` on holds. @returns how many rows. */
  drop(needed: number): number {
    const first = this.#ended.findIndex(({ until }) => until > needed);
    const dropped = this.#ended.splice(0, first === -1 ? this.#ended.length : first);
    for (const row of dropped) {
      this.#byNum.delete(row.num);
      for (const id of row.ids) this.ids.delete(id, row.num);
      for (const { name } of row.places) if (name !== null) this.#byName.delete(name, row.num);
    }
    return dropped.length;
  }

  #current(nums: readonly number[], isMeant: (row: Row) => boolean): string[] {
    return nums.flatMap((num) => {
      const row = this.#byNum.get(num);
      return row?.until === Infinity && isMeant(row) ? [row.key] : [];
    });
  }

  #count({ isAsked, knowsOs, knowsFiles }: Row, step: 1 | -1): void {
    if (!isAsked) return;
    this.#coverage.total += step;
    if (knowsOs) this.#coverage.baseOs += step;
    if (knowsFiles) this.#coverage.files += step;
  }
}

/** Ids and digests without `sha256:`, by which an image is found. Mostly its key, which is then kept once. */
export function idsOf({ key, entries, onHosts }: ImageDocument): string[] {
  const ids = [...entries, ...onHosts].flatMap(({ row }) => [row.imageId, row.digest]);
  const plain = new Set(ids.map(plainDigest));
  return [...plain].filter((id) => id !== null).map((id) => (id === key ? key : id));
}
