import { LRUCache } from 'lru-cache';
import type { Namespaces } from '../../../domain/namespaces.js';
import type { CatalogImage } from '../../model/catalog-image.js';
import { textOf } from './document-store.js';
import type { PurgedNames } from '../../model/purged-names.js';
import { documentIn, imageOf } from './row-documents.js';
import type { Row } from './row.js';
import type { Slices } from '../slices.js';

/**
 * The size of the cache in characters of JSON, because an image on a thousand hosts is large. Every first page shows
 * the worst images, so keeping them saves work. A page of hosts shows 150 images, which take half a million characters.
 */
const mostKept = 2 ** 21;

/** How an answer shows images. */
export interface Showing {
  /** Those that the asker sees. Null: all. */
  namespaces: Namespaces | null;
  /** What the images must not show, though their version has it. */
  purged: PurgedNames | undefined;
}

/**
 * Images as answers show them. An image is inflated and derived when a query needs it, and the images used last are
 * kept. Answers share these objects, so no caller may change an object.
 */
export class ShownImages {
  /** By row and namespaces: each set of namespaces shows an image in its own way. */
  readonly #kept = new LRUCache<string, { row: Row; image: CatalogImage }>({ maxSize: mostKept });

  #one(row: Row, as: Showing): CatalogImage {
    if (as.purged) return show(row, as).image;
    const key = `${row.num} ${as.namespaces?.key ?? ''}`;
    const kept = this.#kept.get(key);
    // After a load another row can have the number.
    if (kept?.row === row) return kept.image;
    const { image, size } = show(row, as);
    this.#kept.set(key, { row, image }, { size });
    return image;
  }

  /** The documents of the row have changed. */
  forget(row: Row): void {
    for (const [key, kept] of this.#kept.entries()) if (kept.row === row) this.#kept.delete(key);
  }

  /**
   * @param as makes the answer's form of an image. It must not change the image.
   */
  async all<Shown>(
    rows: readonly Row[],
    as: (image: CatalogImage, row: Row) => Shown,
    slices: Slices,
    showing: Showing,
  ): Promise<Shown[]> {
    const images: Shown[] = [];
    for (const row of rows) {
      images.push(as(this.#one(row, showing), row));
      if (slices.isOver) await slices.next();
    }
    return images;
  }

  /** For a stream, which reads every image once. Keeps no image. */
  passing(row: Row, showing: Showing): CatalogImage {
    return show(row, showing).image;
  }
}

function show(row: Row, { namespaces, purged }: Showing): { image: CatalogImage; size: number } {
  const text = textOf(row);
  return { image: imageOf(row, documentIn(text), namespaces, purged), size: text.length };
}
