import { LRUCache } from 'lru-cache';
import { parseJson } from '../../json/lossless.js';
import type { Clock } from '../../resilience/clock.js';
import { derive, type CatalogImage } from '../model/derive.js';
import type { ImageDocument } from '../model/documents.js';
import { textOf } from './document-store.js';
import { shownContent, type Row } from './rows.js';
import { Slices } from './slices.js';

/** The worst images stand on every first page. In characters of JSON; an image on a thousand hosts is large. */
const mostKept = 4 * 2 ** 20;

/** Images as they are shown: inflated and derived when they are asked for. Shared, so nobody may change them. */
export class ShownImages {
  readonly #kept = new LRUCache<Row, CatalogImage>({ maxSize: mostKept });

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  one(row: Row): CatalogImage {
    const kept = this.#kept.get(row);
    if (kept) return kept;
    const { image, size } = show(row);
    this.#kept.set(row, image, { size });
    return image;
  }

  all(rows: readonly Row[]): Promise<CatalogImage[]> {
    return this.#each(rows, (row) => this.one(row));
  }

  /** For those who read everything once. */
  passing(rows: readonly Row[]): Promise<CatalogImage[]> {
    return this.#each(rows, (row) => show(row).image);
  }

  async #each(rows: readonly Row[], showOne: (row: Row) => CatalogImage): Promise<CatalogImage[]> {
    const slices = new Slices(this.clock);
    const images: CatalogImage[] = [];
    for (const row of rows) {
      images.push(showOne(row));
      if (slices.isOver) await slices.next();
    }
    return images;
  }
}

function show(row: Row): { image: CatalogImage; size: number } {
  const text = textOf(row);
  return { image: derive(parseJson(text) as ImageDocument, shownContent(row)), size: text.length };
}
