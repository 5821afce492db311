import type { Namespaces } from '../../domain/namespaces.js';
import { relativesOf, type Relative } from '../model/related-hosts.js';
import { seenDocument } from '../model/seen.js';
import { documentOf } from './documents/row-documents.js';
import type { Rows } from './documents/rows.js';

/**
 * The rows of an image and of its relatives, for one question about hosts. A multi-architecture image is also found
 * by its architectures, and an architecture by the multi-architecture image.
 */
export class RelatedRows {
  readonly #relations = new Map<number, Relative['matchedBy']>();

  constructor(
    private readonly rows: Rows,
    private readonly version: number,
    /** Those that the asker sees. Null: all. */
    private readonly namespaces: Namespaces | null,
  ) {}

  /** @param id without `sha256:`. */
  of(id: string): number[] {
    const { rows, namespaces } = this;
    const own = rows.idsFor(namespaces).of(id);
    for (const row of rows.at(own)) {
      if (row.until <= this.version) continue;
      const document = namespaces ? seenDocument(documentOf(row), namespaces) : documentOf(row);
      for (const { key, matchedBy } of document ? relativesOf(document) : [])
        for (const other of rows.at(rows.ids.of(key)))
          if (other.key === key && !own.includes(other.num)) this.#relations.set(other.num, matchedBy);
    }
    return [...own, ...this.#relations.keys()];
  }

  /** @returns undefined when one of the rows is a row of the asked image itself. */
  closest(nums: readonly number[]): Relative['matchedBy'] | undefined {
    const [first] = nums;
    if (first === undefined || nums.some((num) => !this.#relations.has(num))) return undefined;
    return this.#relations.get(first);
  }
}
