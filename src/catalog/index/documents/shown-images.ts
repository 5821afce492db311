import { LRUCache } from 'lru-cache';
import type { CatalogImage } from '../../model/catalog-image.js';
import { textOf } from './document-store.js';
import type { PurgedNames } from '../../model/purged-names.js';
import { documentIn, imageOf } from './row-documents.js';
import type { Row } from './rows.js';
import type { Slices } from '../slices.js';

/**
 * The size of the cache in characters of JSON, because an image on a thousand hosts is large. Every first page shows
 * the worst images, so keeping them saves work.
 */
const mostKept = 2 ** 20;

/**
 * Images as answers show them. An image is inflated and derived when a query needs it, and the images used last are
 * kept. Answers share these objects, so no caller may change an object.
 */
export class ShownImages {
  readonly #kept = new LRUCache<Row, CatalogImage>({ maxSize: mostKept });

  #one(row: Row, purged: PurgedNames | undefined): CatalogImage {
    if (purged) return show(row, purged).image;
    const kept = this.#kept.get(row);
    if (kept) return kept;
    const { image, size } = show(row);
    this.#kept.set(row, image, { size });
    return image;
  }

  /** The documents of the row have changed. */
  forget(row: Row): void {
    this.#kept.delete(row);
  }

  /**
   * @param as makes the answer's form of an image. It must not change the image.
   * @param purged what the images must not show, though their version has it.
   */
  async all<Shown>(
    rows: readonly Row[],
    as: (image: CatalogImage, row: Row) => Shown,
    slices: Slices,
    purged?: PurgedNames,
  ): Promise<Shown[]> {
    const images: Shown[] = [];
    for (const row of rows) {
      images.push(as(this.#one(row, purged), row));
      if (slices.isOver) await slices.next();
    }
    return images;
  }

  /** For a stream, which reads every image once. Keeps no image. */
  passing(row: Row, purged?: PurgedNames): CatalogImage {
    return show(row, purged).image;
  }
}

function show(row: Row, purged?: PurgedNames): { image: CatalogImage; size: number } {
  const text = textOf(row);
  return { image: imageOf(row, documentIn(text), purged), size: text.length };
}
